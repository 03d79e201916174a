#include "actors/charging.hpp"

#include <utility>

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "base/log.hpp"
#include "schemas/records.hpp"

namespace bursar::actors {
namespace {

using persistence::column;
using pointer = charging_actor::stateful_pointer<charging_state>;

// What the record at the key asks for; empty: it was answered meanwhile.
result<std::optional<charge>> charge_at(const services& shared, const std::string& key) {
  auto stored = shared.journal->get(column::outbox, key);
  if (!stored) {
    return stored.error();
  }
  auto of = schemas::charge_of(key);
  if (!*stored || !of) {
    return std::optional<charge>{};
  }
  auto record = schemas::decode_record<schemas::charge_record>(**stored);
  if (!record) {
    return record.error();
  }
  return std::optional{charge{of->invoice_id + "-" + std::to_string(record->attempt),
                              of->organization_id, of->invoice_id, record->payment_method,
                              record->amount, record->currency}};
}

void begin(pointer self, const services& shared, payment_gateway& gateway, const std::string& key) {
  auto settle = [back = self->address(), key](bool done) {
    caf::anon_send(caf::actor_cast<charging_actor>(back), settled_atom::value, key, done);
  };
  auto wanted = charge_at(shared, key);
  if (!wanted || !*wanted) {
    if (!wanted) {
      log::error("a charge cannot be read", {{"what", wanted.error().text()}});
    }
    settle(wanted.has_value());
    return;
  }
  self->state.under_way[key] = **wanted;
  // The actor may have ended when the answer comes.
  gateway.begin(**wanted, [back = self->address(), key](charge_outcome outcome) {
    if (auto target = caf::actor_cast<charging_actor>(back)) {
      caf::anon_send(target, charged_atom::value, key,
                     std::make_shared<charge_outcome>(std::move(outcome)));
    }
  });
}

domain::billing_command told(const charge& of, const charge_outcome& what) {
  if (what.what == charge_outcome::kind::succeeded) {
    return domain::record_payment{of.invoice_id, what.payment_id, of.amount, true};
  }
  return domain::record_failed_payment{of.invoice_id, what.failure_code, what.for_good};
}

// The organization takes the record away with the event that says what came of it.
void end(pointer self, const std::string& key, const charge_outcome& what,
         const ask_organization& ask) {
  auto of = self->state.under_way.extract(key);
  if (of.empty() || what.what == charge_outcome::kind::unknown) {
    log::warning("nobody knows what became of a charge; it is asked for again",
                 {{"invoice", of.empty() ? key : of.mapped().invoice_id}});
    self->state.asked_for->ended(key, false);
    return;
  }
  auto r = std::make_shared<organization_request>();
  r->stream = of.mapped().organization_id;
  r->command = domain::command{told(of.mapped(), what)};
  r->caller.actor.id = "charging";
  r->reply = reply_to{[back = self->address(), key](const outcome& recorded) {
    bool known = done(recorded, "what came of a charge was not recorded and is again");
    if (auto target = caf::actor_cast<charging_actor>(back)) {
      caf::anon_send(target, settled_atom::value, key, known);
    }
  }};
  ask(std::move(r));
}

}  // namespace

charging_actor::behavior_type charging(pointer self, services* shared, payment_gateway* gateway,
                                       ask_organization ask) {
  self->set_exception_handler([shared](std::exception_ptr&) -> caf::error {
    shared->fail("charging failed");
    return caf::sec::runtime_error;
  });
  work_queue::work what;
  what.in = column::outbox;
  what.prefix = schemas::charge_prefix();
  what.is_due = [](const std::string&) { return true; };
  what.start
    = [self, shared, gateway](const std::string& key) { begin(self, *shared, *gateway, key); };
  self->state.asked_for = std::make_unique<work_queue>(*shared, std::move(what));
  return {[self](due_atom) { self->state.asked_for->look(); },
          [self](due_atom, reply_ptr& reply) { self->state.asked_for->look(std::move(reply)); },
          [self, ask = std::move(ask)](charged_atom, const std::string& key,
                                       const charge_outcome_ptr& outcome) {
            end(self, key, *outcome, ask);
          },
          [self](settled_atom, const std::string& key, bool done) {
            self->state.asked_for->ended(key, done);
          }};
}

}  // namespace bursar::actors
