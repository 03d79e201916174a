#include "io/api/timeline.hpp"

#include "base/encoding.hpp"
#include "schemas/views.hpp"

namespace bursar::io::api {
namespace {

// An event of a batch of usage may be some 100 KB: a page ends before it is full of them.
constexpr std::size_t page_bytes_max = 4 * 1024 * 1024;
constexpr std::size_t events_read_at_once = 64;

}  // namespace

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
  std::size_t bytes = 0;
  auto is_full = [&] { return rows.size() == wanted.limit || bytes >= page_bytes_max; };
  while (!is_full()) {
    auto page = journal.read(stream, after + 1, events_read_at_once);
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
        bytes += (*row)->size();
        rows.push_back(std::move(**row));
      }
      if (is_full()) {
        break;
      }
    }
    if (page->size() < events_read_at_once && !is_full()) {
      return schemas::render_list(rows, std::nullopt);
    }
  }
  return schemas::render_list(rows, make_cursor(c, wanted.filters, big_endian(after)));
}

}  // namespace bursar::io::api
