#include "schemas/strict_json.hpp"

#include <algorithm>
#include <vector>

#include "base/limits.hpp"

namespace bursar::schemas {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr std::string_view too_deep = "the document is nested too deeply";

error invalid(std::string_view why) {
  return {errc::invalid_json, std::string{why}};
}

bool has_zero(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

// Objects are small: comparing pairs beats sorting, and nothing is allocated for them.
constexpr std::size_t compared_pairwise_max = 24;

bool has_duplicate(simdjson::dom::object object) {
  if (object.size() <= compared_pairwise_max) {
    std::string_view keys[compared_pairwise_max];
    std::size_t count = 0;
    for (auto field : object) {
      for (std::size_t i = 0; i < count; ++i) {
        if (keys[i] == field.key) {
          return true;
        }
      }
      keys[count++] = field.key;
    }
    return false;
  }
  thread_local std::vector<std::string_view> keys;
  keys.clear();
  for (auto field : object) {
    keys.push_back(field.key);
  }
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

// What simdjson accepts and we do not; null: nothing.
const char* fault_of(element value) {
  switch (value.type()) {
    case element_type::STRING:
      return has_zero(std::string_view{value}) ? "a string contains U+0000" : nullptr;
    case element_type::ARRAY: {
      simdjson::dom::array list = value;
      for (auto item : list) {
        if (const char* fault = fault_of(item)) {
          return fault;
        }
      }
      return nullptr;
    }
    case element_type::OBJECT: {
      simdjson::dom::object object = value;
      if (has_duplicate(object)) {
        return "an object has a key twice";
      }
      for (auto field : object) {
        if (has_zero(field.key)) {
          return "a key contains U+0000";
        }
        if (const char* fault = fault_of(field.value)) {
          return fault;
        }
      }
      return nullptr;
    }
    default: return nullptr;
  }
}

}  // namespace

result<element> parse_strict(std::string_view bytes, simdjson::dom::parser& parser) {
  if (bytes.starts_with("\xef\xbb\xbf")) {
    return invalid("a byte order mark");
  }
  if (parser.max_depth() != limits::json_depth_max + 1) {
    auto capacity = std::max<std::size_t>(bytes.size(), 16 * 1024);
    if (parser.allocate(capacity, limits::json_depth_max + 1) != simdjson::SUCCESS) {
      return invalid("no memory to read it");
    }
  }
  element document;
  if (auto code = parser.parse(bytes.data(), bytes.size()).get(document)) {
    return code == simdjson::DEPTH_ERROR ? invalid(too_deep) : invalid(simdjson::error_message(code));
  }
  if (const char* fault = fault_of(document)) {
    return invalid(fault);
  }
  return document;
}

result<element> parse_strict(std::string_view bytes) {
  thread_local simdjson::dom::parser parser;
  return parse_strict(bytes, parser);
}

bool is_too_deep(const error& why) {
  return why.detail() == too_deep;
}

}  // namespace bursar::schemas
