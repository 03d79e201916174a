// Reading a request's body into a described struct. Included only by .cpp files (simdjson).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/limits.hpp"
#include "schemas/json_reader.hpp"
#include "schemas/strict_json.hpp"

namespace bursar::schemas {

inline error missing(std::string pointer) {
  return {errc::invalid_parameter, "a member is missing", {{pointer, "is required"}}};
}

inline error invalid(std::string pointer, std::string why) {
  return {errc::invalid_parameter, "the request is not valid", {{std::move(pointer), why}}};
}

// What a caller calls something, or says of it, to be kept and shown again.
inline result<void> check_text(const std::optional<std::string>& text, const char* pointer) {
  bool good = !text || (!text->empty() && text->size() <= limits::text_bytes_max);
  return good ? result<void>{} : invalid(pointer, "must be 1 to 512 bytes");
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
