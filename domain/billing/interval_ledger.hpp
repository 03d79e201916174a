// How far a subscription's price has been billed. A claim begins where the one before it ended, and
// nowhere else can one begin: what was billed cannot be billed again, and nothing is left out.
// What is given back is the end of what was claimed last, so that the next claim begins there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "base/error.hpp"
#include "domain/pricing/calendar.hpp"

namespace bursar::domain {

struct billed_interval {
  billing_period interval;  // what of it is still billed
  billing_period full;      // the period whose price it is a share of
  std::string terms;        // of which price and quantity
  std::int64_t amount = 0;  // minor units, less what was given back
  friend bool operator==(const billed_interval&, const billed_interval&) = default;
};
BOOST_DESCRIBE_STRUCT(billed_interval, (), (interval, full, terms, amount))

struct interval_ledger {
  timestamp begin{};                       // nothing before it is ever billed
  std::vector<billed_interval> intervals;  // of the current period, one after another
  friend bool operator==(const interval_ledger&, const interval_ledger&) = default;
};
BOOST_DESCRIBE_STRUCT(interval_ledger, (), (begin, intervals))

// Where the next claim begins.
timestamp billed_until(const interval_ledger& of);

// [billed_until, until) at that price. conflict: `until` is not after it.
result<interval_ledger> claim(interval_ledger of, timestamp until, const billing_period& full,
                              std::string terms, std::int64_t amount);

// Gives [from, billed_until) back, which must be within what was claimed last, for `amount`, zero
// or more and at most what was billed of it. conflict: it is not.
result<interval_ledger> release(interval_ledger of, timestamp from, std::int64_t amount);

// A new period begins at t: what was billed until then is closed for good.
interval_ledger close(interval_ledger of, timestamp t);

// Nothing is billed until t, because nothing could be used; what was billed beyond it stays.
interval_ledger skip(interval_ledger of, timestamp t);

}  // namespace bursar::domain
