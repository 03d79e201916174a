#include "domain/usage/total.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace bursar::domain {
namespace {

constexpr std::int64_t one = 1'000'000;
constexpr std::size_t digits_max = 36;  // far below what 128 bits hold

std::int64_t power_of_ten(std::int64_t exponent) {
  std::int64_t out = 1;
  for (; exponent > 0; --exponent) {
    out *= 10;
  }
  return out;
}

}  // namespace

bool is_quantity(const decimal& x) {
  if (x.scale > quantity_scale_max) {
    return false;
  }
  auto most = static_cast<wide_integer>(quantity_max) * power_of_ten(x.scale);
  return -most <= x.coefficient && x.coefficient <= most;
}

total total_of(const decimal& quantity) {
  return {static_cast<wide_integer>(quantity.coefficient)
          * power_of_ten(quantity_scale_max - quantity.scale)};
}

total operator+(const total& a, const total& b) {
  return {a.millionths + b.millionths};
}

total operator-(const total& a, const total& b) {
  return {a.millionths - b.millionths};
}

total prorated(const total& x, std::int64_t part, std::int64_t whole) {
  // In two steps, so that no product leaves 128 bits.
  auto quotient = x.millionths / whole * part;
  auto rest = x.millionths % whole * part;
  auto half = rest < 0 ? -(whole / 2) : whole / 2;
  return {quotient + (rest + half) / whole};
}

std::int64_t ceiling(const total& x) {
  auto whole = x.millionths / one;
  return static_cast<std::int64_t>(whole + (x.millionths % one > 0 ? 1 : 0));
}

decimal decimal_of(const total& x) {
  constexpr wide_integer most = std::numeric_limits<std::int64_t>::max();
  auto digits = x.millionths;
  auto scale = quantity_scale_max;
  for (; scale > 0 && (digits % 10 == 0 || digits > most || digits < -most); --scale) {
    digits = prorated({digits}, 1, 10).millionths;
  }
  return {static_cast<std::int64_t>(std::clamp(digits, -most, most)), scale};
}

std::string format_total(const total& x) {
  bool negative = x.millionths < 0;
  auto rest = negative ? -x.millionths : x.millionths;
  std::string digits;
  for (; rest > 0; rest /= 10) {
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
  }
  digits.append(digits.size() <= quantity_scale_max ? quantity_scale_max + 1 - digits.size() : 0,
                '0');
  std::reverse(digits.begin(), digits.end());
  digits.insert(digits.size() - quantity_scale_max, 1, '.');
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') {
    digits.pop_back();
  }
  return negative ? "-" + digits : digits;
}

std::optional<total> parse_total(std::string_view text) {
  bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  if (text.empty() || text.size() > digits_max) {
    return std::nullopt;
  }
  wide_integer out = 0;
  std::int64_t decimals = -1;  // before the point
  for (char c : text) {
    if (c == '.' && decimals < 0) {
      decimals = 0;
    } else if (c >= '0' && c <= '9' && decimals < quantity_scale_max) {
      out = out * 10 + (c - '0');
      decimals += decimals < 0 ? 0 : 1;
    } else {
      return std::nullopt;
    }
  }
  out *= power_of_ten(quantity_scale_max - std::max<std::int64_t>(decimals, 0));
  return total{negative ? -out : out};
}

}  // namespace bursar::domain
