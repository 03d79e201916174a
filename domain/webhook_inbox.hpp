// Webhooks that no organization took: recorded as received, parked until their organization is
// known, or given up on. Event-sourced in the stream "$inbox". Pure: due times are state.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <boost/describe.hpp>

#include "base/error.hpp"
#include "base/time.hpp"
#include "domain/stripe/objects.hpp"

namespace bursar::domain {

BOOST_DEFINE_ENUM_CLASS(webhook_status, applied, ignored, parked, dead)

struct parked_webhook {
  stripe::event event;
  std::string reason;
  timestamp parked_at{};
  std::int64_t attempts = 0;
  timestamp next_attempt_at{};
  std::optional<std::string> correlation_id{};  // of the request that brought it, or replayed it
  friend bool operator==(const parked_webhook&, const parked_webhook&) = default;
};
BOOST_DESCRIBE_STRUCT(parked_webhook, (),
                      (event, reason, parked_at, attempts, next_attempt_at, correlation_id))

struct webhook_inbox {
  std::map<std::string, parked_webhook> parked;  // by event id
  std::set<std::string> dead;                    // their rows and bodies are in the journal
  friend bool operator==(const webhook_inbox&, const webhook_inbox&) = default;
};
BOOST_DESCRIBE_STRUCT(webhook_inbox, (), (parked, dead))

// -- commands ---

struct ignore_webhook {  // nothing Bursar mirrors, or not meant for this account and mode
  std::string event_id, event_type, reason;
  std::optional<std::string> payload_sha256;
};
struct park_webhook {
  stripe::event event;
  std::string reason;
};
struct kill_webhook {  // its content cannot be used, or it contradicts what is known
  stripe::event event;
  std::string reason;
};
struct retry_webhook {  // it was delivered again, and nobody took it
  std::string event_id;
  std::string reason;
  bool refused = false;  // an organization was found, but could not take it
};
struct release_webhook {  // an organization took it
  std::string event_id, organization_id;
};
struct replay_webhook {  // a person wants a dead one tried again
  std::string event_id;
  stripe::event event;  // normalised again from the body that is kept
};
using inbox_command = std::variant<ignore_webhook, park_webhook, kill_webhook, retry_webhook,
                                   release_webhook, replay_webhook>;

// -- events ---

struct webhook_ignored {
  std::string event_id, event_type, reason;
  std::optional<std::string> payload_sha256;
  friend bool operator==(const webhook_ignored&, const webhook_ignored&) = default;
};
BOOST_DESCRIBE_STRUCT(webhook_ignored, (), (event_id, event_type, reason, payload_sha256))
struct webhook_parked {
  parked_webhook webhook;
  friend bool operator==(const webhook_parked&, const webhook_parked&) = default;
};
BOOST_DESCRIBE_STRUCT(webhook_parked, (), (webhook))
struct webhook_attempted {
  std::string event_id, reason;
  std::int64_t attempts = 0;
  timestamp next_attempt_at{};
  friend bool operator==(const webhook_attempted&, const webhook_attempted&) = default;
};
BOOST_DESCRIBE_STRUCT(webhook_attempted, (), (event_id, reason, attempts, next_attempt_at))
struct webhook_died {  // with the webhook itself where it was never parked
  std::string event_id, reason;
  std::optional<parked_webhook> webhook;
  friend bool operator==(const webhook_died&, const webhook_died&) = default;
};
BOOST_DESCRIBE_STRUCT(webhook_died, (), (event_id, reason, webhook))
struct webhook_released {
  std::string event_id, organization_id;
  friend bool operator==(const webhook_released&, const webhook_released&) = default;
};
BOOST_DESCRIBE_STRUCT(webhook_released, (), (event_id, organization_id))
struct webhook_revived {
  std::string event_id;
  timestamp next_attempt_at{};
  friend bool operator==(const webhook_revived&, const webhook_revived&) = default;
};
BOOST_DESCRIBE_STRUCT(webhook_revived, (), (event_id, next_attempt_at))
using inbox_event = std::variant<webhook_ignored, webhook_parked, webhook_attempted, webhook_died,
                                 webhook_released, webhook_revived>;

struct inbox_context {
  timestamp now{};
  std::vector<std::chrono::seconds> retry_delays;  // before attempt 1, 2, …; then it is dead
  std::optional<std::string> correlation_id{};     // of whoever sends the command
};

// not_found: no dead webhook of that id. conflict: what is to be replayed still cannot be used.
result<std::vector<inbox_event>> decide(const webhook_inbox& state, const inbox_command& command,
                                        const inbox_context& context);
webhook_inbox evolve(webhook_inbox state, const inbox_event& event);

bool is_due(const webhook_inbox& state, const std::string& event_id, timestamp now);
// Event ids of parked webhooks whose attempt is due, earliest first.
std::vector<std::string> due(const webhook_inbox& state, timestamp now);
// The ids whose organization a parked webhook waits for.
std::vector<std::string> ids_waited_for(const stripe::event& event);
// When the next attempt is due; none: nothing is parked.
std::optional<timestamp> next_due(const webhook_inbox& state);

}  // namespace bursar::domain
