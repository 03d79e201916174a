#include "domain/pricing/proration.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace bursar::domain {
namespace {

std::int64_t seconds_of(const billing_period& x) {
  return unix_seconds(x.end) - unix_seconds(x.start);
}

// `undivided` is what the part has of a price that is not prorated.
period_share share_of(const billing_period& part, const billing_period& full, proration_basis basis,
                      const std::string& time_zone, const period_share& undivided) {
  BURSAR_ASSERT(full.start <= part.start && part.end <= full.end, "a part of another period");
  if (basis == proration_basis::none || full.start == full.end) {
    return undivided;
  }
  return basis == proration_basis::day
           ? period_share{local_days(part, time_zone), local_days(full, time_zone)}
           : period_share{seconds_of(part), seconds_of(full)};
}

}  // namespace

bool is_whole(const period_share& x) {
  return x.part == x.whole;
}

period_share share_from(timestamp t, const billing_period& full, proration_basis basis,
                        const std::string& time_zone) {
  BURSAR_ASSERT(t <= full.end, "a moment of another period");
  return share_of({t, full.end}, full, basis, time_zone, {0, 1});
}

period_share share_until(timestamp t, const billing_period& full, proration_basis basis,
                         const std::string& time_zone) {
  BURSAR_ASSERT(full.start <= t, "a moment of another period");
  return share_of({full.start, t}, full, basis, time_zone, {1, 1});
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
