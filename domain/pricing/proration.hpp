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

// Of part of a period, which is the full one, not what of it was billed: a price is for that. By
// days, one that has begun counts. A price that is not prorated is that of the beginning.
period_share share_of(const billing_period& part, const billing_period& full, proration_basis basis,
                      const std::string& time_zone);
// What of a part is left for whoever leaves at t: by days, that one was used, and belongs to nobody
// who comes after (peers.md 3.1: 15/31 where a change has 16/31).
period_share share_left(timestamp t, const billing_period& part, const billing_period& full,
                        proration_basis basis, const std::string& time_zone);

exact prorated(const exact& amount, const period_share& share);

// What is given back of an amount, zero or less. `billed` is what its interval was really billed,
// less what was credited of it: more than that is never given back.
result<std::int64_t> credit_of(const exact& amount, std::int64_t billed, const period_share& share);

}  // namespace bursar::domain
