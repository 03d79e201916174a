// The one way to read JSON that somebody else wrote. What passes has exactly one meaning: UTF-8
// without a byte order mark, one document and nothing after it, no name twice in an object (after
// unescaping), no lone surrogate, no U+0000 in a text, at most limits::json_depth_max levels,
// integers of 64 bits, every other number a finite double.
//
// A json_parser belongs to one thread at a time. parse_strict(bytes) uses one kept per thread. An
// element points into its parser and is good until that parser's next call.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "base/error.hpp"

namespace bursar::schemas {

// Keeps its memory from document to document; a document of usual size allocates nothing.
class json_parser {
 public:
  json_parser();
  // invalid_json, with what is wrong and where it is known the byte.
  result<simdjson::dom::element> parse(std::string_view bytes);

 private:
  struct slot {
    std::uint64_t fingerprint = 0;
    std::uint32_t stamp = 0;
  };

  simdjson::error_code read(std::string_view bytes);
  void give_back_memory();
  bool check(simdjson::dom::element value, std::size_t depth);
  bool check(simdjson::dom::object object, std::size_t depth);
  bool names_are_distinct(simdjson::dom::object object);
  bool names_are_distinct_sorted(simdjson::dom::object object);
  bool refuse(std::string reason);

  std::unique_ptr<simdjson::dom::parser> parser_;
  std::vector<char> padded_;  // the bytes and the blank room simdjson reads beyond them
  std::array<slot, 256> slots_;
  std::uint32_t stamp_ = 0;
  std::vector<std::string_view> names_;
  bool may_hold_nul_ = false;
  bool has_double_ = false;
  std::string reason_;
};

result<simdjson::dom::element> parse_strict(std::string_view bytes);
result<simdjson::dom::element> parse_strict(std::string_view bytes, json_parser& parser);

// What the grammar of RFC 8259 alone says of the bytes, whatever their depth, numbers and names:
// tells a document that parse_strict refuses from bytes that are no JSON at all, and what it calls
// itself. Views point into the bytes.
struct json_outline {
  std::optional<std::size_t> fault_at;  // the byte that is not JSON; empty: it is JSON
  std::size_t longest_number = 0;       // bytes
  // Members of the outermost object in order; the text of those that are strings without escapes.
  std::vector<std::pair<std::string_view, std::optional<std::string_view>>> members;
};
json_outline outline_json(std::string_view bytes);

}  // namespace bursar::schemas
