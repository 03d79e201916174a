// An organization's past, from its stored events.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "domain/organization.hpp"
#include "schemas/event_codec.hpp"
#include "schemas/views.hpp"

namespace bursar::schemas {

// Up to which event: the last one recorded at or before `at`, or `sequence`; neither: the newest.
struct history_point {
  std::optional<timestamp> at;
  std::optional<std::uint64_t> sequence;
};

struct past_state {
  domain::organization state;
  state_position position;
};

// What looks on: each event, and the state before it.
using onlooker
  = std::function<void(const domain::organization&, const domain::event&, const envelope&)>;

// Events from a sequence on, at most so many, as a journal reads them. Stored is any type with
// sequence, hash and json.
template <class Read>
result<past_state> replay_until(Read read, const history_point& until, const onlooker& see = {});

// {"verified", "events", "head_hash", "first_bad_sequence"?, "problem"?}
std::string render_verification(std::uint64_t events, const sha256_digest& head,
                                const std::optional<std::pair<std::uint64_t, std::string>>& fault);

// One step of a replay; false: the point is reached and the event is past it. not_found: so is the
// first event.
result<bool> replay_step(past_state& into, std::string_view json, std::uint64_t sequence,
                         const sha256_digest& hash, const history_point& until,
                         const onlooker& see);

template <class Read>
result<past_state> replay_until(Read read, const history_point& until, const onlooker& see) {
  constexpr std::size_t page_events = 512;
  past_state out;
  for (;;) {
    auto page = read(out.position.sequence + 1, page_events);
    if (!page) {
      return page.error();
    }
    for (const auto& stored : *page) {
      auto went_on = replay_step(out, stored.json, stored.sequence, stored.hash, until, see);
      if (!went_on) {
        return went_on.error();
      }
      if (!*went_on) {
        return out;
      }
    }
    if (page->size() < page_events) {
      break;
    }
  }
  if (until.sequence && out.position.sequence < *until.sequence) {
    return error{errc::not_found, "there is no event " + std::to_string(*until.sequence) + " yet"};
  }
  return out;
}

}  // namespace bursar::schemas
