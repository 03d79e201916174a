#include "schemas/json_writer.hpp"

#include <cstring>

namespace bursar::schemas {
namespace {

// RFC 8785 §3.2.2.2: the two-character escapes where there are some, \u00xx for the other
// controls, everything else as it is.
void append_escaped(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\b': out += "\\b"; break;
    case '\f': out += "\\f"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default:
      out += "\\u00";
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[static_cast<unsigned char>(c) & 15];
  }
}

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

// Eight at once: a byte's highest bit tells, see "haszero" in Anderson's Bit Twiddling Hacks. May
// say no where it is yes (a byte over 0x7f), never the other way round.
bool are_plain(const char* eight) {
  constexpr std::uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, eight, 8);
  auto quote = bytes ^ (ones * '"');
  auto backslash = bytes ^ (ones * '\\');
  return (((bytes - ones * 0x20) | (quote - ones) | (backslash - ones) | bytes) & tops) == 0;
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    while (text.size() - i > 8 && are_plain(text.data() + i)) {
      i += 8;
    }
    if (!is_plain(text[i])) {
      out.append(text, begin, i - begin);
      append_escaped(out, text[i]);
      begin = i + 1;
    }
  }
  out.append(text, begin, text.size() - begin);
  out += '"';
}

std::string prepended(std::string_view name, std::string_view value, std::string_view object) {
  std::string out = "{";
  append_string(out, name);
  out += ':';
  append_string(out, value);
  out += ',';
  return out.append(object.substr(1));
}

}  // namespace bursar::schemas
