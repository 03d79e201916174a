// A sum of quantities, exact: in millionths, with 128 bits.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/decimal.hpp"

namespace bursar::domain {

__extension__ using wide_integer = __int128;

inline constexpr std::int64_t quantity_scale_max = 6;
inline constexpr std::int64_t quantity_max = 1'000'000'000'000;  // of one usage event, either way

struct total {
  wide_integer millionths = 0;
  friend auto operator<=>(const total&, const total&) = default;
};

// Whether a quantity has at most six decimals and is at most quantity_max, either way.
bool is_quantity(const decimal& x);

total total_of(const decimal& quantity);  // which is_quantity
total operator+(const total& a, const total& b);
total operator-(const total& a, const total& b);
// x × part / whole, halves away from zero; 0 ≤ part ≤ whole, 0 < whole.
total prorated(const total& x, std::int64_t part, std::int64_t whole);
std::int64_t ceiling(const total& x);  // the whole number that is not below it

// As exactly as 64 bits can: beyond 9·10^12 with fewer decimals, beyond 9·10^18 that.
decimal decimal_of(const total& x);

// "12", "-0.5": as short as it can be.
std::string format_total(const total& x);
std::optional<total> parse_total(std::string_view text);

}  // namespace bursar::domain
