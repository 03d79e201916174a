// The target of a request: its path and its query, decoded. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace bursar::io::http {

struct parsed_target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;
};
// Percent-decodes once. invalid_parameter: not origin-form, dot or empty segments, an encoded
// slash, backslash or NUL, or bytes that are not UTF-8.
result<parsed_target> parse_target(std::string_view target);

}  // namespace bursar::io::http
