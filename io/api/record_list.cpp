#include "io/api/record_list.hpp"

#include "base/limits.hpp"
#include "io/api/ask.hpp"
#include "schemas/views.hpp"

namespace bursar::io::api {
namespace {

struct record_page {
  std::vector<std::string> rows;
  std::optional<std::string> next;  // the last key looked at, when there may be more
};

result<record_page> read_page(const persistence::journal& journal, const record_list& wanted,
                              std::string after, std::size_t limit) {
  record_page out;
  if (after.empty()) {
    after = wanted.after;
  }
  for (std::size_t looked_at = 0;;) {
    auto found
      = journal.scan(wanted.in, wanted.prefix, after, limits::page_size_max, wanted.newest_first);
    if (!found) {
      return found.error();
    }
    for (const auto& record : *found) {
      if (record.key < wanted.least) {
        return out;
      }
      if (out.rows.size() == limit || looked_at == limits::records_looked_at_max) {
        out.next = after;
        return out;
      }
      after = record.key;
      ++looked_at;
      if (auto row = wanted.row_of(record)) {
        out.rows.push_back(std::move(*row));
      }
    }
    if (found->size() < limits::page_size_max) {
      return out;
    }
  }
}

}  // namespace

answering list_records(api& in, call c, std::map<std::string, std::string> query,
                       record_list wanted) {
  auto page = page_of(c, query, wanted.filters);
  if (!page) {
    co_return refuse(c, page.error());
  }
  const auto& journal = *in.node().shared().journal;
  auto filters = wanted.filters;
  std::function<result<record_page>()> work = [&journal, wanted = std::move(wanted), from = *page] {
    return read_page(journal, wanted, from.after, from.limit);
  };
  auto reading = read<record_page>(in.node(), actors::node::extent::page, std::move(work));
  auto read = co_await std::move(reading);
  if (!read) {
    co_return refuse(c, read.error());
  }
  std::optional<std::string> next;
  if (read->next) {
    next = make_cursor(c, filters, *read->next);
  }
  co_return json(schemas::render_list(read->rows, next));
}

}  // namespace bursar::io::api
