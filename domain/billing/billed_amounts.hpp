// What a line came to with its discounts and taxes. Giving part of it back gives back the same part
// of each, whatever coupons and tax rates there are by then.
#pragma once

#include <cstdint>
#include <vector>

#include <boost/describe.hpp>

#include "domain/billing/discount.hpp"
#include "domain/billing/tax.hpp"

namespace bursar::domain {

struct billed_amounts {
  std::int64_t amount = 0;  // minor units, zero or more; before discounts and taxes
  std::vector<discount_amount> discounts{};
  std::vector<tax_amount> taxes{};
  friend bool operator==(const billed_amounts&, const billed_amounts&) = default;
};
BOOST_DESCRIBE_STRUCT(billed_amounts, (), (amount, discounts, taxes))

// Amount and discounts, of it what is not tax.
std::int64_t net_of(const billed_amounts& x);

// What belongs to `amount` of it, which is at least nothing and at most all: each discount and tax
// in that proportion, rounded once, halves away from zero.
billed_amounts part_of(const billed_amounts& all, std::int64_t amount);
// The amount of the least part that comes to `least` after discounts; of all, if none does.
std::int64_t part_coming_to(const billed_amounts& all, std::int64_t least);

// What is left once a part of it is taken away.
billed_amounts without(billed_amounts all, const billed_amounts& part);

// As amounts of a credit: each with the opposite sign.
billed_amounts negated(billed_amounts x);

std::int64_t discount_of(const std::vector<discount_amount>& discounts);  // the sum
// The sum of those that are in the amount, or of those that are added to it.
std::int64_t tax_of(const std::vector<tax_amount>& taxes, bool inclusive);
std::int64_t total_of(const billed_amounts& x);  // amount + discounts + tax that is added

}  // namespace bursar::domain
