// Sets of bytes: every byte of a request's head is asked about, at one look into a table.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace bursar::io::http {

using byte_set = std::array<bool, 256>;

constexpr bool all_in(const byte_set& set, std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [&set](char c) { return set[static_cast<unsigned char>(c)]; });
}

constexpr bool is_visible(char c) {
  return c > ' ' && c <= '~';
}

}  // namespace bursar::io::http
