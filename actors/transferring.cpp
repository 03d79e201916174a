#include "actors/transferring.hpp"

#include <utility>

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "base/log.hpp"
#include "schemas/records.hpp"

namespace bursar::actors {
namespace {

using persistence::column;
using pointer = transferring_actor::stateful_pointer<transferring_state>;

void settle(const caf::actor_addr& back, const std::string& key, bool done) {
  if (auto target = caf::actor_cast<transferring_actor>(back)) {
    caf::anon_send(target, settled_atom::value, key, done);
  }
}

void tell(const std::string& organization, domain::credit_command what, reply_to::function then,
          const ask_organization& ask) {
  auto r = std::make_shared<organization_request>();
  r->stream = organization;
  r->command = domain::command{std::move(what)};
  r->caller.actor.id = "transferring";
  r->reply = reply_to{std::move(then)};
  ask(std::move(r));
}

// The sender takes the record away with the event that says what became of the transfer.
void end(const caf::actor_addr& back, const std::string& key, domain::credit_command what,
         const ask_organization& ask) {
  auto then = [back, key](const outcome& recorded) {
    settle(back, key, done(recorded, "what became of a transfer was not recorded and is again"));
  };
  tell(schemas::transfer_of(key)->organization_id, std::move(what), std::move(then), ask);
}

bool is_for_good(const error& why) {
  return why.code() == errc::unprocessable || why.code() == errc::not_found;
}

void bring(const caf::actor_addr& back, const std::string& key, schemas::transfer_record record,
           const ask_organization& ask) {
  auto id = schemas::transfer_of(key)->transfer_id;
  auto then = [back, key, id, ask](const outcome& received) {
    if (!received.problem) {
      end(back, key, domain::complete_transfer{id}, ask);
      return;
    }
    auto target = caf::actor_cast<transferring_actor>(back);
    if (target && is_for_good(*received.problem)) {
      caf::anon_send(target, returned_atom::value, key, received.problem->detail());
      return;
    }
    settle(back, key, done(received, "a transfer did not arrive and is tried again"));
  };
  domain::receive_transfer what{id, std::move(record.grants)};
  tell(record.to_organization_id, std::move(what), std::move(then), ask);
}

void give_back(pointer self, const std::string& key, const ask_organization& ask) {
  domain::return_transfer what{schemas::transfer_of(key)->transfer_id, self->state.refused.at(key)};
  end(self->address(), key, std::move(what), ask);
}

void begin(pointer self, const services& shared, const std::string& key,
           const ask_organization& ask) {
  if (self->state.refused.contains(key)) {
    give_back(self, key, ask);
    return;
  }
  auto stored = shared.journal->get(column::outbox, key);
  if (!stored || !*stored || !schemas::transfer_of(key)) {
    settle(self->address(), key, stored && !*stored);  // it arrived meanwhile, or cannot be read
    return;
  }
  auto record = schemas::decode_record<schemas::transfer_record>(**stored);
  if (!record) {
    log::error("a transfer cannot be read", {{"what", record.error().text()}});
    settle(self->address(), key, false);
    return;
  }
  bring(self->address(), key, std::move(*record), ask);
}

}  // namespace

transferring_actor::behavior_type transferring(pointer self, services* shared,
                                               ask_organization ask) {
  self->set_exception_handler([shared](std::exception_ptr&) -> caf::error {
    shared->fail("transferring failed");
    return caf::sec::runtime_error;
  });
  work_queue::work what;
  what.in = column::outbox;
  what.prefix = schemas::transfer_prefix();
  what.is_due = [](const std::string&) { return true; };
  what.start = [self, shared, ask](const std::string& key) { begin(self, *shared, key, ask); };
  self->state.under_way = std::make_unique<work_queue>(*shared, std::move(what));
  return {
    [self](due_atom) { self->state.under_way->look(); },
    [self](due_atom, reply_ptr& reply) { self->state.under_way->look(std::move(reply)); },
    [self](due_atom, const std::vector<std::string>& made) { self->state.under_way->begin(made); },
    [self, ask](returned_atom, const std::string& key, const std::string& why) {
      self->state.refused[key] = why;
      give_back(self, key, ask);
    },
    [self](settled_atom, const std::string& key, bool done) {
      if (done) {
        self->state.refused.erase(key);
      }
      self->state.under_way->ended(key, done);
    }};
}

}  // namespace bursar::actors
