// What is metered: which usage events of a metric count, and how they come to one number a period.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "base/error.hpp"

namespace bursar::domain {

// sum           of the quantities
// count         of the events, whatever their quantity
// max, latest   the greatest quantity, or the one of the latest time
// unique        how many different values of `property` there were
// weighted_sum  of the levels that the quantities, which may be negative, add up to: each by the
//               share of the period for which it was so
BOOST_DEFINE_ENUM_CLASS(meter_aggregation, sum, count, max, latest, unique, weighted_sum)

// Beyond a plan's limit of it usage is recorded (soft), or refused (hard).
BOOST_DEFINE_ENUM_CLASS(quota_limit, soft, hard)

// What becomes of usage that is reported after its period was billed.
// reject        it is refused
// next_invoice  the next invoice bills what it adds, in a line that names the period
// reissue       what the period was billed is credited, and billed as it is now
BOOST_DEFINE_ENUM_CLASS(late_usage_policy, reject, next_invoice, reissue)

// How long usage may come after it was used.
inline constexpr std::chrono::days usage_behind_max{35};

struct meter {
  std::string id, name;  // the id is the metric of its usage events
  meter_aggregation aggregation = meter_aggregation::sum;
  // Whose value is counted (unique), or is the number instead of the event's quantity.
  std::optional<std::string> property;
  // Only events count that have, of each of these properties, one of the values.
  std::map<std::string, std::vector<std::string>> filters;
  bool active = true;
  std::optional<quota_limit> quota{};             // else soft
  std::optional<late_usage_policy> late_usage{};  // else next_invoice
  // Of Stripe's meter that is told of it, where Stripe bills the organization.
  std::optional<std::string> stripe_event_name{};
  friend bool operator==(const meter&, const meter&) = default;
};
BOOST_DESCRIBE_STRUCT(meter, (),
                      (id, name, aggregation, property, filters, active, quota, late_usage,
                       stripe_event_name))

// invalid_parameter with pointers: unique without a property, count with one, a property without a
// name, a filter that nothing can pass, more than 16 of them or of 64 values; an event name of
// Stripe's where its meters cannot count so.
result<void> check(const meter& meter);

// What is metered before anybody said anything: api_calls, storage, active_users, messages, agents.
std::map<std::string, meter> default_meters();

}  // namespace bursar::domain
