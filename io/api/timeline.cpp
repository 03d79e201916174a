#include "io/api/timeline.hpp"

#include "base/encoding.hpp"
#include "base/limits.hpp"
#include "schemas/views.hpp"

namespace bursar::io::api {

result<std::string> read_timeline(const persistence::journal& journal, const call& c,
                                  const row_of_event& row_of, const timeline_page& wanted) {
  auto stream = c.parameter("org");
  auto head = journal.head(stream);
  if (!head) {
    return head.error();
  }
  if (!*head) {
    return error{errc::not_found, "no such organization"};
  }
  std::vector<std::string> rows;
  auto after = wanted.after;
  while (rows.size() < wanted.limit) {
    auto page = journal.read(stream, after + 1, limits::replay_page_events);
    if (!page) {
      return page.error();
    }
    for (const auto& stored : *page) {
      after = stored.sequence;
      auto row = row_of(stored);
      if (!row) {
        return row.error();
      }
      if (*row) {
        rows.push_back(std::move(**row));
      }
      if (rows.size() == wanted.limit) {
        break;
      }
    }
    if (page->size() < limits::replay_page_events && rows.size() < wanted.limit) {
      return schemas::render_list(rows, std::nullopt);
    }
  }
  return schemas::render_list(rows, make_cursor(c, wanted.filters, big_endian(after)));
}

}  // namespace bursar::io::api
