// CATALOG ($catalog), ACCESS ($access) and INBOX ($inbox): streams there is one of. Each is an
// entity; the first two publish their state for any thread to read.
#pragma once

#include "actors/entity.hpp"
#include "actors/interfaces.hpp"
#include "actors/redelivery.hpp"
#include "actors/singleton.hpp"

namespace bursar::actors {

inline constexpr const char* catalog_stream = "$catalog";
inline constexpr const char* access_stream = "$access";
inline constexpr const char* inbox_stream = "$inbox";

// What the catalog and the API keys have in common: commands with an Idempotency-Key, nothing
// beside the events, and a copy of what is durable that any thread reads.
template <class State, class Event, class Request, published<State> services::*copy>
struct published_traits {
  using state = State;
  using event = Event;
  using request = Request;

  template <class Entity>
  static void handle(Entity& self, std::shared_ptr<request> r) {
    self.command(std::move(r));
  }
  static void records_before(services&, const state&, const request&, const std::vector<event>&,
                             beside&) {}
  static void records_after(services&, const state&, const request&, const std::vector<event>&,
                            timestamp, beside&) {}
  static std::optional<std::string> key_of(const request& r) {
    return r.idempotency ? std::optional{r.idempotency->key} : std::nullopt;
  }
  static std::optional<outcome> durable_answer(services&, const request&) { return std::nullopt; }
  static outcome as_replay(const request&, outcome first) {
    first.replayed = true;
    return first;
  }
  // What others read is published before the caller hears of it.
  static constexpr bool answers_at_once = false;
  static std::string recorded_body(const outcome& answer) { return answer.body; }
  static error problem(const request&, persistence::append_status status) {
    return append_problem(status);
  }
  template <class Entity>
  static void on_ready(Entity& self) {
    (self.shared().*copy).set(self.state());
  }
  template <class Entity>
  static void on_durable(Entity& self, const std::vector<event>& events,
                         const std::vector<std::string>&) {
    auto next = *(self.shared().*copy).get();
    for (const auto& event : events) {
      next = domain::evolve(std::move(next), event);
    }
    (self.shared().*copy).set(std::move(next));
  }
};

struct catalog_traits
  : published_traits<domain::catalog, domain::catalog_event, catalog_request, &services::catalog> {
  static constexpr std::int64_t snapshot_format = 9;
  static result<std::vector<event>> decide(services& shared, const state& s, const request& r,
                                           timestamp now, std::uint64_t sequence);
  static outcome answer(services& shared, const state& s, const request& r,
                        const std::vector<event>& events, std::uint64_t sequence);
};

struct access_traits
  : published_traits<domain::access_keys, domain::access_event, access_request, &services::access> {
  static constexpr std::int64_t snapshot_format = 2;
  static result<std::vector<event>> decide(services& shared, const state& s, const request& r,
                                           timestamp now, std::uint64_t sequence);
  // The key itself is not known here: who made it adds it to the first answer only.
  static outcome answer(services& shared, const state& s, const request& r,
                        const std::vector<event>& events, std::uint64_t sequence);
};

struct inbox_traits {
  using state = domain::webhook_inbox;
  using event = domain::inbox_event;
  using request = inbox_request;
  using entity_type = entity<inbox_traits>;
  static constexpr std::int64_t snapshot_format = 3;
  static constexpr bool answers_at_once = false;

  static void handle(entity_type& self, std::shared_ptr<request> r) { self.command(std::move(r)); }
  static result<std::vector<event>> decide(services& shared, const state& s, const request& r,
                                           timestamp now, std::uint64_t sequence);
  static void records_before(services& shared, const state& s, const request& r,
                             const std::vector<event>& events, beside& also);
  static void records_after(services& shared, const state& s, const request& r,
                            const std::vector<event>& events, timestamp now, beside& also);
  static outcome answer(services& shared, const state& s, const request& r,
                        const std::vector<event>& events, std::uint64_t sequence);
  static std::optional<std::string> key_of(const request& r);
  static std::optional<outcome> durable_answer(services& shared, const request& r);
  static outcome as_replay(const request& r, outcome first);
  static std::string recorded_body(const outcome& answer) { return answer.body; }
  static error problem(const request& r, persistence::append_status status);
  static void on_ready(entity_type& self);
  static void on_durable(entity_type& self, const std::vector<event>& events,
                         const std::vector<std::string>& made_known);
};

struct inbox_state : singleton_state<inbox_traits> {
  redelivery again;
  std::vector<reply_ptr> asked;  // to be told when no attempt is due any more
};

catalog_actor::behavior_type catalog(
  catalog_actor::stateful_pointer<singleton_state<catalog_traits>> self, services* shared);
access_actor::behavior_type access(
  access_actor::stateful_pointer<singleton_state<access_traits>> self, services* shared);

// `deliver` sends a parked webhook to the WEBHOOK ROUTER again.
using deliver_function = std::function<void(webhook_delivery_ptr)>;
inbox_actor::behavior_type inbox(inbox_actor::stateful_pointer<inbox_state> self, services* shared,
                                 deliver_function deliver);

}  // namespace bursar::actors
