// What coupons take off the lines of an invoice. They follow one another: each is of what the
// earlier ones left, so that ten and ten per cent are nineteen.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "base/decimal.hpp"
#include "base/error.hpp"

namespace bursar::domain {

BOOST_DEFINE_ENUM_CLASS(coupon_duration, once, repeating, forever)

struct coupon {
  std::string id, name;
  std::optional<decimal> percent_off;      // either this
  std::optional<std::int64_t> amount_off;  // or this, minor units of `currency`
  std::optional<std::string> currency;
  coupon_duration duration = coupon_duration::once;
  std::optional<std::int64_t> periods;  // of repeating: how many billing periods
  std::optional<std::int64_t> max_redemptions;
  bool active = true;
  friend bool operator==(const coupon&, const coupon&) = default;
};
BOOST_DESCRIBE_STRUCT(coupon, (),
                      (id, name, percent_off, amount_off, currency, duration, periods,
                       max_redemptions, active))

struct discount_amount {
  std::optional<std::string> coupon_id;  // empty: what exceeds the agreed maximum
  std::int64_t amount = 0;               // zero or less; of what is given back zero or more
  std::optional<decimal> percent_off{};  // of what the discounts before it left
  friend bool operator==(const discount_amount&, const discount_amount&) = default;
};
BOOST_DESCRIBE_STRUCT(discount_amount, (), (coupon_id, amount, percent_off))

// Of each line, in the order of the coupons. Credits (amounts below zero) get none, and no line
// goes below zero. A coupon of another currency is for nothing here.
std::vector<std::vector<discount_amount>> discounts_on(const std::vector<std::int64_t>& amounts,
                                                       const std::string& currency,
                                                       const std::vector<coupon>& coupons);

// invalid_parameter with a pointer: neither or both of percent and amount, an amount without a
// currency, a number of periods where none belongs.
result<void> check(const coupon& coupon);

}  // namespace bursar::domain
