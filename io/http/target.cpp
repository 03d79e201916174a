#include "io/http/target.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "io/http/bytes.hpp"

namespace bursar::io::http {
namespace {

// What a path may be made of as it stands: visible ASCII that means nothing else there.
constexpr byte_set plain_path_bytes = [] {
  byte_set out{};
  for (char c = '!'; c <= '~'; ++c) {
    out[static_cast<unsigned char>(c)] = c != '%' && c != '#' && c != '\\' && c != '?';
  }
  return out;
}();

std::optional<std::string> decoded(std::string_view text, bool plus_is_blank) {
  if (text.find_first_of(plus_is_blank ? "%+" : "%") == std::string_view::npos) {
    return std::string{text};
  }
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return std::nullopt;
      }
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

bool is_sane(const std::optional<std::string>& text) {
  if (!text) {
    return false;
  }
  auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return std::all_of(text->begin(), text->end(), is_visible)
         || (is_utf8(*text) && std::none_of(text->begin(), text->end(), is_control));
}

bool is_segment(std::string_view text) {
  return !text.empty() && text != "." && text != "..";
}

// Whether it is the path it stands for, with nothing to decode: most are.
bool is_plain_path(std::string_view path) {
  if (!all_in(plain_path_bytes, path)) {
    return false;
  }
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    auto segment = path.substr(0, path.find('/'));
    if (!is_segment(segment)) {
      return false;
    }
    path.remove_prefix(segment.size());
  }
  return true;
}

error bad_target() {
  return {errc::invalid_parameter, "the request target is not valid"};
}

// Segment by segment, so that an encoded slash is none.
std::optional<std::string> decoded_segments(std::string_view rest) {
  std::string out;
  for (bool more = true; more;) {
    auto slash = rest.find('/');
    auto segment = decoded(rest.substr(0, slash), false);
    bool usable = is_sane(segment) && is_segment(*segment)
                  && segment->find_first_of("/\\") == std::string::npos;
    if (!usable) {
      return std::nullopt;
    }
    out += '/';
    out += *segment;
    more = slash != std::string_view::npos;
    rest.remove_prefix(more ? slash + 1 : rest.size());
  }
  return out;
}

}  // namespace

result<parsed_target> parse_target(std::string_view target) {
  auto question = target.find('?');
  auto path = target.substr(0, question);
  bool has_others = target.find('#') != target.npos || target.find('\\') != target.npos;
  if (!path.starts_with('/') || has_others) {
    return bad_target();
  }
  bool plain = path == "/" || is_plain_path(path);
  auto decoded_path = plain ? std::string{path} : decoded_segments(path.substr(1));
  if (!decoded_path) {
    return bad_target();
  }
  parsed_target out{std::move(*decoded_path), {}};
  auto query
    = question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
  while (!query.empty()) {
    auto end = query.find('&');
    auto pair = query.substr(0, end);
    auto equals = pair.find('=');
    auto name = decoded(pair.substr(0, equals), true);
    auto value = decoded(equals == std::string_view::npos ? "" : pair.substr(equals + 1), true);
    if (!is_sane(name) || !is_sane(value)) {
      return bad_target();
    }
    if (!pair.empty()) {
      out.query.emplace_back(std::move(*name), std::move(*value));
    }
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
  }
  return out;
}

}  // namespace bursar::io::http
