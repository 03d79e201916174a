#include "domain/billing/discount.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/iso_codes.hpp"
#include "base/money.hpp"
#include "domain/pricing/exact.hpp"

namespace bursar::domain {
namespace {

// What the coupon takes off each of these, none of which is below zero.
std::vector<std::int64_t> taken_off(const std::vector<std::int64_t>& left, const coupon& by) {
  std::vector<std::int64_t> out;
  if (by.percent_off) {
    for (auto amount : left) {
      auto share = rounded(exact{amount} * exact_of(*by.percent_off) / 100);
      BURSAR_ASSERT(share.has_value(), "a part of an amount is larger than it");
      out.push_back(*share);
    }
    return out;
  }
  int128 all = 0;
  for (auto amount : left) {
    all += amount;
  }
  auto total = std::min<int128>(all, by.amount_off.value_or(0));
  return split(static_cast<std::int64_t>(total), left);
}

}  // namespace

std::vector<std::vector<discount_amount>> discounts_on(const std::vector<std::int64_t>& amounts,
                                                       const std::string& currency,
                                                       const std::vector<coupon>& coupons) {
  std::vector<std::vector<discount_amount>> out(amounts.size());
  if (amounts.empty()) {
    return out;
  }
  std::vector<std::int64_t> left;
  for (auto amount : amounts) {
    left.push_back(std::max<std::int64_t>(amount, 0));
  }
  for (const auto& coupon : coupons) {
    if (coupon.amount_off && coupon.currency != currency) {
      continue;
    }
    auto off = taken_off(left, coupon);
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (off[i] != 0) {
        out[i].push_back({coupon.id, -off[i], coupon.percent_off});
        left[i] -= off[i];
      }
      BURSAR_ASSERT(left[i] >= 0, "a discount beyond its line");
    }
  }
  return out;
}

result<void> check(const coupon& x) {
  auto wrong = [](const char* pointer, const char* what) {
    return error{errc::invalid_parameter, "the coupon is not valid", {{pointer, what}}};
  };
  if (x.percent_off.has_value() == x.amount_off.has_value()) {
    return wrong("/percent_off", "must be there, or amount_off, and not both");
  }
  if (x.percent_off && (*x.percent_off <= 0 || *x.percent_off > 100)) {
    return wrong("/percent_off", "must be above 0 and at most 100");
  }
  if (x.amount_off && (*x.amount_off <= 0 || *x.amount_off > amount_max)) {
    return wrong("/amount_off", "must be above 0, and not beyond what an amount can be");
  }
  if (x.amount_off.has_value() != x.currency.has_value()) {
    return wrong("/currency", "belongs to amount_off, and must be there with it");
  }
  if (x.currency && !is_iso_currency(*x.currency)) {
    return wrong("/currency", "must be a currency of ISO 4217 in lower case");
  }
  bool repeating = x.duration == coupon_duration::repeating;
  if (repeating != x.periods.has_value() || (x.periods && *x.periods <= 0)) {
    return wrong("/periods", "must be above 0 where the duration is repeating, and only there");
  }
  if (x.max_redemptions && *x.max_redemptions <= 0) {
    return wrong("/max_redemptions", "must be above 0");
  }
  return {};
}

}  // namespace bursar::domain
