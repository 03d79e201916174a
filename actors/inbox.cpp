// What is particular to the INBOX: every webhook it takes has a row that says where it stands, and
// its raw body beside it.
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/organization.hpp"
#include "actors/singletons.hpp"
#include "actors/stored_payload.hpp"
#include "actors/webhook_router.hpp"
#include "domain/overloaded.hpp"

namespace bursar::actors {
namespace {

using domain::overloaded;
using domain::webhook_status;
using persistence::append_status;
using persistence::column;
using schemas::inbox_key;

// The event id of a webhook that comes in for the first time; empty for what is known already.
std::string incoming(const domain::inbox_command& c) {
  return std::visit(overloaded{[](const domain::ignore_webhook& x) { return x.event_id; },
                               [](const domain::park_webhook& x) { return x.event.id; },
                               [](const domain::kill_webhook& x) { return x.event.id; },
                               [](const domain::retry_webhook&) { return std::string{}; },
                               [](const domain::release_webhook&) { return std::string{}; },
                               [](const domain::replay_webhook&) { return std::string{}; }},
                    c);
}

void put_row(beside& also, const schemas::inbox_row& row) {
  also.records.push_back({column::inbox, inbox_key(row.event_id), schemas::encode_record(row)});
}

// When it came in for the first time: a replay keeps that.
timestamp received_at(const services& shared, const domain::parked_webhook& webhook) {
  auto row = stored_row(*shared.journal, webhook.event.id);
  return row && *row ? (*row)->received_at : webhook.parked_at;
}

void put_waiting(const services& shared, beside& also, const std::string& id,
                 const domain::parked_webhook& webhook, webhook_status status) {
  put_row(also, {id,
                 webhook.event.type,
                 status,
                 {},
                 webhook.reason,
                 received_at(shared, webhook),
                 webhook.attempts});
  if (status == webhook_status::dead) {
    also.records.push_back({column::dead, id, webhook.reason});
  }
}

}  // namespace

result<std::vector<domain::inbox_event>> inbox_traits::decide(services& shared, const state& s,
                                                              const request& r, timestamp now,
                                                              std::uint64_t) {
  domain::inbox_context context{now, shared.parked_retry_delays, r.caller.correlation_id};
  const auto* retry = std::get_if<domain::retry_webhook>(&r.command);
  if (retry == nullptr) {
    return domain::decide(s, r.command, context);
  }
  auto row = stored_row(*shared.journal, retry->event_id);
  if (!row) {
    return row.error();
  }
  // Its organization took it and died before it could say so, and another try came too late.
  if (*row && (*row)->status == webhook_status::applied) {
    domain::release_webhook release{retry->event_id, *(*row)->organization_id};
    return domain::decide(s, release, context);
  }
  return domain::decide(s, r.command, context);
}

void inbox_traits::records_before(services& shared, const state& s, const request& r,
                                  const std::vector<event>& events, beside& also) {
  for (const auto& event : events) {
    if (const auto* parked = std::get_if<domain::webhook_parked>(&event)) {
      // Before the index is asked a last time: who makes the id known sees that somebody waits.
      shared.waiting.add(parked->webhook.event);
    } else if (const auto* died = std::get_if<domain::webhook_died>(&event)) {
      auto webhook = died->webhook ? *died->webhook : s.parked.at(died->event_id);
      webhook.reason = died->reason;
      put_waiting(shared, also, died->event_id, webhook, webhook_status::dead);
    }
  }
  auto id = incoming(r.command);
  bool stored = r.payload && r.payload->stored;
  if (!id.empty() && !stored) {
    also.absent.push_back({column::inbox, inbox_key(id)});
    if (r.payload) {
      also.records.push_back({column::payloads, inbox_key(id), r.payload->packed});
    }
  }
}

void inbox_traits::records_after(services& shared, const state& s, const request&,
                                 const std::vector<event>& events, timestamp now, beside& also) {
  for (const auto& event : events) {
    std::visit(
      overloaded{
        [&](const domain::webhook_ignored& e) {
          put_row(also, {e.event_id, e.event_type, webhook_status::ignored, {}, e.reason, now, 0});
        },
        [&](const domain::webhook_parked& e) {
          put_waiting(shared, also, e.webhook.event.id, e.webhook, webhook_status::parked);
        },
        [&](const domain::webhook_attempted& e) {
          put_waiting(shared, also, e.event_id, s.parked.at(e.event_id), webhook_status::parked);
        },
        [](const domain::webhook_died&) {},  // above: its webhook is no longer state
        [&](const domain::webhook_released& e) {
          also.records.push_back({column::dead, e.event_id, std::nullopt});
        },
        [&](const domain::webhook_revived& e) {
          also.records.push_back({column::dead, e.event_id, std::nullopt});
        }},
      event);
  }
}

outcome inbox_traits::answer(services&, const state&, const request& r, const std::vector<event>&,
                             std::uint64_t) {
  outcome out;
  out.body = "{\"received\":true}";
  if (const auto* replay = std::get_if<domain::replay_webhook>(&r.command)) {
    out.status = 202;
    out.body = schemas::render_replayed(replay->event_id);
  }
  return out;
}

std::optional<std::string> inbox_traits::key_of(const request& r) {
  if (r.idempotency) {
    return r.idempotency->key;
  }
  auto id = incoming(r.command);
  return id.empty() || (r.payload && r.payload->stored) ? std::nullopt : std::optional{id};
}

std::optional<outcome> inbox_traits::durable_answer(services& shared, const request& r) {
  auto stored = shared.journal->get(column::inbox, inbox_key(incoming(r.command)));
  if (!stored) {
    return outcome::failed(stored.error());
  }
  return *stored ? std::optional{as_replay(r, {})} : std::nullopt;
}

outcome inbox_traits::as_replay(const request& r, outcome first) {
  if (r.idempotency) {
    first.replayed = true;
  } else if (!first.problem) {
    first.body = "{\"duplicate\":true,\"received\":true}";
  }
  return first;
}

error inbox_traits::problem(const request&, append_status status) {
  if (status == append_status::key_conflict) {
    return {errc::shard_unavailable, "delivered twice at once; deliver again"};
  }
  return append_problem(status);
}

void inbox_traits::on_ready(entity_type& self) {
  self.shared().waiting.reset(self.state().parked);
}

void inbox_traits::on_durable(entity_type& self, const std::vector<event>& events,
                              const std::vector<std::string>&) {
  auto& shared = self.shared();
  for (const auto& event : events) {
    std::visit(
      overloaded{[&](const domain::webhook_ignored&) { ++shared.counts.webhooks_ignored; },
                 [&](const domain::webhook_parked& e) {
                   ++shared.counts.webhooks_parked;
                   // The index once more: what it learned before this was durable told
                   // nobody.
                   bool due = e.webhook.next_attempt_at <= shared.clock->now();
                   if (due || any_known(shared, domain::ids_waited_for(e.webhook.event))) {
                     shared.deliver_again({e.webhook.event.id});
                   }
                 },
                 [](const domain::webhook_attempted&) {},
                 [&](const domain::webhook_died& e) {
                   ++shared.counts.webhooks_dead;
                   shared.waiting.remove(e.event_id);
                 },
                 [&](const domain::webhook_released& e) { shared.waiting.remove(e.event_id); },
                 [](const domain::webhook_revived&) {}},
      event);
  }
}

}  // namespace bursar::actors
