// Every actor of a node and the messages it takes, on one page. Requests travel as shared pointers
// and never cross nodes; names in prose: EVENT LOG, SHARD, ORGANIZATION, CATALOG, ACCESS, INBOX,
// NUMBERING, TIMERS, CHARGING, TRANSFERRING, WEBHOOK ROUTER, READER.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/replies_to.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>

#include "actors/payment_gateway.hpp"
#include "actors/request.hpp"
#include "actors/services.hpp"
#include "domain/billing/invoice_numbers.hpp"
#include "domain/webhook_inbox.hpp"

namespace bursar::actors {

using catalog_request = basic_request<domain::catalog_command>;
using catalog_request_ptr = std::shared_ptr<catalog_request>;
using access_request = basic_request<domain::access_command>;
using access_request_ptr = std::shared_ptr<access_request>;
using inbox_request = basic_request<domain::inbox_command>;
using inbox_request_ptr = std::shared_ptr<inbox_request>;
using numbering_request = basic_request<domain::number_invoice>;

// A verified, normalised webhook on its way to whoever it concerns.
struct webhook_delivery {
  domain::stripe::event event;
  std::string body;         // raw; empty when it comes out of the inbox again
  bool from_inbox = false;  // parked before: payload and inbox row exist
  std::string correlation_id;
  reply_to reply;  // answered once durable
};
using webhook_delivery_ptr = std::shared_ptr<webhook_delivery>;

// Work on durable bytes that no actor's state is needed for: timelines, verification, the past.
using reading = std::shared_ptr<std::function<void()>>;

using reply_ptr = std::shared_ptr<reply_to>;
using charge_outcome_ptr = std::shared_ptr<charge_outcome>;
using told_taxes = result<domain::tax_answer>;
using told_taxes_ptr = std::shared_ptr<told_taxes>;

using handle_atom = caf::atom_constant<caf::atom("handle")>;
using appended_atom = caf::atom_constant<caf::atom("appended")>;
using replay_atom = caf::atom_constant<caf::atom("replay")>;
using sleep_atom = caf::atom_constant<caf::atom("sleep")>;
using stop_atom = caf::atom_constant<caf::atom("stop")>;
using sweep_atom = caf::atom_constant<caf::atom("sweep")>;
using respawn_atom = caf::atom_constant<caf::atom("respawn")>;
using settled_atom = caf::atom_constant<caf::atom("settled")>;
using append_atom = caf::atom_constant<caf::atom("append")>;
using flush_atom = caf::atom_constant<caf::atom("flush")>;
using deliver_atom = caf::atom_constant<caf::atom("deliver")>;
using returned_atom = caf::atom_constant<caf::atom("returned")>;
using resume_atom = caf::atom_constant<caf::atom("resume")>;
using timeout_atom = caf::atom_constant<caf::atom("timeout")>;
using charged_atom = caf::atom_constant<caf::atom("charged")>;
using told_atom = caf::atom_constant<caf::atom("told")>;
using due_atom = caf::atom_constant<caf::atom("due")>;
using read_atom = caf::atom_constant<caf::atom("read")>;

// clang-format off
// Owns writing. Detached: it blocks on the disk. Gathers what arrives until its own flush message
// comes round, and makes that one group durable.
using event_log_actor = caf::typed_actor<
  caf::reacts_to<append_atom, append_job_ptr>,
  caf::reacts_to<flush_atom>>;

// One organization: decides, persists, evolves, answers.
using organization_actor = caf::typed_actor<
  caf::reacts_to<handle_atom, organization_request_ptr>,
  // From the EVENT LOG: ticket and append_status.
  caf::reacts_to<appended_atom, std::uint64_t, std::uint8_t>,
  // To itself: the next page of the replay.
  caf::reacts_to<replay_atom>,
  // From its SHARD: write a snapshot and end.
  caf::reacts_to<sleep_atom>>;

// Finds or wakes organizations, restarts failed ones with back-off, puts idle ones to sleep.
using shard_actor = caf::typed_actor<
  caf::reacts_to<handle_atom, organization_request_ptr>,
  // From the node: all to sleep, for good.
  caf::reacts_to<stop_atom>,
  caf::reacts_to<respawn_atom, std::string>,
  caf::reacts_to<settled_atom, std::string>,
  caf::reacts_to<sweep_atom>>;

using catalog_actor = caf::typed_actor<
  caf::reacts_to<handle_atom, catalog_request_ptr>,
  caf::reacts_to<appended_atom, std::uint64_t, std::uint8_t>,
  caf::reacts_to<replay_atom>>;

using access_actor = caf::typed_actor<
  caf::reacts_to<handle_atom, access_request_ptr>,
  caf::reacts_to<appended_atom, std::uint64_t, std::uint8_t>,
  caf::reacts_to<replay_atom>>;

// Keeps the webhooks nobody took: ignored, parked, dead.
using inbox_actor = caf::typed_actor<
  caf::reacts_to<handle_atom, inbox_request_ptr>,
  caf::reacts_to<appended_atom, std::uint64_t, std::uint8_t>,
  caf::reacts_to<replay_atom>,
  // These parked webhooks go to the WEBHOOK ROUTER again: what they wait for may be known now.
  caf::reacts_to<deliver_atom, std::vector<std::string>>,
  // To itself: what became of a delivery is durable or known to have failed; the errc, 0 for none.
  caf::reacts_to<returned_atom, std::string, std::uint8_t>,
  // Everything that waits goes there again: a node that died may have left it in between.
  caf::reacts_to<resume_atom>,
  // Look for attempts that are due; with a reply, answer once none is any more.
  caf::reacts_to<due_atom>,
  caf::reacts_to<due_atom, reply_ptr>,
  // To itself: whoever waits for that has waited long enough.
  caf::reacts_to<timeout_atom>>;

// Gives invoices their numbers and tells their organizations.
using numbering_actor = caf::typed_actor<
  caf::reacts_to<appended_atom, std::uint64_t, std::uint8_t>,
  caf::reacts_to<replay_atom>,
  // From TIMERS: everybody has done what was due before this time; what is dated until then may be
  // numbered.
  caf::reacts_to<due_atom, timestamp>,
  // Look for documents without a number until then; with a reply, answer once there are none.
  caf::reacts_to<due_atom>,
  // These records were just made.
  caf::reacts_to<due_atom, std::vector<std::string>>,
  caf::reacts_to<due_atom, reply_ptr>,
  // To itself: the record's key, and whether the organization has its number.
  caf::reacts_to<settled_atom, std::string, bool>>;

// Tells organizations that the time has come for what they wrote down.
using timers_actor = caf::typed_actor<
  // From an ORGANIZATION: this is its timer, and stands in the journal.
  caf::reacts_to<due_atom, std::string>,
  // Look for timers that are due; with a reply, answer once none is, and when the next one is.
  caf::reacts_to<due_atom>,
  caf::reacts_to<due_atom, reply_ptr>,
  // To itself: the timer's key, and whether its organization did what was due.
  caf::reacts_to<settled_atom, std::string, bool>>;

// Asks the payment gateway for what organizations are owed.
using charging_actor = caf::typed_actor<
  // Look for charges that were not asked for yet; with a reply, answer once none is under way.
  caf::reacts_to<due_atom>,
  caf::reacts_to<due_atom, reply_ptr>,
  // To itself, from the gateway: the record's key and what came of it.
  caf::reacts_to<charged_atom, std::string, charge_outcome_ptr>,
  // To itself: the record's key, and whether the organization knows.
  caf::reacts_to<settled_atom, std::string, bool>>;

// Brings credits from one organization to another.
using transferring_actor = caf::typed_actor<
  // Look for transfers under way; with a reply, answer once there are none.
  caf::reacts_to<due_atom>,
  caf::reacts_to<due_atom, reply_ptr>,
  // These records were just made.
  caf::reacts_to<due_atom, std::vector<std::string>>,
  // To itself: the record's key, and why its receiver refuses for good.
  caf::reacts_to<returned_atom, std::string, std::string>,
  // To itself: the record's key, and whether the sender knows what became of it.
  caf::reacts_to<settled_atom, std::string, bool>>;

// Asks the tax provider what is due.
using taxing_actor = caf::typed_actor<
  // It goes to its organization again with the answer.
  caf::reacts_to<handle_atom, organization_request_ptr>,
  // To itself, from the provider: the number of the question and what it said.
  caf::reacts_to<told_atom, std::uint64_t, told_taxes_ptr>,
  // To itself: that question has waited long enough.
  caf::reacts_to<timeout_atom, std::uint64_t>>;

// Finds the organization a webhook concerns. Stateless; there are several.
using webhook_router_actor = caf::typed_actor<
  caf::reacts_to<handle_atom, webhook_delivery_ptr>>;

// Reads the journal for callers. Detached: it blocks on the disk. There are few.
using reader_actor = caf::typed_actor<
  caf::reacts_to<read_atom, reading>>;
// clang-format on

}  // namespace bursar::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bursar::actors::append_job_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bursar::actors::organization_request_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bursar::actors::catalog_request_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bursar::actors::access_request_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bursar::actors::inbox_request_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bursar::actors::webhook_delivery_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bursar::actors::reading)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bursar::actors::reply_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bursar::actors::charge_outcome_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bursar::actors::told_taxes_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<std::string>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bursar::timestamp)
