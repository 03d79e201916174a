// What happens to a subscription's metered periods and their minimums (billing/subscription.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <boost/describe.hpp>

#include "domain/pricing/calendar.hpp"
#include "domain/pricing/proration.hpp"
#include "domain/usage/meter.hpp"

namespace bursar::domain {

// What is used from then on is not of that period: its meters stand as they do, but for what comes
// late.
struct usage_period_closed {
  std::string subscription_id;
  billing_period period;
  std::map<std::string, meter_aggregation> metrics;
  std::optional<std::int64_t> at_most{};  // that usage of it costs: what a maximum leaves
  friend bool operator==(const usage_period_closed&, const usage_period_closed&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_period_closed, (), (subscription_id, period, metrics, at_most))

// A period is over for which a minimum was agreed: what of it is fixed, whatever its usage is.
struct minimum_fixed {
  std::string subscription_id;
  billing_period full;
  std::int64_t agreed = 0;   // minor units, of a whole period
  period_share share{1, 1};  // for which it was
  std::int64_t counted = 0;  // what the price itself came to
  friend bool operator==(const minimum_fixed&, const minimum_fixed&) = default;
};
BOOST_DESCRIBE_STRUCT(minimum_fixed, (), (subscription_id, full, agreed, share, counted))

// More was used than it was billed for, and credit notes say so.
struct minimum_corrected {
  std::string subscription_id;
  billing_period full;
  std::int64_t agreed = 0;
  std::vector<billed_line> lines;  // that bill it
  friend bool operator==(const minimum_corrected&, const minimum_corrected&) = default;
};
BOOST_DESCRIBE_STRUCT(minimum_corrected, (), (subscription_id, full, agreed, lines))

// Less was used than was billed, and a credit note says so.
struct usage_corrected {
  std::string subscription_id;
  timestamp period_start{};
  std::string metric;
  decimal units;
  std::int64_t amount = 0;                 // that they come to
  bool anew = false;                       // nothing of it is billed any more
  std::optional<std::int64_t> discount{};  // what of it is beyond a maximum; empty: as it was
  std::optional<std::vector<billed_line>> lines{};  // that bill it; empty: as they were
  friend bool operator==(const usage_corrected&, const usage_corrected&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_corrected, (),
                      (subscription_id, period_start, metric, units, amount, anew, discount, lines))

// It ended so long ago that no usage of it can come any more.
struct usage_settled {
  std::string subscription_id;
  friend bool operator==(const usage_settled&, const usage_settled&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_settled, (), (subscription_id))

}  // namespace bursar::domain
