// How far a subscription's price has been billed. A claim begins where the one before it ended, and
// nowhere else can one begin: what was billed cannot be billed again, and nothing is left out.
// What is given back is the end of what was claimed last, so that the next claim begins there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "base/error.hpp"
#include "domain/billing/billed_amounts.hpp"
#include "domain/pricing/calendar.hpp"

namespace bursar::domain {

struct billed_interval {
  billing_period interval;    // what of it is still billed
  billing_period full;        // the period whose price it is a share of
  std::string invoice_id;     // whose line
  std::int64_t line = 0;      // it is, counted from 0
  billed_amounts billed;      // less what was given back and credited
  std::int64_t credited = 0;  // by credit notes; minor units, before discounts and taxes
  std::optional<std::int64_t> minimum{};  // of a whole period, as it was agreed when it was billed
  friend bool operator==(const billed_interval&, const billed_interval&) = default;
};
BOOST_DESCRIBE_STRUCT(billed_interval, (),
                      (interval, full, invoice_id, line, billed, credited, minimum))

struct interval_ledger {
  timestamp begin{};  // nothing before it is ever billed
  // Of the current period, one after another; and what it cut off, if it began by a change.
  std::vector<billed_interval> intervals;
  friend bool operator==(const interval_ledger&, const interval_ledger&) = default;
};
BOOST_DESCRIBE_STRUCT(interval_ledger, (), (begin, intervals))

// Where the next claim begins.
timestamp billed_until(const interval_ledger& of);

// Begins where the last one ended: `next` says where it ends. conflict: not after that.
result<interval_ledger> claim(interval_ledger of, billed_interval next);

// Gives [from, billed_until) back, which must be within what was claimed last, for `part` of what
// was billed of that. conflict: it is not.
result<interval_ledger> release(interval_ledger of, timestamp from, const billed_amounts& part);

// A new period begins at t: what was billed until then is closed for good.
interval_ledger close(interval_ledger of, timestamp t);

// Nothing is billed until t, because nothing could be used; what was billed beyond it stays.
interval_ledger skip(interval_ledger of, timestamp t);

}  // namespace bursar::domain
