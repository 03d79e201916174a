// What something costs: a price and how much of it was used give an exact amount and the steps that
// lead to it. Pure arithmetic; rounding comes later, once, when a line is made of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "domain/pricing/exact.hpp"

namespace bursar::domain {

// flat        an amount, however much is used
// per_unit    units × unit_amount
// graduated   each tier's units at that tier's price, with the flat amount of each tier reached
// volume      all units at the price of the tier that their total falls into, and its flat amount
// package     started packages of package_size units × unit_amount
// percentage  a share of the sum of amounts, and a fixed amount for each of them
// dynamic     the amounts themselves: each usage event brings its own price
BOOST_DEFINE_ENUM_CLASS(pricing_model, flat, per_unit, graduated, volume, package, percentage,
                        dynamic)

// Units above the tier before it, up to and including `up_to`.
struct price_tier {
  std::optional<decimal> up_to;  // empty: without end; the last one, and only that
  decimal unit_amount;           // minor units
  decimal flat_amount;           // minor units
  friend bool operator==(const price_tier&, const price_tier&) = default;
};
BOOST_DESCRIBE_STRUCT(price_tier, (), (up_to, unit_amount, flat_amount))

// All amounts are in minor units of the price's currency, with up to 12 decimals.
struct charge_model {
  pricing_model model = pricing_model::flat;
  decimal unit_amount;            // flat, per_unit, package; fixed amount of percentage
  std::vector<price_tier> tiers;  // graduated, volume
  std::optional<decimal>
    unit_size;                  // package: its size; tiers: units are counted in started blocks
  decimal free_units;           // package: included before the first
  decimal percent;              // percentage: 1.2 is 1.2 %
  std::int64_t free_count = 0;  // percentage: amounts without the fixed amount
  decimal free_amount;          // percentage: of the sum, without the percentage
  std::optional<decimal> least, most;  // percentage: what one amount costs at least and at most
  friend bool operator==(const charge_model&, const charge_model&) = default;
};
BOOST_DESCRIBE_STRUCT(charge_model, (),
                      (model, unit_amount, tiers, unit_size, free_units, percent, free_count,
                       free_amount, least, most))

// What was used. A percentage is of units that are minor units, the sum of `count` amounts; what
// looks at each of them (its bounds, dynamic) has them in their order.
struct usage {
  decimal units;
  std::int64_t count = 0;
  std::vector<decimal> amounts{};  // minor units
};

// One multiplication of a derivation: units × unit_amount = amount.
struct rating_step {
  std::string rule;  // "tier 2", "tier 2 flat", "packages", "percentage", …
  exact units, unit_amount, amount;
};
struct rating {
  exact amount;
  std::vector<rating_step> steps;  // their amounts add up to it
};

inline constexpr std::int64_t percent_max = 1000;

// Whether it depends on how many amounts there are, beside what they come to.
bool is_by_event(const charge_model& price);
// Whether it depends on each of the amounts.
bool needs_each_amount(const charge_model& price);

// invalid_parameter with a pointer: tiers out of order, without an end or missing, a size of zero,
// negative amounts, a percentage of nothing or beyond percent_max, bounds that exclude each other,
// what belongs to another model.
result<void> check(const charge_model& price);

// Negative units are a bug; the price must have passed check().
rating rate(const charge_model& price, const usage& used);

// What each unit costs, or all of them together where the model is flat. Empty: that depends on how
// many there are.
std::optional<decimal> unit_price(const charge_model& price);

// Of what was used since `billed`, when both are counted from the beginning of the same period:
// what all of it costs less what was billed. The steps are those of both, with the sign.
rating rate_since(const charge_model& price, const usage& billed, const usage& to_date);

// -- of a whole period ---

// Fees up to the commitment as they are, above it times the factor.
exact with_overage(std::int64_t commitment, std::int64_t fees, const decimal& factor);

// Σ value × seconds held / seconds of the period [start, end), of values that each hold from their
// moment until the next one's. Moments are ascending and within the period.
struct held_value {
  std::int64_t at = 0;  // unix seconds
  decimal value;        // from then on, not a change
};
exact weighted_sum(const std::vector<held_value>& values, std::int64_t start, std::int64_t end);

}  // namespace bursar::domain
