// The one way to read untrusted JSON: simdjson's DOM and what it does not check (duplicate keys,
// depth, U+0000). Included only by .cpp files.
#pragma once

#include <string_view>

#include <simdjson.h>

#include "base/error.hpp"

namespace bursar::schemas {

// Strict RFC 8259 and RFC 7493: one document, valid UTF-8, no byte order mark, no duplicate keys
// (compared unescaped), depth at most limits::json_depth_max, no U+0000 in a string, integers that
// fit 64 bits. Answers invalid_json with what is wrong. The element stays valid until this thread's
// next call.
result<simdjson::dom::element> parse_strict(std::string_view bytes);
// The same with a parser of the caller's: the element lives as long as that parser's document.
result<simdjson::dom::element> parse_strict(std::string_view bytes, simdjson::dom::parser& parser);

// Whether an error of parse_strict says that the bytes are JSON, but deeper than anybody needs.
bool is_too_deep(const error& why);

}  // namespace bursar::schemas
