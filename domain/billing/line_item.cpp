#include "domain/billing/line_item.hpp"

#include <algorithm>

namespace bursar::domain {
namespace {

std::int64_t sum_of(const std::vector<tax_amount>& taxes, bool inclusive) {
  std::int64_t out = 0;
  for (const auto& tax : taxes) {
    out += tax.inclusive == inclusive ? tax.amount : 0;
  }
  return out;
}

}  // namespace

result<std::int64_t> amount_of(const line_basis& basis) {
  auto price = rate(basis.price, {basis.units, {}}).amount;
  auto at_most = basis.billed.value_or(amount_max);
  if (basis.given_back) {
    return credit_of(price, at_most, basis.share);
  }
  auto amount = rounded(prorated(price, basis.share));
  return amount ? std::min(*amount, at_most) : amount;
}

std::int64_t discount_of(const line_item& line) {
  std::int64_t out = 0;
  for (const auto& discount : line.discounts) {
    out += discount.amount;
  }
  return out;
}

std::int64_t tax_of(const line_item& line) {
  return sum_of(line.taxes, false);
}

std::int64_t net_of(const line_item& line) {
  return line.amount + discount_of(line) - sum_of(line.taxes, true);
}

std::int64_t total_of(const line_item& line) {
  return line.amount + discount_of(line) + tax_of(line);
}

}  // namespace bursar::domain
