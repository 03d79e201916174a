#include "domain/billing/billed_amounts.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "domain/pricing/exact.hpp"

namespace bursar::domain {
std::int64_t discount_of(const std::vector<discount_amount>& discounts) {
  std::int64_t out = 0;
  for (const auto& discount : discounts) {
    out += discount.amount;
  }
  return out;
}

std::int64_t tax_of(const std::vector<tax_amount>& taxes, bool inclusive) {
  std::int64_t out = 0;
  for (const auto& tax : taxes) {
    out += tax.inclusive == inclusive ? tax.amount : 0;
  }
  return out;
}

std::int64_t total_of(const billed_amounts& x) {
  return x.amount + discount_of(x.discounts) + tax_of(x.taxes, false);
}

billed_amounts part_of(const billed_amounts& all, std::int64_t amount) {
  BURSAR_ASSERT(amount >= 0 && amount <= all.amount, "a part that is more than the whole");
  auto share = [&](std::int64_t of_all) {
    auto part
      = all.amount == 0 ? result<std::int64_t>{0} : rounded(exact{of_all} * amount / all.amount);
    BURSAR_ASSERT(part.has_value(), "a part of an amount is larger than it");
    return *part;
  };
  billed_amounts out = all;
  out.amount = amount;
  for (auto& discount : out.discounts) {
    discount.amount = share(discount.amount);
  }
  for (auto& tax : out.taxes) {
    tax.amount = share(tax.amount);
    tax.taxable = share(tax.taxable);
  }
  return out;
}

std::int64_t part_coming_to(const billed_amounts& all, std::int64_t least) {
  auto comes_to = [&](std::int64_t amount) {
    auto part = part_of(all, amount);
    return part.amount + discount_of(part.discounts);
  };
  std::int64_t from = 0;
  for (auto to = all.amount; from < to;) {
    auto half = from + (to - from) / 2;
    if (comes_to(half) < least) {
      from = half + 1;
    } else {
      to = half;
    }
  }
  return from;
}

billed_amounts without(billed_amounts all, const billed_amounts& part) {
  all.amount -= part.amount;
  for (std::size_t i = 0; i < std::min(all.discounts.size(), part.discounts.size()); ++i) {
    all.discounts[i].amount -= part.discounts[i].amount;
  }
  for (std::size_t i = 0; i < std::min(all.taxes.size(), part.taxes.size()); ++i) {
    all.taxes[i].amount -= part.taxes[i].amount;
    all.taxes[i].taxable -= part.taxes[i].taxable;
  }
  return all;
}

billed_amounts negated(billed_amounts x) {
  x.amount = -x.amount;
  for (auto& discount : x.discounts) {
    discount.amount = -discount.amount;
  }
  for (auto& tax : x.taxes) {
    tax.taxable = -tax.taxable;
    tax.amount = -tax.amount;
  }
  return x;
}

std::int64_t net_of(const billed_amounts& x) {
  return x.amount + discount_of(x.discounts) - tax_of(x.taxes, true);
}

}  // namespace bursar::domain
