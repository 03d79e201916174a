#include "domain/webhook_inbox.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "domain/overloaded.hpp"

namespace bursar::domain {
namespace {

using events = std::vector<inbox_event>;

error unknown(const std::string& id) {
  return {errc::not_found, "no waiting webhook " + id};
}

std::chrono::seconds first_delay(const inbox_context& context) {
  return context.retry_delays.empty() ? std::chrono::seconds{0} : context.retry_delays[0];
}

events died(const stripe::event& event, const std::string& reason, const inbox_context& context) {
  return {webhook_died{
    event.id, reason,
    parked_webhook{event, reason, context.now, 0, context.now, context.correlation_id}}};
}

result<events> decide_park(const webhook_inbox& state, const park_webhook& c,
                           const inbox_context& context) {
  if (state.parked.size() >= limits::parked_events_max) {
    return died(c.event, c.reason + "; too many wait already", context);
  }
  return events{webhook_parked{{c.event, c.reason, context.now, 0,
                                context.now + first_delay(context), context.correlation_id}}};
}

result<events> decide_retry(const webhook_inbox& state, const retry_webhook& c,
                            const inbox_context& context) {
  auto found = state.parked.find(c.event_id);
  if (found == state.parked.end()) {
    return events{};
  }
  if (found->second.next_attempt_at > context.now) {
    auto soon = context.now + first_delay(context);
    bool earlier = c.refused && soon < found->second.next_attempt_at;
    return earlier ? events{webhook_attempted{c.event_id, c.reason, found->second.attempts, soon}}
                   : events{};
  }
  auto attempts = found->second.attempts + 1;
  if (static_cast<std::size_t>(attempts) >= context.retry_delays.size()) {
    return events{webhook_died{c.event_id, c.reason, {}}};
  }
  auto delay = context.retry_delays[static_cast<std::size_t>(attempts)];
  return events{webhook_attempted{c.event_id, c.reason, attempts, context.now + delay}};
}

result<events> decide_release(const webhook_inbox& state, const release_webhook& c) {
  if (!state.parked.contains(c.event_id) && !state.dead.contains(c.event_id)) {
    return events{};
  }
  return events{webhook_released{c.event_id, c.organization_id}};
}

result<events> decide_replay(const webhook_inbox& state, const replay_webhook& c,
                             const inbox_context& context) {
  if (!state.dead.contains(c.event_id)) {
    return unknown(c.event_id);
  }
  if (c.event.unusable) {
    return error{errc::conflict, "it still cannot be used: " + *c.event.unusable};
  }
  return events{
    webhook_revived{c.event_id, context.now},
    webhook_parked{{c.event, "replayed", context.now, 0, context.now, context.correlation_id}}};
}

void apply(webhook_inbox& state, const webhook_attempted& e) {
  auto& webhook = state.parked[e.event_id];
  webhook.attempts = e.attempts;
  webhook.next_attempt_at = e.next_attempt_at;
  webhook.reason = e.reason;
}

void apply(webhook_inbox& state, const webhook_died& e) {
  state.parked.erase(e.event_id);
  state.dead.insert(e.event_id);
}

}  // namespace

result<std::vector<inbox_event>> decide(const webhook_inbox& state, const inbox_command& command,
                                        const inbox_context& context) {
  return std::visit(
    overloaded{
      [&](const ignore_webhook& c) -> result<events> {
        return events{webhook_ignored{c.event_id, c.event_type, c.reason, c.payload_sha256}};
      },
      [&](const park_webhook& c) { return decide_park(state, c, context); },
      [&](const kill_webhook& c) -> result<events> { return died(c.event, c.reason, context); },
      [&](const retry_webhook& c) { return decide_retry(state, c, context); },
      [&](const release_webhook& c) { return decide_release(state, c); },
      [&](const replay_webhook& c) { return decide_replay(state, c, context); }},
    command);
}

webhook_inbox evolve(webhook_inbox state, const inbox_event& event) {
  std::visit(overloaded{[](const webhook_ignored&) {},
                        [&](const webhook_parked& e) {
                          state.parked[e.webhook.event.id] = e.webhook;
                          state.dead.erase(e.webhook.event.id);
                        },
                        [&](const webhook_attempted& e) { apply(state, e); },
                        [&](const webhook_died& e) { apply(state, e); },
                        [&](const webhook_released& e) {
                          state.parked.erase(e.event_id);
                          state.dead.erase(e.event_id);
                        },
                        [&](const webhook_revived& e) { state.dead.erase(e.event_id); }},
             event);
  return state;
}

bool is_due(const webhook_inbox& state, const std::string& event_id, timestamp now) {
  auto found = state.parked.find(event_id);
  return found != state.parked.end() && found->second.next_attempt_at <= now;
}

std::vector<std::string> due(const webhook_inbox& state, timestamp now) {
  std::vector<std::pair<timestamp, std::string>> found;
  for (const auto& [id, webhook] : state.parked) {
    if (webhook.next_attempt_at <= now) {
      found.emplace_back(webhook.next_attempt_at, id);
    }
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> out;
  for (auto& [at, id] : found) {
    out.push_back(std::move(id));
  }
  return out;
}

std::vector<std::string> ids_waited_for(const stripe::event& event) {
  auto out = event.found.related;
  out.insert(out.end(), event.found.organizations.begin(), event.found.organizations.end());
  if (event.found.customer) {
    out.push_back(*event.found.customer);
  }
  return out;
}

std::optional<timestamp> next_due(const webhook_inbox& state) {
  std::optional<timestamp> out;
  for (const auto& [id, webhook] : state.parked) {
    if (!out || webhook.next_attempt_at < *out) {
      out = webhook.next_attempt_at;
    }
  }
  return out;
}

}  // namespace bursar::domain
