#include "domain/pricing/proration.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace bursar::domain {
namespace {

std::int64_t seconds_of(const billing_period& x) {
  return unix_seconds(x.end) - unix_seconds(x.start);
}

// A period of days or weeks has none of 30.
period_share share_of_days(const billing_period& part, const billing_period& full,
                           proration_basis basis, const std::string& time_zone) {
  constexpr std::int64_t shortest_month = 28;
  auto whole = local_days(full, time_zone);
  if (basis == proration_basis::day_30 && whole >= shortest_month) {
    return {local_days_of_30(part, time_zone), local_days_of_30(full, time_zone)};
  }
  return {local_days(part, time_zone), whole};
}

}  // namespace

period_share share_of(const billing_period& part, const billing_period& full, proration_basis basis,
                      const std::string& time_zone) {
  BURSAR_ASSERT(full.start <= part.start && part.end <= full.end, "a part of another period");
  if (basis == proration_basis::none || full.start == full.end) {
    return {part.start == full.start && part.start < part.end ? 1 : 0, 1};
  }
  return basis == proration_basis::second ? period_share{seconds_of(part), seconds_of(full)}
                                          : share_of_days(part, full, basis, time_zone);
}

period_share share_left(timestamp t, const billing_period& part, const billing_period& full,
                        proration_basis basis, const std::string& time_zone) {
  BURSAR_ASSERT(part.start <= t && t <= part.end, "a moment of another part");
  auto out = share_of({t, part.end}, full, basis, time_zone);
  if (basis == proration_basis::day || basis == proration_basis::day_30) {
    auto all = share_of(part, full, basis, time_zone);
    auto used = share_of({part.start, t}, full, basis, time_zone);
    out.part = all.part - used.part;
  }
  return out;
}

bool is_whole(const period_share& x) {
  return x.part == x.whole;
}

exact prorated(const exact& amount, const period_share& share) {
  BURSAR_ASSERT(share.whole > 0, "a period without length");
  return amount * share.part / share.whole;
}

result<std::int64_t> credit_of(const exact& amount, std::int64_t billed,
                               const period_share& share) {
  auto unused = rounded(prorated(amount, share));
  if (!unused) {
    return unused;
  }
  return -std::clamp<std::int64_t>(*unused, 0, std::max<std::int64_t>(billed, 0));
}

}  // namespace bursar::domain
