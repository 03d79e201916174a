// The catalog's past, from its stored events.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "schemas/event_codec.hpp"

namespace bursar::schemas {

using catalog_onlooker = std::function<void(recorded<domain::catalog_event>)>;

// `read` reads events of a stream from a sequence on, at most so many. integrity_error: an event
// that cannot be read.
template <class Read>
result<void> replay_catalog(Read read, const catalog_onlooker& see);

// A row for each version of the plan, the first one first.
template <class Read>
result<std::vector<std::string>> read_plan_versions(Read read, const std::string& plan_id);

// -- their parts ---

result<void> see_catalog_event(std::string_view json, const catalog_onlooker& see);
std::string render_plan_version(std::size_t number, const envelope& about, const domain::plan& x);

template <class Read>
result<void> replay_catalog(Read read, const catalog_onlooker& see) {
  constexpr std::size_t page_events = 512;
  for (std::uint64_t next = 1;;) {
    auto page = read(std::string{"$catalog"}, next, page_events);
    if (!page) {
      return page.error();
    }
    for (const auto& stored : *page) {
      if (auto seen = see_catalog_event(stored.json, see); !seen) {
        return seen;
      }
      next = stored.sequence + 1;
    }
    if (page->size() < page_events) {
      return {};
    }
  }
}

template <class Read>
result<std::vector<std::string>> read_plan_versions(Read read, const std::string& plan_id) {
  std::vector<std::string> out;
  auto replayed = replay_catalog(std::move(read), [&](recorded<domain::catalog_event> x) {
    auto* published = std::get_if<domain::plan_published>(&x.event);
    if (published && published->plan.id == plan_id) {
      out.push_back(render_plan_version(out.size() + 1, x.about, published->plan));
    }
  });
  return replayed ? result<std::vector<std::string>>{std::move(out)} : replayed.error();
}

}  // namespace bursar::schemas
