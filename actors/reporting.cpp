#include "actors/reporting.hpp"

#include <utility>

#include "base/limits.hpp"
#include "schemas/event_codec.hpp"

namespace bursar::actors {
namespace {

result<void> read_stream(const persistence::journal& journal, const std::string& stream,
                         domain::report_builder& into) {
  domain::organization state;
  std::uint64_t sequence = 0;
  for (;;) {
    auto page = journal.read(stream, sequence + 1, limits::replay_page_events);
    if (!page) {
      return page.error();
    }
    for (const auto& stored : *page) {
      auto event = schemas::decode_event<domain::event>(stored.json);
      if (!event) {
        return event.error();
      }
      auto recorded_at = event->about.recorded_at;
      into.see_before(state, event->event, recorded_at);
      state = domain::evolve(std::move(state), event->event);
      into.see_after(state, event->event, recorded_at);
      sequence = stored.sequence;
    }
    if (page->size() < limits::replay_page_events) {
      return {};
    }
  }
}

}  // namespace

result<domain::reports> read_reports(const persistence::journal& journal, timestamp now) {
  constexpr std::size_t page_streams = 256;
  domain::report_builder out;
  std::string after;
  for (;;) {
    auto streams = journal.streams(after, page_streams);
    if (!streams) {
      return streams.error();
    }
    for (const auto& stream : *streams) {
      bool is_organization = !stream.starts_with('$');
      if (auto read = is_organization ? read_stream(journal, stream, out) : result<void>{}; !read) {
        return read.error();
      }
      after = stream;
    }
    if (streams->size() < page_streams) {
      return std::move(out).finish(domain::month_of(now));
    }
  }
}

}  // namespace bursar::actors
