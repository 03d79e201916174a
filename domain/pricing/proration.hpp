// What of a period's price belongs to part of it: when a plan or a quantity changes in between,
// when a subscription begins or ends there.
#pragma once

#include "domain/pricing/calendar.hpp"
#include "domain/pricing/exact.hpp"

namespace bursar::domain {

// part / whole, 0 to 1; the whole is never zero.
struct period_share {
  std::int64_t part = 0, whole = 1;
  friend bool operator==(const period_share&, const period_share&) = default;
};
BOOST_DESCRIBE_STRUCT(period_share, (), (part, whole))

bool is_whole(const period_share& x);

// Of [t, end) in the whole period; t is within it. The period is the full one, not what of it was
// billed: a price is for that.
period_share share_from(timestamp t, const billing_period& full, proration_basis basis,
                        const std::string& time_zone);
// Of [start, t). By days the day of t counts: it was used.
period_share share_until(timestamp t, const billing_period& full, proration_basis basis,
                         const std::string& time_zone);

exact prorated(const exact& amount, const period_share& share);

// What is given back of an amount, zero or less. `billed` is what its interval was really billed,
// less what was credited of it: more than that is never given back.
result<std::int64_t> credit_of(const exact& amount, std::int64_t billed, const period_share& share);

}  // namespace bursar::domain
