// What lists show of organizations without waking any of them: rows of the journal's index, in the
// order of their ids. Blocks on the disk.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/services.hpp"
#include "base/error.hpp"
#include "schemas/records.hpp"

namespace bursar::io::api {

struct row_filter {
  std::optional<std::string> status, plan, q;
  std::optional<std::string> only;  // this organization and no other
};

struct row_page {
  std::vector<schemas::organization_row> rows;
  std::optional<std::string> next;  // the last key looked at, when there may be more
};

// From after a key on, at most so many.
result<row_page> read_rows(const persistence::journal& journal, const row_filter& filter,
                           std::string after, std::size_t limit);

}  // namespace bursar::io::api
