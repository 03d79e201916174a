// Money is an integer of minor units and a currency (ISO 4217, lower case). No floating point.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace bursar {

// Products of amounts live here before their one rounding.
__extension__ using int128 = __int128;

// Three lower-case letters.
bool is_currency(std::string_view text);

// Sums that would leave int64 are unprocessable, never wrapped.
result<std::int64_t> add_checked(std::int64_t a, std::int64_t b);

// "49.00 usd" with the exponent Stripe uses for that currency (docs.stripe.com/currencies).
std::string format_money(std::int64_t amount_minor, std::string_view currency);

}  // namespace bursar
