// The prepaid credits of an organization: what was granted, what was drawn of it by whom, what is
// held for whoever may use it. Whole credits. Pure.
//
// Of each grant: amount = remaining + held + consumed + expired + reversed + transferred, after
// every event.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <boost/describe.hpp>

#include "base/error.hpp"
#include "domain/credits/credit_grant.hpp"

namespace bursar::domain {

// -- state ---

struct credit_account {
  std::map<std::string, granted_credits> grants;
  std::vector<std::string> order;  // of those of which something remains: the first is drawn first
  std::map<std::string, credit_hold> holds;          // those that are open
  std::map<std::string, credit_transfer> transfers;  // those that are under way
  // What expires or is told, by the time as RFC 3339 has it: "… grant ID", "… hold ID" or
  // "… notice ID", which is of a grant.
  std::set<std::string> due;
  // What was given back of a transaction, by its id.
  std::map<std::string, std::vector<credit_draw>> given_back;
  friend bool operator==(const credit_account&, const credit_account&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_account, (), (grants, order, holds, transfers, due, given_back))

// -- commands ---

struct grant_credits {
  std::string grant_id;
  credit_grant grant;
};
// All of it, or nothing.
struct consume_credits {
  credit_use use;
};
struct hold_credits {
  std::string hold_id;
  credit_use use;
  timestamp expires_at{};
};
// Uses what was held, or less of it; the rest is free again.
struct confirm_hold {
  std::string hold_id;
  std::optional<std::int64_t> amount;
};
struct release_hold {
  std::string hold_id;
};
// Gives back what a transaction used, or less of it, to the grants it came from, the last one
// first. `draws` are the transaction's.
struct reverse_consumption {
  std::string transaction_id;
  std::vector<credit_draw> draws;
  std::optional<std::int64_t> amount;
  std::optional<std::string> reason;
};
// Takes back what is left of a grant, or less of it; what is held stays so.
struct reverse_grant {
  std::string grant_id;
  std::optional<std::int64_t> amount;
  std::optional<std::string> reason;
};
struct expire_credits {};  // what is due is done before any command; this is nothing else

// To another organization: what it draws leaves now, and arrives there as grants.
struct transfer_credits {
  std::string transfer_id, to_organization_id;
  std::int64_t amount = 0;
  std::optional<std::string> reason;
};
// What arrives: a grant for each draw, named after the transfer. None of it twice.
struct receive_transfer {
  std::string transfer_id;
  std::vector<credit_grant> grants;
};
struct complete_transfer {  // it has arrived
  std::string transfer_id;
};
// The receiver will not take it: what was drawn returns to where it came from.
struct return_transfer {
  std::string transfer_id, reason;
};

using credit_command
  = std::variant<grant_credits, consume_credits, hold_credits, confirm_hold, release_hold,
                 reverse_consumption, reverse_grant, expire_credits, transfer_credits,
                 receive_transfer, complete_transfer, return_transfer>;

// -- events ---

struct credits_granted {
  std::string grant_id;
  credit_grant grant;
  friend bool operator==(const credits_granted&, const credits_granted&) = default;
};
BOOST_DESCRIBE_STRUCT(credits_granted, (), (grant_id, grant))

struct credits_consumed {
  std::string transaction_id;
  credit_use use;
  std::vector<credit_draw> draws;
  friend bool operator==(const credits_consumed&, const credits_consumed&) = default;
};
BOOST_DESCRIBE_STRUCT(credits_consumed, (), (transaction_id, use, draws))

struct credits_held {
  std::string hold_id;
  credit_hold hold;
  friend bool operator==(const credits_held&, const credits_held&) = default;
};
BOOST_DESCRIBE_STRUCT(credits_held, (), (hold_id, hold))

// What a confirmed hold used; what is not of it is free again.
struct credit_hold_confirmed {
  std::string hold_id, transaction_id;
  credit_use use;
  std::vector<credit_draw> draws;
  friend bool operator==(const credit_hold_confirmed&, const credit_hold_confirmed&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_hold_confirmed, (), (hold_id, transaction_id, use, draws))

struct credit_hold_released {
  std::string hold_id;
  bool expired = false;
  friend bool operator==(const credit_hold_released&, const credit_hold_released&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_hold_released, (), (hold_id, expired))

struct credit_consumption_reversed {
  std::string transaction_id, reverses;
  std::vector<credit_draw> draws;
  std::optional<std::string> reason;
  friend bool operator==(const credit_consumption_reversed&, const credit_consumption_reversed&)
    = default;
};
BOOST_DESCRIBE_STRUCT(credit_consumption_reversed, (), (transaction_id, reverses, draws, reason))

struct credit_grant_reversed {
  std::string grant_id;
  std::int64_t amount = 0;
  std::optional<std::string> reason;
  friend bool operator==(const credit_grant_reversed&, const credit_grant_reversed&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_grant_reversed, (), (grant_id, amount, reason))

struct credits_expired {
  std::string grant_id;
  std::int64_t amount = 0;
  friend bool operator==(const credits_expired&, const credits_expired&) = default;
};
BOOST_DESCRIBE_STRUCT(credits_expired, (), (grant_id, amount))

struct credits_transferred {
  std::string transaction_id, transfer_id, to_organization_id;
  std::vector<credit_draw> draws;
  std::optional<std::string> reason;
  friend bool operator==(const credits_transferred&, const credits_transferred&) = default;
};
BOOST_DESCRIBE_STRUCT(credits_transferred, (),
                      (transaction_id, transfer_id, to_organization_id, draws, reason))

struct credit_transfer_completed {
  std::string transfer_id;
  friend bool operator==(const credit_transfer_completed&, const credit_transfer_completed&)
    = default;
};
BOOST_DESCRIBE_STRUCT(credit_transfer_completed, (), (transfer_id))

struct credit_transfer_returned {
  std::string transaction_id, transfer_id;
  std::vector<credit_draw> draws;
  std::string reason;
  friend bool operator==(const credit_transfer_returned&, const credit_transfer_returned&)
    = default;
};
BOOST_DESCRIBE_STRUCT(credit_transfer_returned, (), (transaction_id, transfer_id, draws, reason))

struct credits_expiring {
  std::string grant_id;
  std::int64_t amount = 0;  // what is left
  timestamp expires_at{};
  friend bool operator==(const credits_expiring&, const credits_expiring&) = default;
};
BOOST_DESCRIBE_STRUCT(credits_expiring, (), (grant_id, amount, expires_at))

// It was not below the threshold before.
struct credit_balance_low {
  std::int64_t balance = 0, threshold = 0;
  friend bool operator==(const credit_balance_low&, const credit_balance_low&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_balance_low, (), (balance, threshold))

using credit_account_event
  = std::variant<credits_granted, credits_consumed, credits_held, credit_hold_confirmed,
                 credit_hold_released, credit_consumption_reversed, credit_grant_reversed,
                 credits_expired, credits_transferred, credit_transfer_completed,
                 credit_transfer_returned, credits_expiring, credit_balance_low>;

// -- decide and evolve ---

// What expired by `now` comes first. `sequence` is the first event's; a transaction's id says its
// event's.
// insufficient_credits, with what there is and what is required; not_found (grant, hold: it may
// have expired); already_exists (a grant's id); conflict (more than was held, than a transaction
// used or than is left of a grant; too many holds); unprocessable: amounts beyond the limits of
// credit_grant.hpp, an expiry that is over, a receiver that would have too much.
result<std::vector<credit_account_event>> decide(const credit_account& state,
                                                 const credit_command& wanted, timestamp now,
                                                 std::uint64_t sequence);
credit_account evolve(credit_account state, const credit_account_event& happened);

// -- questions ---

// What may be used at that time: what expired by then is not counted, whether or not it was told.
std::int64_t balance_of(const credit_account& in, timestamp now);
std::int64_t held_of(const credit_account& in, timestamp now);
// When something expires or is told next. Empty: never.
std::optional<timestamp> due_at(const credit_account& in);
// By how much an event changes what may be used.
std::int64_t change_by(const credit_account_event& happened, const credit_account& before);
// What a transfer brings its receiver: a grant for each draw, as good as what it was drawn of.
std::vector<credit_grant> grants_of(const credits_transferred& x, const credit_account& of,
                                    const std::string& from_organization_id);

error insufficient_credits(std::int64_t balance, std::int64_t required);

struct due_credits {
  enum class kind { grant, hold, notice } what{};
  std::string id;
};
std::optional<due_credits> first_due(const credit_account& in, timestamp now);

std::string transaction_id_of(std::uint64_t sequence);

}  // namespace bursar::domain
