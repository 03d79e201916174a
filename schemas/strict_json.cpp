// Two readers: simdjson's DOM with a walk over what it found (the way of every good document), and
// a plain grammar walk without recursion, run only when a document fails or holds a fraction.
// Longer than the rule: the two decide together what is JSON, and are read side by side.
#include "schemas/strict_json.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string>

#include "base/limits.hpp"

namespace bursar::schemas {
namespace {

using simdjson::dom::element_type;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
// Longer number texts say nothing a double can hold.
constexpr std::size_t number_bytes_max = 64;
// A parser that grew beyond this for one document gives its memory back with the next small one.
constexpr std::size_t kept_bytes_max = 1024 * 1024;
// Objects with more members are sorted instead of looked up, so that no choice of names is slow.
constexpr std::size_t hashed_members_max = 128;

template <class Word>
std::uint64_t load(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// Equal names have equal fingerprints; the converse is nearly always so.
std::uint64_t fingerprint_of(std::string_view name) {
  const char* begin = name.data();
  std::size_t size = name.size();
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (size >= 8) {
    first = load<std::uint64_t>(begin);
    last = load<std::uint64_t>(begin + size - 8);
  } else if (size >= 4) {
    first = load<std::uint32_t>(begin);
    last = load<std::uint32_t>(begin + size - 4);
  } else if (size > 0) {
    first = static_cast<std::uint8_t>(begin[0]);
    last = static_cast<std::uint64_t>(static_cast<std::uint8_t>(begin[size / 2])) << 8
           | static_cast<std::uint8_t>(begin[size - 1]);
  }
  std::uint64_t mixed = (first ^ (last << 29 | last >> 35) ^ size << 56) * 0x9E3779B97F4A7C15ULL;
  return mixed ^ mixed >> 32;
}

std::string quoted(std::string_view name) {
  auto size = std::min<std::size_t>(name.size(), 64);
  while (size < name.size() && (static_cast<unsigned char>(name[size]) & 0xC0U) == 0x80U) {
    --size;  // not in the middle of a UTF-8 character
  }
  return "\"" + std::string{name.substr(0, size)} + (size < name.size() ? "…\"" : "\"");
}

std::string describe_refusal(simdjson::error_code code) {
  switch (code) {
    case simdjson::DEPTH_ERROR:
      return "nested deeper than " + std::to_string(limits::json_depth_max) + " levels";
    case simdjson::NUMBER_ERROR: return "a number that 64 bits do not hold";
    case simdjson::STRING_ERROR: return "a text with half of a surrogate pair";
    default: return simdjson::error_message(code);
  }
}

}  // namespace

json_parser::json_parser() : parser_{std::make_unique<simdjson::dom::parser>()} {}

void json_parser::give_back_memory() {
  if (parser_->capacity() > kept_bytes_max) {
    parser_ = std::make_unique<simdjson::dom::parser>();
    padded_ = {};
    names_ = {};
  }
}

simdjson::error_code json_parser::read(std::string_view bytes) {
  if (bytes.size() <= kept_bytes_max) {
    give_back_memory();
  }
  // simdjson counts the level below the last as one more, but an empty one not at all: our own
  // walk has the last word on the depth.
  constexpr std::size_t levels = limits::json_depth_max + 1;
  if (parser_->capacity() < bytes.size() || parser_->max_depth() != levels) {
    std::size_t capacity = std::max<std::size_t>(bytes.size() + bytes.size() / 4, 16 * 1024);
    if (auto code = parser_->allocate(capacity, levels); code != simdjson::SUCCESS) {
      return code;
    }
  }
  if (padded_.size() < bytes.size() + simdjson::SIMDJSON_PADDING) {
    padded_.resize(bytes.size() + bytes.size() / 4 + simdjson::SIMDJSON_PADDING);
  }
  std::memcpy(padded_.data(), bytes.data(), bytes.size());
  std::memset(padded_.data() + bytes.size(), ' ', simdjson::SIMDJSON_PADDING);
  return parser_->parse(padded_.data(), bytes.size(), false).error();
}

result<simdjson::dom::element> json_parser::parse(std::string_view bytes) {
  if (bytes.empty()) {
    return error{errc::invalid_json, "empty"};
  }
  if (bytes.starts_with(byte_order_mark)) {
    return error{errc::invalid_json, "starts with a byte order mark"};
  }
  auto code = read(bytes);
  if (code == simdjson::MEMALLOC) {
    return error{errc::overloaded, "no memory to read this document"};
  }
  if (code == simdjson::UTF8_ERROR) {
    return error{errc::invalid_json, "not UTF-8"};
  }
  if (code != simdjson::SUCCESS) {
    if (auto at = outline_json(bytes).fault_at) {
      return error{errc::invalid_json, "not JSON at byte " + std::to_string(*at)};
    }
    return error{errc::invalid_json, describe_refusal(code)};
  }
  // A NUL can only come from an escape, and escapes are rare: the texts are searched only then.
  may_hold_nul_ = bytes.find("\\u0000") != std::string_view::npos;
  has_double_ = false;
  simdjson::dom::element root = parser_->doc.root();
  if (!check(root, 1)) {
    return error{errc::invalid_json, std::move(reason_)};
  }
  if (has_double_ && outline_json(bytes).longest_number > number_bytes_max) {
    return error{errc::invalid_json,
                 "a number of more than " + std::to_string(number_bytes_max) + " bytes"};
  }
  return root;
}

bool json_parser::refuse(std::string reason) {
  reason_ = std::move(reason);
  return false;
}

bool json_parser::check(simdjson::dom::element value, std::size_t depth) {
  switch (value.type()) {
    case element_type::OBJECT: return check(simdjson::dom::object(value), depth);
    case element_type::ARRAY: {
      if (depth > limits::json_depth_max) {
        return refuse(describe_refusal(simdjson::DEPTH_ERROR));
      }
      for (auto item : simdjson::dom::array(value)) {
        if (!check(item, depth + 1)) {
          return false;
        }
      }
      return true;
    }
    case element_type::STRING:
      if (may_hold_nul_) {
        std::string_view text = value;
        if (text.find('\0') != std::string_view::npos) {
          return refuse("a text with U+0000");
        }
      }
      return true;
    case element_type::DOUBLE: has_double_ = true; return true;
    default: return true;
  }
}

bool json_parser::check(simdjson::dom::object object, std::size_t depth) {
  if (depth > limits::json_depth_max) {
    return refuse(describe_refusal(simdjson::DEPTH_ERROR));
  }
  if (!names_are_distinct(object)) {
    return false;
  }
  for (auto member = object.begin(), end = object.end(); member != end; ++member) {
    if (may_hold_nul_ && member.key().find('\0') != std::string_view::npos) {
      return refuse("a name with U+0000");
    }
    if (!check(member.value(), depth + 1)) {
      return false;
    }
  }
  return true;
}

bool json_parser::names_are_distinct(simdjson::dom::object object) {
  if (object.size() > hashed_members_max) {
    return names_are_distinct_sorted(object);
  }
  if (++stamp_ == 0) {  // wrapped: what the old stamps mark must not look new
    slots_.fill({});
    stamp_ = 1;
  }
  for (auto member = object.begin(), end = object.end(); member != end; ++member) {
    auto fingerprint = fingerprint_of(member.key());
    auto place = fingerprint % slots_.size();
    while (slots_[place].stamp == stamp_) {
      if (slots_[place].fingerprint == fingerprint) {
        return names_are_distinct_sorted(object);
      }
      place = (place + 1) % slots_.size();
    }
    slots_[place] = {fingerprint, stamp_};
  }
  return true;
}

bool json_parser::names_are_distinct_sorted(simdjson::dom::object object) {
  names_.clear();
  for (auto member = object.begin(), end = object.end(); member != end; ++member) {
    names_.push_back(member.key());
  }
  std::sort(names_.begin(), names_.end());
  auto twice = std::adjacent_find(names_.begin(), names_.end());
  return twice == names_.end() || refuse("the name " + quoted(*twice) + " twice in one object");
}

result<simdjson::dom::element> parse_strict(std::string_view bytes) {
  thread_local json_parser kept;
  return kept.parse(bytes);
}

result<simdjson::dom::element> parse_strict(std::string_view bytes, json_parser& parser) {
  return parser.parse(bytes);
}

// -- the grammar walk ---
namespace {

class grammar_walk {
 public:
  explicit grammar_walk(std::string_view bytes) : bytes_{bytes} {}

  json_outline run() {
    json_outline out;
    bool good = simdjson::validate_utf8(bytes_.data(), bytes_.size());
    if (good) {
      skip_blanks();
      good = document(out) && at_ == bytes_.size();
    }
    if (!good) {
      out = {};
      out.fault_at = at_;
    }
    return out;
  }

 private:
  enum class next_is { value, name, after_value };

  bool at_end() const { return at_ == bytes_.size(); }
  char peek() const { return at_end() ? '\0' : bytes_[at_]; }
  bool take(char wanted) {
    if (peek() != wanted || at_end()) {
      return false;
    }
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (!at_end() && (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t')) {
      ++at_;
    }
  }

  // Containers are kept in a text of '{' and '[', so that depth costs heap and never stack.
  bool document(json_outline& out) {
    auto next = next_is::value;
    for (;;) {
      bool good = true;
      switch (next) {
        case next_is::name: good = name(out, next); break;
        case next_is::value: good = value(out, next); break;
        case next_is::after_value:
          if (open_.empty()) {
            return true;
          }
          good = after_value(next);
      }
      if (!good) {
        return false;
      }
      skip_blanks();
    }
  }

  bool name(json_outline& out, next_is& next) {
    std::string_view content;
    if (!text(content)) {
      return false;
    }
    if (open_.size() == 1) {
      out.members.emplace_back(content, std::nullopt);
    }
    skip_blanks();
    next = next_is::value;
    return take(':');
  }

  bool value(json_outline& out, next_is& next) {
    next = next_is::after_value;
    char c = peek();
    if (c == '{' || c == '[') {
      open_ += c;
      ++at_;
      skip_blanks();
      if (take(c == '{' ? '}' : ']')) {
        open_.pop_back();
      } else {
        next = c == '{' ? next_is::name : next_is::value;
      }
      return true;
    }
    if (c == '"') {
      std::string_view content;
      if (!text(content)) {
        return false;
      }
      if (open_ == "{" && content.find('\\') == std::string_view::npos) {
        out.members.back().second = content;
      }
      return true;
    }
    return c == '-' || is_digit(c) ? number(out)
                                   : literal("true") || literal("false") || literal("null");
  }

  bool after_value(next_is& next) {
    bool in_object = open_.back() == '{';
    if (take(',')) {
      next = in_object ? next_is::name : next_is::value;
      return true;
    }
    if (take(in_object ? '}' : ']')) {
      open_.pop_back();
      return true;
    }
    return false;
  }

  bool text(std::string_view& content) {
    if (!take('"')) {
      return false;
    }
    std::size_t begin = at_;
    while (!at_end() && peek() != '"') {
      if (static_cast<std::uint8_t>(peek()) < 0x20) {
        return false;
      }
      if (!take('\\')) {
        ++at_;
      } else if (!escape()) {
        return false;
      }
    }
    content = bytes_.substr(begin, at_ - begin);
    return take('"');
  }

  bool escape() {
    if (at_end()) {
      return false;
    }
    char c = bytes_[at_++];
    if (c != 'u') {
      return std::string_view{R"("\/bfnrt)"}.find(c) != std::string_view::npos;
    }
    auto digits = bytes_.substr(at_, 4);
    at_ += digits.size();
    return digits.size() == 4 && std::all_of(digits.begin(), digits.end(), [](unsigned char d) {
             return std::isxdigit(d) != 0;
           });
  }

  bool number(json_outline& out) {
    std::size_t begin = at_;
    take('-');
    bool good = take('0') || digits();
    if (good && take('.')) {
      good = digits();
    }
    if (good && (take('e') || take('E'))) {
      if (!take('+')) {
        take('-');
      }
      good = digits();
    }
    out.longest_number = std::max(out.longest_number, at_ - begin);
    return good;
  }

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  bool digits() {
    std::size_t begin = at_;
    while (is_digit(peek())) {
      ++at_;
    }
    return at_ > begin;
  }

  bool literal(std::string_view word) {
    if (!bytes_.substr(at_).starts_with(word)) {
      return false;
    }
    at_ += word.size();
    return true;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::string open_;
};

}  // namespace

json_outline outline_json(std::string_view bytes) {
  return grammar_walk{bytes}.run();
}

}  // namespace bursar::schemas
