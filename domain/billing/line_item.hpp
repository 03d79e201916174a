// A line of an invoice, with all that its amount follows from: whoever doubts it computes it again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "domain/billing/billed_amounts.hpp"
#include "domain/billing/subscription.hpp"
#include "domain/pricing/calendar.hpp"
#include "domain/pricing/price.hpp"
#include "domain/pricing/proration.hpp"

namespace bursar::domain {

// recurring   a subscription's price for an interval, which is claimed by it
// proration   what of such an interval is given back
// minimum     what a period came to less than agreed
// usage       what was used in a period that is over
// one_time    none of these
BOOST_DEFINE_ENUM_CLASS(line_kind, recurring, proration, minimum, usage, one_time)

// Of what an amount is computed, beside the events of what was used: round(rate(price, units,
// events) × share), less what `counted` says and not below nothing, at most what `billed` says, and
// times minus one where it is given back.
struct line_basis {
  charge_model price;
  std::int64_t price_version = 1;
  decimal units;
  period_share share{1, 1};
  bool given_back = false;
  // Of given_back: what was billed; else what was given back at the same instant, which is what
  // taking it again costs. Its discounts and taxes are the line's, in proportion.
  std::optional<billed_amounts> billed;
  std::int64_t counted = 0;  // minor units that were billed already of what was agreed
  // Minor units of a whole period. What exceeds the share of the maximum is a discount; what misses
  // to that of the minimum is a line of its own, once the period is over.
  std::optional<std::int64_t> maximum, minimum;
  std::optional<std::int64_t> at_most{};  // of this line; what exceeds it is a discount, too
  friend bool operator==(const line_basis&, const line_basis&) = default;
};
BOOST_DESCRIBE_STRUCT(line_basis, (),
                      (price, price_version, units, share, given_back, billed, counted, maximum,
                       minimum, at_most))

// What the amount exceeds the agreed maximum by, or at_most: zero or more.
std::int64_t beyond_maximum(const line_basis& basis, std::int64_t amount);

// What a line of usage counts, beside the units of its basis.
struct metered_units {
  std::string metric;
  meter_aggregation aggregation = meter_aggregation::sum;
  std::int64_t events = 0;
  std::optional<decimal> billed;  // of them, before: what the line bills came late
  friend bool operator==(const metered_units&, const metered_units&) = default;
};
BOOST_DESCRIBE_STRUCT(metered_units, (), (metric, aggregation, events, billed))

struct line_item {
  line_kind kind = line_kind::one_time;
  std::string description;
  std::optional<std::string> subscription_id, plan_id, product_class;
  std::optional<line_reference> corrects;  // whose amount it gives back
  billing_period period;                   // what is billed of
  billing_period full;                     // the period whose price it is a share of
  std::int64_t amount = 0;                 // minor units, before discounts and taxes
  line_basis basis;
  std::vector<discount_amount> discounts;
  std::vector<tax_amount> taxes;
  std::optional<metered_units> usage{};
  friend bool operator==(const line_item&, const line_item&) = default;
};
BOOST_DESCRIBE_STRUCT(line_item, (),
                      (kind, description, subscription_id, plan_id, product_class, corrects, period,
                       full, amount, basis, discounts, taxes, usage))

// Of a whole period, step by step. Where nothing was used it is nothing, whatever the price.
rating whole_price(const line_item& line);

// Rounded once, halves away from zero; `amount` is where it is kept. unprocessable: more than an
// amount can be.
result<std::int64_t> amount_of(const line_item& line);

// Whether it is for less than a whole period, or gives back what was billed of one.
bool is_prorated(const line_item& line);

// What a line comes to whose basis says it; empty: its discounts and taxes are for coupons and tax
// rates to say.
std::optional<billed_amounts> settled_before(const line_item& line);
billed_amounts billed_by(const line_item& line);  // as it stands

std::int64_t discount_of(const line_item& line);  // zero or less; of a credit zero or more
std::int64_t tax_of(const line_item& line);       // that is added to the amount
std::int64_t net_of(const line_item& line);       // amount + discounts, of it what is not tax
std::int64_t total_of(const line_item& line);     // amount + discounts + tax that is added

}  // namespace bursar::domain
