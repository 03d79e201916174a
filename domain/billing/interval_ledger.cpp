#include "domain/billing/interval_ledger.hpp"

#include <algorithm>
#include <utility>

namespace bursar::domain {

timestamp billed_until(const interval_ledger& of) {
  return of.intervals.empty() ? of.begin : of.intervals.back().interval.end;
}

result<interval_ledger> claim(interval_ledger of, billed_interval next) {
  next.interval.start = billed_until(of);
  if (next.interval.end <= next.interval.start) {
    return error{errc::conflict,
                 "billed until " + format_rfc3339(next.interval.start) + " already"};
  }
  of.intervals.push_back(std::move(next));
  return of;
}

result<interval_ledger> release(interval_ledger of, timestamp from, const billed_amounts& part) {
  if (of.intervals.empty() || from < of.intervals.back().interval.start
      || from >= of.intervals.back().interval.end) {
    return error{errc::conflict, "nothing is billed from " + format_rfc3339(from) + " on"};
  }
  auto& last = of.intervals.back();
  if (part.amount < 0 || part.amount > last.billed.amount) {
    return error{errc::conflict, "more is given back than was billed"};
  }
  last.billed = without(std::move(last.billed), part);
  last.interval.end = from;
  if (last.interval.start == from) {
    of.intervals.pop_back();
  }
  if (of.intervals.empty()) {
    of.begin = from;
  }
  return of;
}

interval_ledger close(interval_ledger of, timestamp t) {
  auto kept = std::find_if(of.intervals.begin(), of.intervals.end(),
                           [&](const billed_interval& x) { return x.interval.end > t; });
  of.begin = kept == of.intervals.end() ? billed_until(of) : kept->interval.start;
  of.intervals.erase(of.intervals.begin(), kept);
  return of;
}

interval_ledger skip(interval_ledger of, timestamp t) {
  return billed_until(of) < t ? interval_ledger{t, {}} : std::move(of);
}

}  // namespace bursar::domain
