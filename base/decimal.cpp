#include "base/decimal.hpp"

#include <algorithm>
#include <charconv>

#include "base/money.hpp"

namespace bursar {
namespace {

int128 power_of_ten(std::int64_t exponent) {
  int128 out = 1;
  for (; exponent > 0; --exponent) {
    out *= 10;
  }
  return out;
}

bool all_digits(std::string_view text) {
  return !text.empty()
         && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

error not_a_decimal(std::string_view text) {
  return {errc::invalid_parameter,
          "not a decimal number of at most 12 decimals: " + std::string{text.substr(0, 40)}};
}

}  // namespace

std::strong_ordering operator<=>(const decimal& a, const decimal& b) {
  auto scale = std::max(a.scale, b.scale);
  auto left = a.coefficient * power_of_ten(scale - a.scale);
  auto right = b.coefficient * power_of_ten(scale - b.scale);
  return left < right   ? std::strong_ordering::less
         : left > right ? std::strong_ordering::greater
                        : std::strong_ordering::equal;
}

result<decimal> parse_decimal(std::string_view text) {
  auto rest = text;
  bool negative = rest.starts_with('-');
  rest.remove_prefix(negative ? 1 : 0);
  auto point = rest.find('.');
  auto whole = rest.substr(0, point);
  auto fraction = point == std::string_view::npos ? std::string_view{} : rest.substr(point + 1);
  bool sound = all_digits(whole) && (point == std::string_view::npos || all_digits(fraction));
  if (!sound || fraction.size() > static_cast<std::size_t>(decimal_scale_max)) {
    return not_a_decimal(text);
  }
  auto digits = (negative ? "-" : "") + std::string{whole} + std::string{fraction};
  std::int64_t coefficient = 0;
  auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), coefficient);
  if (wrong != std::errc{} || end != digits.data() + digits.size()) {
    return not_a_decimal(text);
  }
  return decimal{coefficient, static_cast<std::int64_t>(fraction.size())};
}

std::string format_decimal(const decimal& x) {
  auto digits = std::to_string(x.coefficient);
  bool negative = digits.starts_with('-');
  digits.erase(0, negative ? 1 : 0);
  if (auto places = static_cast<std::size_t>(x.scale); places > 0) {
    if (digits.size() <= places) {
      digits.insert(0, places + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - places, ".");
  }
  return (negative ? "-" : "") + digits;
}

}  // namespace bursar
