#include "actors/organization.hpp"

#include <algorithm>

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/billing_answer.hpp"
#include "actors/billing_records.hpp"
#include "actors/credit_answer.hpp"
#include "actors/credit_records.hpp"
#include "actors/organization_view.hpp"
#include "actors/stored_payload.hpp"
#include "actors/taxing.hpp"
#include "actors/usage_answer.hpp"
#include "domain/overloaded.hpp"
#include "schemas/billing_views.hpp"
#include "schemas/invoice_views.hpp"

namespace bursar::actors {
namespace {

using domain::overloaded;
using persistence::append_status;
using persistence::column;
using schemas::inbox_key;
using schemas::organization_row_key;
using schemas::stripe_index_key;

const domain::apply_stripe_event* webhook_of(const organization_request& r) {
  const auto* command = std::get_if<domain::command>(&r.command);
  return command == nullptr ? nullptr : std::get_if<domain::apply_stripe_event>(command);
}

// Whether the mirror tracks this object: then the index knows it too.
bool tracks(const domain::stripe::mirror& m, const std::string& id) {
  return m.payments.contains(id) || m.charges.contains(id) || m.invoices.contains(id)
         || m.subscriptions.contains(id) || m.checkout_sessions.contains(id)
         || m.payment_methods.contains(id);
}

// Ids that become this organization's with the event.
std::vector<std::string> new_ids(const domain::organization& s, const domain::stripe::event& e) {
  std::vector<std::string> out;
  for (const auto& id : e.found.related) {
    if (!id.starts_with("cus_") && !tracks(s.stripe, id)) {
      out.push_back(id);
    }
  }
  if (e.found.customer && !s.stripe_customer_ids.contains(*e.found.customer)) {
    out.push_back(*e.found.customer);
  }
  return out;
}

// From here on the id belongs to the owner.
void make_known(const std::string& id, const std::string& owner, beside& also) {
  also.records.push_back({column::index, stripe_index_key(id), owner});
  also.made_known.push_back(id);
}

void claim_customers(const std::set<std::string>& wanted, const domain::organization& s,
                     const std::string& owner, beside& also) {
  for (const auto& id : wanted) {
    if (!s.stripe_customer_ids.contains(id)) {
      also.absent.push_back({column::index, stripe_index_key(id)});
      make_known(id, owner, also);
    }
  }
}

const char* taken_by_another = "a Stripe customer belongs to another organization";

// Looked up before anything is decided; the append makes sure once more.
std::optional<error> customer_of_another(services& shared, const std::string& stream,
                                         const domain::command& command) {
  const std::set<std::string>* wanted = nullptr;
  if (const auto* create = std::get_if<domain::create_organization>(&command)) {
    wanted = &create->stripe_customer_ids;
  } else if (const auto* update = std::get_if<domain::update_organization>(&command);
             update != nullptr && update->stripe_customer_ids) {
    wanted = &*update->stripe_customer_ids;
  }
  if (wanted == nullptr) {
    return std::nullopt;
  }
  for (const auto& id : *wanted) {
    auto owner = shared.journal->get(column::index, stripe_index_key(id));
    if (!owner) {
      return owner.error();
    }
    if (*owner && **owner != stream) {
      return error{errc::conflict, taken_by_another};
    }
  }
  return std::nullopt;
}

void webhook_records(const domain::organization& s, const organization_request& r,
                     const domain::apply_stripe_event& c, beside& also) {
  for (const auto& id : new_ids(s, c.event)) {
    if (id == c.event.found.customer && !s.stripe_customer_ids.contains(id)) {
      also.absent.push_back({column::index, stripe_index_key(id)});
    }
    make_known(id, r.stream, also);
  }
  bool stored = r.payload && r.payload->stored;
  if (!stored) {
    also.absent.push_back({column::inbox, inbox_key(c.event.id)});
  }
  if (r.payload && !stored) {
    also.records.push_back({column::payloads, inbox_key(c.event.id), r.payload->packed});
  }
}

}  // namespace

void organization_traits::handle(entity_type& self, organization_request_ptr r) {
  if (std::holds_alternative<domain::command>(r->command)) {
    if (billing_of(*r) != nullptr) {
      may_ask_taxes(*r, self.shared(), self.sequence());
    }
    if (is_amendment(*r) && !self.settled()) {  // it counts what is in the journal
      self.handle_settled(std::move(r));
      return;
    }
    auto ready = look_up_usage(*r, self.state().usage, *self.shared().journal, self.memory());
    if (!ready) {
      r->reply.answer(outcome::failed(ready.error()));
      return;
    }
    self.command(std::move(r));
    return;
  }
  outcome out;
  if (self.state().id.empty()) {
    out = outcome::failed({errc::not_found, "no such organization"});
  } else if (const auto* list = std::get_if<schemas::list_request>(&r->command)) {
    out.part = schemas::render(*list, self.state(), self.shared().clock->now());
  } else if (const auto* billing = std::get_if<schemas::billing_request>(&r->command)) {
    auto& shared = self.shared();
    auto catalog = shared.catalog.get();
    may_ask_taxes(*r, shared, self.sequence());
    auto body = schemas::render(*billing, self.state(),
                                context_of(*r, shared, *catalog, shared.clock->now()));
    if (wants_taxes(*r)) {
      shared.ask_taxes(std::move(r));
      return;
    }
    out = body ? outcome{200, std::move(*body), {}, {}, 0, false} : outcome::failed(body.error());
  } else if (auto usage = usage_answer(r->command, self.state(), self.shared())) {
    out = std::move(*usage);
  } else {
    out.body = view_of(self, std::get<schemas::view>(r->command));
  }
  self.answer_from_state(std::move(r), std::move(out));
}

result<std::vector<domain::event>> organization_traits::decide(services& shared, const state& s,
                                                               const request& r, timestamp now,
                                                               std::uint64_t sequence) {
  auto catalog = shared.catalog.get();
  const auto& command = std::get<domain::command>(r.command);
  if (auto taken = customer_of_another(shared, r.stream, command)) {
    return *taken;
  }
  if (auto unknown = unknown_receiver(shared, s, command)) {
    return *unknown;
  }
  auto context = context_of(r, shared, *catalog, now);
  context.sequence = sequence;
  context.usage = r.usage.get();
  return domain::decide(s, command, context);
}

void organization_traits::records_before(services& shared, const state& s, const request& r,
                                         const std::vector<event>& events, beside& also) {
  for (const auto& event : events) {
    if (const auto* created = std::get_if<domain::organization_created>(&event)) {
      also.made_known.push_back(created->id);
      claim_customers(created->stripe_customer_ids, s, r.stream, also);
    } else if (const auto* updated = std::get_if<domain::organization_updated>(&event);
               updated != nullptr && updated->stripe_customer_ids) {
      claim_customers(*updated->stripe_customer_ids, s, r.stream, also);
    }
  }
  if (const auto* webhook = webhook_of(r)) {
    webhook_records(s, r, *webhook, also);
  }
  record_usage_ids(r, events, also);
  record_amended_ids(*shared.journal, r, events, also);
  record_used_timers(s, r, also);
}

void organization_traits::records_after(services& shared, const state& s, const request& r,
                                        const std::vector<event>& events, timestamp now,
                                        beside& also) {
  bool row_changes = std::any_of(events.begin(), events.end(), [](const event& e) {
    return std::holds_alternative<domain::organization_created>(e)
           || std::holds_alternative<domain::organization_updated>(e)
           || std::holds_alternative<domain::standing_changed>(e)
           || std::holds_alternative<domain::subscription_created>(e)
           || std::holds_alternative<domain::subscription_terms_changed>(e)
           || std::holds_alternative<domain::subscription_status_changed>(e);
  });
  if (row_changes) {
    also.records.push_back(
      {column::index, organization_row_key(s.id), schemas::encode_record(schemas::row_of(s))});
  }
  record_unnumbered(s, r.stream, events, also);
  record_charges(s, r.stream, events, also);
  record_transfers(s, r.stream, events, also);
  record_meter_events(s, *shared.catalog.get(), r.stream, events, also);
  record_next_timer(s, r.stream, also);
  if (const auto* webhook = webhook_of(r)) {
    schemas::inbox_row row{webhook->event.id,
                           webhook->event.type,
                           domain::webhook_status::applied,
                           r.stream,
                           {},
                           now,
                           0};
    also.records.push_back({column::inbox, inbox_key(row.event_id), schemas::encode_record(row)});
  }
}

outcome organization_traits::answer(services& shared, const state& s, const request& r,
                                    const std::vector<event>& events, std::uint64_t sequence) {
  outcome out;
  auto catalog = shared.catalog.get();
  std::visit(
    overloaded{
      [&](const domain::create_organization&) { out.status = 201; },
      [&](const domain::update_organization&) { out.status = 200; },
      [&](const domain::billing_command& c) { out = billing_answer(s.billing, c, events); },
      [&](const domain::credit_command& c) {
        out = credit_answer(s.credits, c, events, shared.clock->now());
      },
      [&](const domain::usage_command& c) {
        out = usage_answer(c, s, r.usage.get(), *catalog, shared.clock->now());
      },
      [&](const domain::apply_stripe_event&) { out.body = "{\"received\":true}"; }},
    std::get<domain::command>(r.command));
  if (out.body.empty()) {
    out.body = schemas::render(schemas::view::organization, s, {sequence, {}}, *catalog,
                               shared.clock->now());
  }
  return out;
}

std::optional<std::string> organization_traits::key_of(const request& r) {
  if (r.idempotency) {
    return r.idempotency->key;
  }
  const auto* webhook = webhook_of(r);
  return webhook == nullptr ? std::nullopt : std::optional{webhook->event.id};
}

std::optional<outcome> organization_traits::durable_answer(services& shared, const request& r) {
  auto row = stored_row(*shared.journal, webhook_of(r)->event.id);
  if (!row) {
    return outcome::failed(row.error());
  }
  bool waited = r.payload && r.payload->stored;
  if (!*row || (waited && (*row)->status != domain::webhook_status::applied)) {
    return std::nullopt;
  }
  return as_replay(r, {});
}

outcome organization_traits::as_replay(const request& r, outcome first) {
  if (r.idempotency) {
    first.replayed = true;
  } else if (!first.problem) {
    first.body = "{\"duplicate\":true,\"received\":true}";
  }
  return first;
}

error organization_traits::problem(const request& r, append_status status) {
  const auto* command = std::get_if<domain::command>(&r.command);
  bool claims = command != nullptr && !std::holds_alternative<domain::apply_stripe_event>(*command);
  if (status == append_status::key_conflict && claims) {
    return {errc::conflict, taken_by_another};
  }
  if (status == append_status::key_conflict) {
    return {errc::shard_unavailable, "delivered twice at once; deliver again"};
  }
  return append_problem(status);
}

bool organization_traits::taken_over(services& shared, std::shared_ptr<request>& r,
                                     const error& why) {
  if (wants_taxes(*r)) {
    --shared.counts.commands;  // it comes again
    --shared.counts.rejections;
    shared.ask_taxes(std::move(r));
    return true;
  }
  if (webhook_of(*r) == nullptr || why.code() != errc::unprocessable) {
    return false;
  }
  shared.set_aside(std::move(r), why.detail());
  return true;
}

void organization_traits::on_decided(entity_type& self, const request& r,
                                     const std::vector<event>& events) {
  if (!events.empty()) {
    self.shared().access_answers.forget(self.stream());
  }
  remember_usage(r, events, self.memory());
}

void organization_traits::on_durable(entity_type& self, const std::vector<event>& events,
                                     const std::vector<std::string>& made_known) {
  forget_usage(events, self.memory());
  if (auto keys = unnumbered_keys(self.state(), self.stream(), events); !keys.empty()) {
    self.shared().number_invoices(std::move(keys));
  }
  if (auto keys = transfer_keys(self.stream(), events); !keys.empty()) {
    self.shared().carry_transfers(std::move(keys));
  }
  // Once it is durable: TIMERS either find it in the journal or hear of it after they looked.
  if (auto due = domain::next_due(self.state()); due && !events.empty()) {
    self.shared().timer_made(schemas::timer_key({*due, self.stream()}));
  }
  auto waiting = self.shared().waiting.waiting_for(made_known);
  if (!waiting.empty()) {
    self.shared().deliver_again(std::move(waiting));
  }
}

// -- the actor ---

namespace {

using pointer = organization_actor::stateful_pointer<organization_state>;

// Ends now, or once the snapshot and what is in flight are durable, or the replay is over.
void fall_asleep(pointer self) {
  if (!self->state.core->begin_sleep() && self->state.core->idle()) {
    self->quit();
  }
}

}  // namespace

organization_actor::behavior_type organization(pointer self, services* shared, std::string stream,
                                               std::shared_ptr<custody> held) {
  auto address = self->address();
  self->state.custody = std::move(held);
  self->state.core = std::make_unique<entity<organization_traits>>(
    *shared, std::move(stream), [address](std::uint64_t ticket, append_status status) {
      if (auto target = caf::actor_cast<organization_actor>(address)) {
        caf::anon_send(target, appended_atom::value, ticket, static_cast<std::uint8_t>(status));
      }
    });
  ++shared->counts.organizations_awake;
  self->attach_functor([shared, stream = self->state.core->stream()](const caf::error&) {
    shared->access_answers.forget(stream);
    --shared->counts.organizations_awake;
  });
  self->set_exception_handler(
    [](std::exception_ptr&) -> caf::error { return caf::sec::runtime_error; });
  self->state.core->watch([self, shared](organization_request_ptr r) {
    self->state.custody->did_something |= !r;
    self->state.custody->request = std::move(r);
    if (self->state.custody->request && shared->probe) {
      shared->probe(self->state.core->stream());
    }
  });
  self->state.core->begin_replay();
  self->send(self, replay_atom::value);
  return {
    [self](handle_atom, organization_request_ptr& r) { self->state.core->handle(std::move(r)); },
    [self](appended_atom, std::uint64_t ticket, std::uint8_t status) {
      self->state.core->on_appended(ticket, static_cast<append_status>(status));
      if (static_cast<append_status>(status) == append_status::unknown) {
        self->quit(caf::sec::runtime_error);  // only what is durable counts: replay it
      } else if (self->state.sleeping && self->state.core->idle()) {
        self->quit();
      }
    },
    [self](replay_atom) {
      if (self->state.core->replay_page()) {
        self->send(self, replay_atom::value);
      } else if (self->state.sleeping) {
        fall_asleep(self);
      }
    },
    [self](sleep_atom) {
      self->state.sleeping = true;
      fall_asleep(self);
    }};
}

}  // namespace bursar::actors
