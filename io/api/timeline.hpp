// Pages of an organization's stored events, as rows of a list.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "actors/services.hpp"
#include "io/api/call.hpp"

namespace bursar::io::api {

// What an event is in the list. Empty: it is not in it.
using row_of_event
  = std::function<result<std::optional<std::string>>(const persistence::stored_event&)>;

struct timeline_page {
  std::string filters;      // that a cursor is bound to
  std::uint64_t after = 0;  // a sequence
  std::size_t limit = 0;
};

// The list, as JSON, of the organization that the path names. not_found: there is no such. Blocks.
result<std::string> read_timeline(const persistence::journal& journal, const call& c,
                                  const row_of_event& row_of, const timeline_page& wanted);

}  // namespace bursar::io::api
