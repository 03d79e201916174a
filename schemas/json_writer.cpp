#include "schemas/json_writer.hpp"

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

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_plain(text[i])) {
      out.append(text, begin, i - begin);
      append_escaped(out, text[i]);
      begin = i + 1;
    }
  }
  out.append(text, begin, text.size() - begin);
  out += '"';
}

}  // namespace bursar::schemas
