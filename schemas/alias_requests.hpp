// Bodies as other systems have them, made into those that Bursar reads.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace bursar::schemas {

struct renamed {
  std::string_view theirs, ours;
};
// Members of the object by our names. What is no object is as it was: whoever reads it says so.
std::string with_our_names(std::string body, std::span<const renamed> names);

// The body without its organization_id. invalid_json, invalid_parameter: it is no string.
struct addressed_body {
  std::optional<std::string> organization_id;
  std::string rest;
};
result<addressed_body> take_organization(const std::string& body);

}  // namespace bursar::schemas
