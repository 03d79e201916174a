// What stored events say was used, as their amendments have it (domain/usage_recount.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.hpp"
#include "domain/usage_recount.hpp"
#include "schemas/event_codec.hpp"

namespace bursar::schemas {

// The event, if it is about an amendment. integrity_error: it is no event of an organization.
result<std::optional<domain::event>> amending_in(std::string_view json);
// The usage that a stored event records and that counts. Empty: it is about something else.
// integrity_error.
result<std::optional<domain::usage_recorded>> usage_in(std::uint64_t sequence,
                                                       std::string_view json,
                                                       const domain::usage_amendments& amended);
// An organization's events from a sequence on, which `read` reads, at most so many at a time.
// Stored is any type with sequence and json.
template <class Read, class See>
result<void> each_stored(Read read, std::uint64_t next, See see) {
  constexpr std::size_t page_events = 512;
  for (;;) {
    auto page = read(next, page_events);
    if (!page) {
      return page.error();
    }
    for (const auto& stored : *page) {
      if (auto seen = see(stored); !seen) {
        return seen.error();
      }
      next = stored.sequence + 1;
    }
    if (page->size() < page_events) {
      return {};
    }
  }
}

// `into` learns what is said of amendments.
template <class Read, class Learning>
result<void> learn_amendments(Read read, Learning& into) {
  return each_stored(read, 1, [&](const auto& stored) -> result<void> {
    auto event = amending_in(stored.json);
    if (event && *event) {
      into.learn(stored.sequence, **event);
    }
    return event ? result<void>{} : event.error();
  });
}

// What came since it was read last.
template <class Read>
result<void> catch_up(Read read, domain::usage_recount& to) {
  return each_stored(read, to.taken() + 1, [&](const auto& stored) -> result<void> {
    auto event = decode_event<domain::event>(stored.json);
    if (event) {
      to.take(stored.sequence, event->event);
    }
    return event ? result<void>{} : event.error();
  });
}

template <class Read>
result<void> recount(Read read, domain::usage_recount& into) {
  auto learned = learn_amendments(read, into);
  return learned ? catch_up(read, into) : learned;
}

}  // namespace bursar::schemas
