#include "domain/pricing/exact.hpp"

#include <algorithm>
#include <numeric>

#include "base/assert.hpp"
#include "base/money.hpp"

namespace bursar::domain {

using boost::multiprecision::cpp_int;

exact exact_of(const decimal& x) {
  return {cpp_int{x.coefficient},
          boost::multiprecision::pow(cpp_int{10}, static_cast<unsigned>(x.scale))};
}

std::string text_of(const exact& x) {
  return x.str();
}

result<std::int64_t> rounded(const exact& x) {
  cpp_int twice = abs(numerator(x)) * 2;
  cpp_int below = (twice + denominator(x)) / (denominator(x) * 2);
  cpp_int whole = x < 0 ? cpp_int{-below} : below;
  if (whole > amount_max || whole < -amount_max) {
    return error{errc::unprocessable, "an amount is beyond " + std::to_string(amount_max)};
  }
  return whole.convert_to<std::int64_t>();
}

cpp_int ceiling(const exact& x) {
  cpp_int down = numerator(x) / denominator(x);  // towards zero
  return x > 0 && down * denominator(x) != numerator(x) ? cpp_int{down + 1} : down;
}

std::vector<std::int64_t> split(std::int64_t total, std::span<const std::int64_t> weights) {
  BURSAR_ASSERT(!weights.empty(), "nothing to split between");
  int128 whole = 0;
  for (auto weight : weights) {
    BURSAR_ASSERT(weight >= 0, "a negative weight");
    whole += weight;
  }
  std::vector<std::int64_t> out(weights.size());
  if (whole == 0) {
    out.front() = total;
    return out;
  }
  std::vector<int128> remainders(weights.size());
  auto left = total;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    int128 share = static_cast<int128>(total) * weights[i];
    out[i] = static_cast<std::int64_t>(share / whole);
    remainders[i] = share % whole < 0 ? -(share % whole) : share % whole;
    left -= out[i];
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return remainders[a] > remainders[b]; });
  for (std::size_t i = 0; left != 0; ++i) {
    std::int64_t one = left > 0 ? 1 : -1;
    out[order[i]] += one;
    left -= one;
  }
  return out;
}

}  // namespace bursar::domain
