// What lists show of organizations without waking any of them: rows of the journal's index, in the
// order of their ids.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "io/api/handlers.hpp"
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

http::awaitable<result<row_page>> read_rows(api& in, row_filter filter, wanted_page wanted);

}  // namespace bursar::io::api
