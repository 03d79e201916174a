#include "actors/reporting.hpp"

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "base/limits.hpp"
#include "schemas/amended_usage.hpp"
#include "schemas/event_codec.hpp"

namespace bursar::actors {
namespace {

using on_stored = std::function<result<void>(const persistence::stored_event&)>;

result<void> read_stream(const persistence::journal& journal, const std::string& stream,
                         const on_stored& see) {
  for (std::uint64_t sequence = 0;;) {
    auto page = journal.read(stream, sequence + 1, limits::replay_page_events);
    if (!page) {
      return page.error();
    }
    for (const auto& stored : *page) {
      if (auto seen = see(stored); !seen) {
        return seen;
      }
      sequence = stored.sequence;
    }
    if (page->size() < limits::replay_page_events) {
      return {};
    }
  }
}

// `begin` makes what sees the events of one organization, which goes when they end.
result<void> read_organizations(const persistence::journal& journal,
                                const std::function<on_stored(const std::string&)>& begin) {
  constexpr std::size_t page_streams = 256;
  std::string after;
  for (;;) {
    auto streams = journal.streams(after, page_streams);
    if (!streams) {
      return streams.error();
    }
    for (const auto& stream : *streams) {
      bool is_organization = !stream.starts_with('$');
      auto read = is_organization ? read_stream(journal, stream, begin(stream)) : result<void>{};
      if (!read) {
        return read;
      }
      after = stream;
    }
    if (streams->size() < page_streams) {
      return {};
    }
  }
}

// Each event, with the state before it and what it is after.
template <class Before, class After>
std::function<on_stored(const std::string&)> replaying(Before before, After after) {
  return [before, after](const std::string&) {
    return [before, after,
            state = domain::organization{}](const persistence::stored_event& stored) mutable {
      auto event = schemas::decode_event<domain::event>(stored.json);
      if (!event) {
        return result<void>{event.error()};
      }
      auto at = event->about.recorded_at;
      before(state, event->event, at);
      state = domain::evolve(std::move(state), event->event);
      after(state, event->event, at);
      return result<void>{};
    };
  };
}

}  // namespace

result<domain::reports> read_reports(const persistence::journal& journal, timestamp now) {
  domain::report_builder out;
  auto read = read_organizations(
    journal, replaying([&out](const auto& state, const auto& happened,
                              timestamp at) { out.see_before(state, happened, at); },
                       [&out](const auto& state, const auto& happened, timestamp at) {
                         out.see_after(state, happened, at);
                       }));
  return read ? result<domain::reports>{std::move(out).finish(domain::month_of(now))}
              : read.error();
}

result<domain::credits_report> read_credits_report(const persistence::journal& journal,
                                                   timestamp now) {
  domain::credits_report_builder out;
  auto see
    = [&out](const domain::organization& state, const domain::event& happened, timestamp at) {
        std::visit(
          [&](const auto& e) {
            if constexpr (std::is_constructible_v<domain::credit_account_event,
                                                  std::decay_t<decltype(e)>>) {
              out.see(state.credits, domain::credit_account_event{e}, at);
            }
          },
          happened);
      };
  auto nothing = [](const auto&, const auto&, timestamp) {};
  auto read = read_organizations(journal, replaying(see, nothing));
  return read ? result<domain::credits_report>{std::move(out).finish(domain::month_of(now))}
              : read.error();
}

// Usage needs no state: what is not usage is not even read.
result<domain::usage_report> read_usage_report(const persistence::journal& journal,
                                               const domain::catalog& catalog, timestamp now) {
  domain::usage_report_builder out{catalog};
  auto until = domain::month_of(now);
  auto begin = [&](const std::string& stream) -> on_stored {
    out.end_organization(until);
    auto amended = std::make_shared<domain::usage_amendments>();
    auto learned = schemas::learn_amendments(
      [&](std::uint64_t from, std::size_t most) { return journal.read(stream, from, most); },
      *amended);
    return [&out, amended, learned](const persistence::stored_event& stored) -> result<void> {
      if (!learned) {
        return learned;
      }
      auto usage = schemas::usage_in(stored.sequence, stored.json, *amended);
      if (usage && *usage) {
        out.see(**usage);
      }
      return usage ? result<void>{} : usage.error();
    };
  };
  auto read = read_organizations(journal, begin);
  out.end_organization(until);
  return read ? result<domain::usage_report>{std::move(out).finish()} : read.error();
}

}  // namespace bursar::actors
