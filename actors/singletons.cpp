#include "actors/singletons.hpp"

#include "domain/billing/invoice_numbers.hpp"
#include "domain/overloaded.hpp"

namespace bursar::actors {
namespace {

using domain::overloaded;
using persistence::append_status;

// What the catalog and the API keys do, and no more.
template <class Behavior, class RequestPtr, class Pointer>
Behavior serve(Pointer self) {
  return {[self](handle_atom, RequestPtr& r) { self->state.core->handle(std::move(r)); },
          [self](appended_atom, std::uint64_t ticket, std::uint8_t status) {
            self->state.core->on_appended(ticket, static_cast<append_status>(status));
          },
          [self](replay_atom) { replay(self); }};
}

}  // namespace

// -- the catalog ---

// The settings' seller has a series, too.
result<std::vector<domain::catalog_event>> catalog_traits::decide(services& shared, const state& s,
                                                                  const request& r, timestamp,
                                                                  std::uint64_t) {
  auto decided = domain::decide(s, r.command);
  const auto* entity = std::get_if<domain::put_legal_entity>(&r.command);
  const auto& taken = shared.invoice_number_prefix;
  if (decided && entity != nullptr
      && domain::share_numbers(entity->value.invoice_number_prefix, taken)) {
    return error{errc::conflict, "the setting invoices.number_prefix is " + taken
                                   + ": two sellers' invoices could have the same numbers"};
  }
  return decided;
}

outcome catalog_traits::answer(services&, const state& s, const request& r,
                               const std::vector<event>&, std::uint64_t) {
  outcome out;
  std::visit(overloaded{[&]<class Value>(const domain::put<Value>& c) {
                          out.status = c.replaces ? 200 : 201;
                          out.body = schemas::render_catalog_value(c.value);
                        },
                        [&](const domain::put_price& c) {
                          out.status = c.replaces ? 200 : 201;
                          out.body = schemas::render_catalog_value(s.plans.at(c.plan_id));
                        },
                        [&](const domain::redeem_coupon&) { out.body = "{}"; }},
             r.command);
  return out;
}

catalog_actor::behavior_type catalog(
  catalog_actor::stateful_pointer<singleton_state<catalog_traits>> self, services* shared) {
  start<catalog_traits>(self, shared, catalog_stream);
  return serve<catalog_actor::behavior_type, catalog_request_ptr>(self);
}

// -- API keys ---

result<std::vector<domain::access_event>> access_traits::decide(services&, const state& s,
                                                                const request& r, timestamp now,
                                                                std::uint64_t) {
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

access_actor::behavior_type access(
  access_actor::stateful_pointer<singleton_state<access_traits>> self, services* shared) {
  start<access_traits>(self, shared, access_stream);
  return serve<access_actor::behavior_type, access_request_ptr>(self);
}

// -- the inbox ---

namespace {

using inbox_pointer = inbox_actor::stateful_pointer<inbox_state>;

// Whoever had it died. Its successor, which needs a moment, knows whether it is applied.
constexpr std::chrono::milliseconds unknown_asked_after{100};

// Sends what is to be delivered again, as far as few enough deliveries are under way.
void pump(inbox_pointer self, const deliver_function& deliver) {
  auto address = self->address();
  while (auto id = self->state.again.next()) {
    const auto& parked = self->state.core->state().parked;
    auto found = parked.find(*id);
    if (found == parked.end()) {
      self->state.again.returned(*id);
      continue;
    }
    auto delivery = std::make_shared<webhook_delivery>();
    delivery->event = found->second.event;
    delivery->from_inbox = true;
    delivery->correlation_id = found->second.correlation_id.value_or("");
    delivery->reply = reply_to{[address, id = *id](const outcome& what) {
      if (auto target = caf::actor_cast<inbox_actor>(address)) {
        auto code = what.problem ? what.problem->code() : errc::none;
        caf::anon_send(target, returned_atom::value, id, static_cast<std::uint8_t>(code));
      }
    }};
    deliver(std::move(delivery));
  }
}

// Nothing can be made of an attempt while nothing can be written.
void look_for_due(inbox_pointer self, const services& shared, const deliver_function& deliver) {
  if (shared.journal->state().storage_low) {
    return;
  }
  for (const auto& id : domain::due(self->state.core->state(), shared.clock->now())) {
    self->state.again.want(id, false);
  }
  pump(self, deliver);
}

void tell_asked(inbox_pointer self) {
  outcome out;
  if (auto next = domain::next_due(self->state.core->state())) {
    out.body = format_rfc3339(*next);
  }
  for (auto& reply : std::exchange(self->state.asked, {})) {
    reply->answer(out);
  }
}

void tell_when_none_is_due(inbox_pointer self, const services& shared) {
  if (!self->state.asked.empty() && self->state.core->idle()
      && domain::due(self->state.core->state(), shared.clock->now()).empty()) {
    tell_asked(self);
  }
}

}  // namespace

inbox_actor::behavior_type inbox(inbox_pointer self, services* shared, deliver_function deliver) {
  start<inbox_traits>(self, shared, inbox_stream);
  return {[self](handle_atom, inbox_request_ptr& r) { self->state.core->handle(std::move(r)); },
          [self, shared](appended_atom, std::uint64_t ticket, std::uint8_t status) {
            self->state.core->on_appended(ticket, static_cast<append_status>(status));
            tell_when_none_is_due(self, *shared);
          },
          [self](replay_atom) { replay(self); },
          [self, deliver](deliver_atom, const std::vector<std::string>& ids) {
            for (const auto& id : ids) {
              self->state.again.want(id, true);
            }
            pump(self, deliver);
          },
          [self, shared, deliver](returned_atom, const std::string& id, std::uint8_t problem) {
            self->state.again.returned(id);
            if (static_cast<errc>(problem) == errc::outcome_unknown) {
              self->delayed_send(self, unknown_asked_after, deliver_atom::value, std::vector{id});
            } else if (static_cast<errc>(problem) == errc::none
                       && domain::is_due(self->state.core->state(), id, shared->clock->now())) {
              self->state.again.want(id, false);  // it became due while it was under way
            }
            pump(self, deliver);
            tell_when_none_is_due(self, *shared);
          },
          [self, deliver](resume_atom) {
            for (const auto& [id, webhook] : self->state.core->state().parked) {
              self->state.again.want(id, true);
            }
            pump(self, deliver);
          },
          [self, shared, deliver](due_atom) { look_for_due(self, *shared, deliver); },
          [self, shared, deliver](due_atom, reply_ptr& reply) {
            self->state.asked.push_back(std::move(reply));
            look_for_due(self, *shared, deliver);
            tell_when_none_is_due(self, *shared);
            self->delayed_send(self, limits::due_attempts_wait, timeout_atom::value);
          },
          [self](timeout_atom) { tell_asked(self); }};
}

}  // namespace bursar::actors
