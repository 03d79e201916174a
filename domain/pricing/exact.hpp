// Amounts on their way to the one rounding that makes them money: rational numbers without bounds,
// so that nothing overflows and nothing is lost before it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <boost/multiprecision/cpp_int.hpp>

#include "base/decimal.hpp"

namespace bursar::domain {

using exact = boost::multiprecision::cpp_rational;

exact exact_of(const decimal& x);
// "31/2", "7", "-1/3": in lowest terms.
std::string text_of(const exact& x);

// What an amount can be, in minor units and either way: thousands of them add up in 64 bits.
inline constexpr std::int64_t amount_max = 999'999'999'999'999;

// The one rounding of a line: to a whole number, halves away from zero. unprocessable: it is more
// than an amount can be.
result<std::int64_t> rounded(const exact& x);

// The smallest whole number that is not below it.
boost::multiprecision::cpp_int ceiling(const exact& x);

// `total` in parts as the weights are to each other, whole and adding up to it: each has its share
// rounded towards zero, and what is left goes one by one to the largest remainders, of equal ones
// to the earlier. Weights are not negative; where all are zero the first gets everything.
std::vector<std::int64_t> split(std::int64_t total, std::span<const std::int64_t> weights);

}  // namespace bursar::domain
