// Reading a request's body into a described struct. Included only by .cpp files (simdjson).
#pragma once

#include <string_view>

#include "schemas/json_reader.hpp"
#include "schemas/strict_json.hpp"

namespace bursar::schemas {

inline error missing(std::string pointer) {
  return {errc::invalid_parameter, "a member is missing", {{pointer, "is required"}}};
}

template <class Body>
result<Body> parse_body(std::string_view body) {
  auto document = parse_strict(body);
  if (!document) {
    return document.error();
  }
  return read_json<Body>(*document, unknown_members::refuse, absent_members::keep_default);
}

}  // namespace bursar::schemas
