// Which windows of usage are asked for, and what stored events come to in them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "domain/catalog.hpp"
#include "schemas/amended_usage.hpp"
#include "schemas/usage_views.hpp"

namespace bursar::schemas {

// As a caller says them, and as they are called in the problem.
struct usage_question_texts {
  std::optional<std::string> metric, start, end, granularity, group_by;
};
// From the window that `start` is in to the one that `end` is in or that ends there; by default
// what is remembered, until now. invalid_parameter.
result<usage_question> question_of(const usage_question_texts& said, timestamp now);

// Counted again from an organization's events; `read` reads them from a sequence on, at most so
// many. not_found: it has none; integrity_error; invalid_parameter: too many groups.
template <class Read>
result<grouped_usage> recount(Read read, const usage_question& asked) {
  domain::usage_amendments amended;
  if (auto learned = learn_amendments(read, amended); !learned) {
    return learned.error();
  }
  grouped_usage out;
  bool any = false;
  auto counted = each_stored(read, 1, [&](const auto& stored) -> result<void> {
    any = true;
    auto usage = usage_in(stored.sequence, stored.json, amended);
    if (!usage) {
      return usage.error();
    }
    return *usage ? count(**usage, asked, out) : result<void>{};
  });
  if (!counted) {
    return counted.error();
  }
  return any ? result<grouped_usage>{std::move(out)}
             : error{errc::not_found, "no such organization"};
}

}  // namespace bursar::schemas
