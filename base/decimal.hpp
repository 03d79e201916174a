// Exact decimal numbers: prices below a minor unit, quantities, percentages. No floating point.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace bursar {

// coefficient × 10^-scale. The scale is 0 to decimal_scale_max and as small as it can be, so that
// equal numbers have equal members.
struct decimal {
  std::int64_t coefficient = 0;
  std::int64_t scale = 0;

  constexpr decimal() = default;
  constexpr decimal(std::int64_t whole) : coefficient{whole} {}  // NOLINT: 5 is the decimal 5
  constexpr decimal(std::int64_t c, std::int64_t s) : coefficient{c}, scale{s} {
    while (scale > 0 && coefficient % 10 == 0) {
      coefficient /= 10;
      --scale;
    }
  }

  friend constexpr bool operator==(const decimal&, const decimal&) = default;
  friend std::strong_ordering operator<=>(const decimal& a, const decimal& b);
};

inline constexpr std::int64_t decimal_scale_max = 12;

// "12", "-0.0005": digits with at most twelve decimals, without sign +, exponent, blanks or a bare
// point. invalid_parameter: anything else, or more than fits into 64 bits.
result<decimal> parse_decimal(std::string_view text);
// As short as it can be; parse_decimal reads it.
std::string format_decimal(const decimal& x);

}  // namespace bursar
