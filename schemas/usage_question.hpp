// Which windows of usage are asked for, and what stored events come to in them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "domain/catalog.hpp"
#include "schemas/usage_views.hpp"

namespace bursar::schemas {

// As a caller says them, and as they are called in the problem.
struct usage_question_texts {
  std::optional<std::string> metric, start, end, granularity, group_by;
};
// From the window that `start` is in to the one that `end` is in or that ends there; by default
// what is remembered, until now. invalid_parameter.
result<usage_question> question_of(const usage_question_texts& said, timestamp now);

// Counts what a stored event says was used. integrity_error; invalid_parameter: too many groups.
result<void> count_stored(std::string_view json, const usage_question& asked, grouped_usage& into);

// Counted again from an organization's events; `read` reads them from a sequence on, at most so
// many. not_found: it has none.
template <class Read>
result<grouped_usage> recount(Read read, const usage_question& asked) {
  constexpr std::size_t page_events = 512;
  grouped_usage out;
  for (std::uint64_t next = 1;;) {
    auto page = read(next, page_events);
    if (!page) {
      return page.error();
    }
    for (const auto& stored : *page) {
      if (auto counted = count_stored(stored.json, asked, out); !counted) {
        return counted.error();
      }
      next = stored.sequence + 1;
    }
    if (page->size() < page_events) {
      return next > 1 ? result<grouped_usage>{std::move(out)}
                      : error{errc::not_found, "no such organization"};
    }
  }
}

}  // namespace bursar::schemas
