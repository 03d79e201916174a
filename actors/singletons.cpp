#include "actors/singletons.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "domain/overloaded.hpp"

namespace bursar::actors {
namespace {

using domain::overloaded;
using persistence::append_status;

template <class Request>
std::optional<std::string> idempotency_of(const Request& r) {
  return r.idempotency ? std::optional{r.idempotency->key} : std::nullopt;
}

outcome replayed(outcome first) {
  first.replayed = true;
  return first;
}

// What the three have in common as actors.
template <class Traits, class Pointer>
void start(Pointer self, services* shared, const char* stream) {
  using handle_type = typename std::remove_pointer_t<Pointer>::actor_hdl;
  auto address = self->address();
  self->state.core = std::make_unique<entity<Traits>>(
    *shared, stream, [address](std::uint64_t ticket, append_status status) {
      if (auto target = caf::actor_cast<handle_type>(address)) {
        caf::anon_send(target, appended_atom::value, ticket, static_cast<std::uint8_t>(status));
      }
    });
  // A bug, and nobody else can do its work: the process ends, and what is durable starts again.
  self->set_exception_handler([shared, stream](std::exception_ptr&) -> caf::error {
    if (shared->journal_failed) {
      shared->journal_failed(std::string{stream} + " failed");
    }
    return caf::sec::runtime_error;
  });
  self->state.core->begin_replay();
  self->send(handle_type{self}, replay_atom::value);
}

template <class Pointer>
void replay(Pointer self) {
  using handle_type = typename std::remove_pointer_t<Pointer>::actor_hdl;
  if (self->state.core->replay_page()) {
    self->send(handle_type{self}, replay_atom::value);
  }
}

}  // namespace

// -- the catalog ---

result<std::vector<domain::catalog_event>> catalog_traits::decide(services&, const state& s,
                                                                  const request& r, timestamp) {
  return domain::decide(s, r.command);
}

outcome catalog_traits::answer(services&, const state&, const request& r,
                               const std::vector<event>&, std::uint64_t) {
  outcome out;
  std::visit(overloaded{[&](const domain::put_plan& c) {
                          out.status = c.replace ? 200 : 201;
                          out.body = schemas::render_plan(c.value);
                        },
                        [&](const domain::put_credit_product& c) {
                          out.status = c.replace ? 200 : 201;
                          out.body = schemas::render_credit_product(c.value);
                        }},
             r.command);
  return out;
}

std::optional<std::string> catalog_traits::key_of(const request& r) {
  return idempotency_of(r);
}
outcome catalog_traits::as_replay(const request&, outcome first) {
  return replayed(std::move(first));
}
error catalog_traits::problem(const request&, append_status status) {
  return append_problem(status);
}
void catalog_traits::on_ready(entity_type& self) {
  self.shared().catalog.set(self.state());
}
void catalog_traits::on_durable(entity_type& self, const request*,
                                const std::vector<event>& events) {
  auto next = *self.shared().catalog.get();
  for (const auto& event : events) {
    next = domain::evolve(std::move(next), event);
  }
  self.shared().catalog.set(std::move(next));
}

catalog_actor::behavior_type catalog(
  catalog_actor::stateful_pointer<singleton_state<catalog_traits>> self, services* shared) {
  start<catalog_traits>(self, shared, catalog_stream);
  return {[self](handle_atom, catalog_request_ptr& r) { self->state.core->handle(std::move(r)); },
          [self](appended_atom, std::uint64_t ticket, std::uint8_t status) {
            self->state.core->on_appended(ticket, static_cast<append_status>(status));
          },
          [self](replay_atom) { replay(self); }};
}

// -- API keys ---

result<std::vector<domain::access_event>> access_traits::decide(services&, const state& s,
                                                                const request& r, timestamp now) {
  return domain::decide(s, r.command, now);
}

outcome access_traits::answer(services&, const state& s, const request& r,
                              const std::vector<event>&, std::uint64_t) {
  outcome out;
  auto made = [&](const std::string& id) {
    out.status = 201;
    out.body = schemas::render_api_key(s.keys.at(id), std::nullopt);
  };
  std::visit(overloaded{[&](const domain::create_api_key& c) { made(c.key.id); },
                        [&](const domain::rotate_api_key& c) { made(c.replacement.id); },
                        [&](const domain::revoke_api_key& c) {
                          out.body = schemas::render_api_key(s.keys.at(c.id), std::nullopt);
                        }},
             r.command);
  return out;
}

std::optional<std::string> access_traits::key_of(const request& r) {
  return idempotency_of(r);
}
outcome access_traits::as_replay(const request&, outcome first) {
  return replayed(std::move(first));
}
error access_traits::problem(const request&, append_status status) {
  return append_problem(status);
}
void access_traits::on_ready(entity_type& self) {
  self.shared().access.set(self.state());
}
void access_traits::on_durable(entity_type& self, const request*,
                               const std::vector<event>& events) {
  auto next = *self.shared().access.get();
  for (const auto& event : events) {
    next = domain::evolve(std::move(next), event);
  }
  self.shared().access.set(std::move(next));
}

access_actor::behavior_type access(
  access_actor::stateful_pointer<singleton_state<access_traits>> self, services* shared) {
  start<access_traits>(self, shared, access_stream);
  return {[self](handle_atom, access_request_ptr& r) { self->state.core->handle(std::move(r)); },
          [self](appended_atom, std::uint64_t ticket, std::uint8_t status) {
            self->state.core->on_appended(ticket, static_cast<append_status>(status));
          },
          [self](replay_atom) { replay(self); }};
}

// -- the inbox ---

inbox_actor::behavior_type inbox(inbox_actor::stateful_pointer<singleton_state<inbox_traits>> self,
                                 services* shared, deliver_function deliver) {
  start<inbox_traits>(self, shared, inbox_stream);
  auto deliver_again = [self, deliver](const std::vector<std::string>& ids, bool attempt_due) {
    for (const auto& id : ids) {
      auto found = self->state.core->state().parked.find(id);
      if (found != self->state.core->state().parked.end()) {
        auto delivery = std::make_shared<webhook_delivery>();
        delivery->event = found->second.event;
        delivery->from_inbox = true;
        delivery->attempt_due = attempt_due;
        deliver(std::move(delivery));
      }
    }
  };
  auto look_for_due = [self, shared, deliver_again] {
    deliver_again(domain::due(self->state.core->state(), shared->clock->now()), true);
  };
  auto waiting = std::make_shared<std::vector<reply_ptr>>();
  auto tell_waiting = [waiting] {
    for (auto& reply : std::exchange(*waiting, {})) {
      reply->answer({});
    }
  };
  auto tell_when_none_is_due = [self, shared, tell_waiting] {
    if (self->state.core->idle()
        && domain::due(self->state.core->state(), shared->clock->now()).empty()) {
      tell_waiting();
    }
  };
  return {[self](handle_atom, inbox_request_ptr& r) { self->state.core->handle(std::move(r)); },
          [self, waiting, tell_when_none_is_due](appended_atom, std::uint64_t ticket,
                                                 std::uint8_t status) {
            self->state.core->on_appended(ticket, static_cast<append_status>(status));
            if (!waiting->empty()) {
              tell_when_none_is_due();
            }
          },
          [self](replay_atom) { replay(self); },
          [self, deliver_again](known_atom, const std::vector<std::string>& ids) {
            deliver_again(domain::waiting_for(self->state.core->state(), ids), false);
          },
          [self, deliver_again](resume_atom) {
            std::vector<std::string> ids;
            for (const auto& [id, webhook] : self->state.core->state().parked) {
              ids.push_back(id);
            }
            deliver_again(ids, false);
          },
          [look_for_due](due_atom) { look_for_due(); },
          [self, look_for_due, waiting, tell_when_none_is_due](due_atom, reply_ptr& reply) {
            waiting->push_back(std::move(reply));
            look_for_due();
            tell_when_none_is_due();
            self->delayed_send(self, limits::due_attempts_wait, timeout_atom::value);
          },
          [tell_waiting](timeout_atom) { tell_waiting(); }};
}

}  // namespace bursar::actors
