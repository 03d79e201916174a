#include "actors/timers.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "schemas/records.hpp"

namespace bursar::actors {
namespace {

using pointer = timers_actor::stateful_pointer<timers_state>;

// Whose it is hears that the time has come, and the answer comes back here.
void fire(const caf::actor_addr& back, const std::string& key, const ask_organization& ask) {
  auto fired = schemas::timer_of(key);
  auto r = std::make_shared<organization_request>();
  r->stream = fired->organization;
  r->command = domain::command{domain::billing_command{domain::advance_time{fired->at}}};
  r->caller.actor.id = "timers";
  r->reply = reply_to{[back, key](const outcome& what) {
    bool moved = done(what, "a timer failed and is tried again");
    if (auto target = caf::actor_cast<timers_actor>(back)) {
      caf::anon_send(target, settled_atom::value, key, moved);
    }
  }};
  ask(std::move(r));
}

}  // namespace

timers_actor::behavior_type timers(pointer self, services* shared, ask_organization ask,
                                   numbering_actor to) {
  self->set_exception_handler([shared](std::exception_ptr&) -> caf::error {
    shared->fail("the timers failed");
    return caf::sec::runtime_error;
  });
  work_queue::work what;
  what.in = persistence::column::timers;
  what.is_due = [shared](const std::string& key) {
    auto timer = schemas::timer_of(key);
    return timer && timer->at <= shared->clock->now();
  };
  what.start = [back = self->address(), ask = std::move(ask)](const std::string& key) {
    fire(back, key, ask);
  };
  // A timer that failed is not waited for: one organization that cannot be billed must not keep
  // everybody else's invoices from their numbers.
  what.passed = [told = timestamp::min(), to = std::move(to)](const auto& key) mutable {
    auto next = key ? schemas::timer_of(*key) : schemas::timer{timestamp_max, {}};
    if (next && next->at != told) {
      told = next->at;
      caf::anon_send(to, due_atom::value, told);
    }
  };
  self->state.due = std::make_unique<work_queue>(*shared, std::move(what));
  return {
    [self](due_atom, const std::string& made) { self->state.due->made(made); },
    [self](due_atom) { self->state.due->look(); },
    [self](due_atom, reply_ptr& reply) { self->state.due->look(std::move(reply)); },
    [self](settled_atom, const std::string& key, bool done) { self->state.due->ended(key, done); }};
}

}  // namespace bursar::actors
