#include "domain/pricing/proration.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace bursar::domain {
namespace {

std::int64_t seconds_between(timestamp from, timestamp to) {
  return unix_seconds(to) - unix_seconds(from);
}

}  // namespace

period_share share_from(timestamp t, const billing_period& full, proration_basis basis,
                        const std::string& time_zone) {
  BURSAR_ASSERT(full.start <= t && t <= full.end, "a moment of another period");
  if (basis == proration_basis::none || full.start == full.end) {
    return {0, 1};
  }
  if (basis == proration_basis::day) {
    return {local_days({t, full.end}, time_zone), local_days(full, time_zone)};
  }
  return {seconds_between(t, full.end), seconds_between(full.start, full.end)};
}

period_share share_until(timestamp t, const billing_period& full, proration_basis basis,
                         const std::string& time_zone) {
  BURSAR_ASSERT(full.start <= t && t <= full.end, "a moment of another period");
  if (basis == proration_basis::none || full.start == full.end) {
    return {1, 1};
  }
  if (basis == proration_basis::day) {
    return {local_days({full.start, t}, time_zone), local_days(full, time_zone)};
  }
  return {seconds_between(full.start, t), seconds_between(full.start, full.end)};
}

exact prorated(const exact& amount, const period_share& share) {
  BURSAR_ASSERT(share.whole > 0, "a period without length");
  return amount * share.part / share.whole;
}

result<proration_amounts> prorate_change(const exact& old_amount, const exact& new_amount,
                                         std::int64_t billed, const period_share& share) {
  auto unused = rounded(prorated(old_amount, share));
  auto remaining = rounded(prorated(new_amount, share));
  if (!unused || !remaining) {
    return unused ? remaining.error() : unused.error();
  }
  auto back = std::clamp<std::int64_t>(*unused, 0, std::max<std::int64_t>(billed, 0));
  return proration_amounts{-back, *remaining};
}

}  // namespace bursar::domain
