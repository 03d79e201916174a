#include "base/money.hpp"

#include <algorithm>
#include <array>

namespace bursar {
namespace {

// docs.stripe.com/currencies: amounts without, and with three, decimals. ISK and UGX travel with
// two.
constexpr std::array<std::string_view, 15> zero_decimal{"bif", "clp", "djf", "gnf", "jpy",
                                                        "kmf", "krw", "mga", "pyg", "rwf",
                                                        "vnd", "vuv", "xaf", "xof", "xpf"};
constexpr std::array<std::string_view, 5> three_decimal{"bhd", "jod", "kwd", "omr", "tnd"};

std::size_t decimals(std::string_view currency) {
  if (std::find(zero_decimal.begin(), zero_decimal.end(), currency) != zero_decimal.end()) {
    return 0;
  }
  return std::find(three_decimal.begin(), three_decimal.end(), currency) != three_decimal.end() ? 3
                                                                                                : 2;
}

}  // namespace

bool is_currency(std::string_view text) {
  return text.size() == 3
         && std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

result<std::int64_t> add_checked(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) {
    return error{errc::unprocessable, "an amount exceeds what can be represented"};
  }
  return sum;
}

std::string format_money(std::int64_t amount_minor, std::string_view currency) {
  bool negative = amount_minor < 0;
  auto magnitude = negative ? 0 - static_cast<std::uint64_t>(amount_minor)
                            : static_cast<std::uint64_t>(amount_minor);
  std::string digits = std::to_string(magnitude);
  if (auto places = decimals(currency); places > 0) {
    if (digits.size() <= places) {
      digits.insert(0, places + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - places, ".");
  }
  return (negative ? "-" : "") + digits + " " + std::string{currency};
}

}  // namespace bursar
