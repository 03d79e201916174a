#include "io/api/organization_rows.hpp"

#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "io/api/ask.hpp"

namespace bursar::io::api {
namespace {

constexpr std::size_t scanned_rows_max = 10'000;  // of one list request

bool contains(const std::string& text, const std::string& part) {
  auto lower = [](std::string x) {
    for (auto& c : x) {
      c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return x;
  };
  return lower(text).find(lower(part)) != std::string::npos;
}

bool has_plan(const schemas::organization_row& row, const std::string& plan) {
  return row.plans ? row.plans->contains(plan) : row.billing_tier == plan;
}

bool passes(const row_filter& x, const schemas::organization_row& row) {
  if ((x.status && row.subscription_status != *x.status) || (x.plan && !has_plan(row, *x.plan))) {
    return false;
  }
  return !x.q || contains(row.id, *x.q) || contains(row.name, *x.q)
         || contains(row.email.value_or(""), *x.q) || contains(row.external_id.value_or(""), *x.q);
}

std::string row_prefix() {
  return std::string{"organization"} + '\0';
}

result<row_page> read_page(const persistence::journal& journal, const row_filter& filter,
                           std::string after, std::size_t limit) {
  row_page out;
  const auto prefix = row_prefix();
  std::size_t scanned = 0;
  while (out.rows.size() < limit && scanned < scanned_rows_max) {
    auto wanted = std::min<std::size_t>(limit - out.rows.size() + 64, limits::page_size_max);
    auto found = journal.scan(persistence::column::index, prefix, after, wanted);
    if (!found) {
      return found.error();
    }
    for (const auto& record : *found) {
      ++scanned;
      after = record.key;
      auto row = schemas::decode_record<schemas::organization_row>(record.value);
      if (row && passes(filter, *row)) {
        out.rows.push_back(std::move(*row));
        if (out.rows.size() == limit) {
          break;
        }
      }
    }
    if (found->size() < wanted && out.rows.size() < limit) {
      return out;
    }
  }
  out.next = after;
  return out;
}

// The list of a key that reaches one organization: its row, or nothing.
result<row_page> read_own(const persistence::journal& journal, const row_filter& filter) {
  row_page out;
  auto stored = journal.get(persistence::column::index, row_prefix() + *filter.only);
  if (!stored) {
    return stored.error();
  }
  if (*stored) {
    auto row = schemas::decode_record<schemas::organization_row>(**stored);
    if (row && passes(filter, *row)) {
      out.rows.push_back(std::move(*row));
    }
  }
  return out;
}

}  // namespace

http::awaitable<result<row_page>> read_rows(api& in, row_filter filter, wanted_page wanted) {
  const auto& journal = *in.node().shared().journal;
  std::function<result<row_page>()> work = [&journal, filter, wanted] {
    return filter.only ? read_own(journal, filter)
                       : read_page(journal, filter, wanted.after, wanted.limit);
  };
  auto reading = read<row_page>(in.node(), actors::node::extent::page, std::move(work));
  auto found = co_await std::move(reading);
  co_return found;
}

}  // namespace bursar::io::api
