// Hexadecimal, UTF-8, and big-endian integers as byte strings.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/digest.hpp"

namespace bursar {

int hex_digit(char c);                                    // 0 to 15, -1 where it is none; any case
std::string to_hex(std::span<const std::uint8_t> bytes);  // lower case
std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view text);
std::optional<sha256_digest> digest_from_hex(std::string_view text);  // exactly 64, any case

// 8 bytes, most significant first: sorts as bytes the way the number sorts.
std::string big_endian(std::uint64_t value);
std::optional<std::uint64_t> from_big_endian(std::string_view bytes);  // exactly 8

// RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool is_utf8(std::string_view text);

}  // namespace bursar
