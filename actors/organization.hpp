// The ORGANIZATION actor and what is particular to it: which records travel with its events (who
// owns which Stripe id, the list row, the inbox row and the payload) and how it answers.
#pragma once

#include "actors/entity.hpp"
#include "actors/interfaces.hpp"
#include "actors/usage_ids.hpp"

namespace bursar::actors {

struct organization_traits {
  using state = domain::organization;
  using event = domain::event;
  using request = organization_request;
  using memory = usage_ids;
  static constexpr std::int64_t snapshot_format = 15;
  static constexpr bool answers_at_once = true;
  using entity_type = entity<organization_traits>;

  static void handle(entity_type& self, organization_request_ptr r);
  static result<std::vector<event>> decide(services& shared, const state& s, const request& r,
                                           timestamp now, std::uint64_t sequence);
  static void records_before(services& shared, const state& s, const request& r,
                             const std::vector<event>& events, beside& also);
  static void records_after(services& shared, const state& s, const request& r,
                            const std::vector<event>& events, timestamp now, beside& also);
  static outcome answer(services& shared, const state& s, const request& r,
                        const std::vector<event>& events, std::uint64_t sequence);
  // The idempotency key, or a webhook's event id.
  static std::optional<std::string> key_of(const request& r);
  // Of a webhook that is in the inbox already.
  static std::optional<outcome> durable_answer(services& shared, const request& r);
  static outcome as_replay(const request& r, outcome first);
  static std::string recorded_body(const outcome& answer) { return answer.body; }
  static error problem(const request& r, persistence::append_status status);
  // A webhook that the organization cannot make sense of becomes a dead letter.
  static bool taken_over(services& shared, std::shared_ptr<request>& r, const error& why);
  static void on_ready(entity_type&) {}
  static void on_decided(entity_type& self, const request& r, const std::vector<event>& events);
  static void on_durable(entity_type& self, const std::vector<event>& events,
                         const std::vector<std::string>& made_known);
};

// What the actor is handling right now: its SHARD looks here when it dies.
struct custody {
  organization_request_ptr request;
  bool did_something = false;  // it handled a message to the end
};

struct organization_state {
  static inline const char* name = "organization";
  std::unique_ptr<entity<organization_traits>> core;
  std::shared_ptr<actors::custody> custody;
  bool sleeping = false;
};

organization_actor::behavior_type organization(
  organization_actor::stateful_pointer<organization_state> self, services* shared,
  std::string stream, std::shared_ptr<custody> held);

}  // namespace bursar::actors
