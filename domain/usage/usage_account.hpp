// What an organization used: what it reported, counted by hour, day and month and by the periods of
// its subscriptions. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/describe.hpp>

#include "base/error.hpp"
#include "base/time.hpp"
#include "domain/catalog.hpp"
#include "domain/pricing/calendar.hpp"
#include "domain/usage/amendment.hpp"
#include "domain/usage/recorded_usage.hpp"
#include "domain/usage/total.hpp"
#include "domain/usage/trend.hpp"

namespace bursar::domain {

// -- state ---

struct metered_usage {  // of one metric; each list in the order of time, without empty windows
  std::vector<usage_window> hours, days, months;
  total before;  // the sum of the months that are forgotten
  friend bool operator==(const metered_usage&, const metered_usage&) = default;
};
BOOST_DESCRIBE_STRUCT(metered_usage, (), (hours, days, months, before))

// What counts for a subscription's period, by metric.
struct period_usage {
  billing_period period;
  std::map<std::string, usage_aggregate> metrics;
  std::map<std::string, std::int64_t> noticed;  // percent of the quota, the most that was told
  friend bool operator==(const period_usage&, const period_usage&) = default;
};
BOOST_DESCRIBE_STRUCT(period_usage, (), (period, metrics, noticed))

struct usage_account {
  std::map<std::string, metered_usage> metrics;
  // By subscription, in the order of time: its period, the one before, what is ahead of it; in
  // parts where the prices of usage changed within it, and of older ones while late usage is
  // billed. Of the empty name: months, while there is no subscription.
  std::map<std::string, std::vector<period_usage>> periods;
  std::map<std::string, scalar> overrides;  // entitlements of this organization instead of a plan's
  std::map<std::string, usage_amendment> amendments;
  std::map<std::string, timestamp> rises;  // by metric, the last day whose rise was told of
  friend bool operator==(const usage_account&, const usage_account&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_account, (), (metrics, periods, overrides, amendments, rises))

// -- events ---

struct usage_recorded {
  timestamp at{};
  std::vector<recorded_usage> events;
  friend bool operator==(const usage_recorded&, const usage_recorded&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_recorded, (), (at, events))

// Once a period for each percentage: 80 and 100.
struct quota_reached {
  std::string metric, subscription_id;  // the latter empty: of none
  std::int64_t percent = 0, limit = 0, used = 0;
  billing_period period;
  friend bool operator==(const quota_reached&, const quota_reached&) = default;
};
BOOST_DESCRIBE_STRUCT(quota_reached, (), (metric, subscription_id, percent, limit, used, period))

struct entitlements_overridden {
  std::map<std::string, scalar> entitlements;  // all of them
  friend bool operator==(const entitlements_overridden&, const entitlements_overridden&) = default;
};
BOOST_DESCRIBE_STRUCT(entitlements_overridden, (), (entitlements))

using usage_account_event
  = std::variant<usage_recorded, quota_reached, entitlements_overridden, usage_amendment_drafted,
                 usage_staged, usage_amended, usage_amendment_reverted, usage_anomaly_detected>;

// -- commands ---

struct override_entitlements {
  std::map<std::string, std::optional<scalar>> changes;  // empty: as its plans say, again
};
using usage_command = std::variant<record_usage, override_entitlements, amend_usage>;

struct rejected_usage {
  std::int64_t index = 0;
  std::string id;
  error why;
};
// What became of a batch.
struct usage_outcome {
  std::int64_t accepted = 0, duplicates = 0;
  std::vector<rejected_usage> rejected;
};

// -- evolve ---

// A subscription's period, and what of it is metered now. One that does not run any more counts
// what was used while it did.
struct running_period {
  std::string subscription_id;
  billing_period period, metered;
  std::vector<billing_period> before;  // that are over, and still count what comes late
  std::vector<billing_period> ahead;   // that have begun, though nobody said so yet
  bool runs = true;
  timestamp until = timestamp_max;
};

// `running` are those at that moment.
void record(usage_account& to, const usage_recorded& what,
            const std::vector<running_period>& running);
void notice(usage_account& to, const quota_reached& what);
void notice(usage_account& to, const usage_anomaly_detected& what);
// Of what is applied and reverted, the account is recorded to at that time before.
void amend(usage_account& to, const usage_amendment_drafted& what);
void amend(usage_account& to, const usage_staged& what);
void amend(usage_account& to, const usage_amended& what);
void amend(usage_account& to, const usage_amendment_reverted& what);

// What has to be counted anew so that `of` says of usage what `is` says.
recounted_usage difference(const usage_account& of, const usage_account& is);

// -- questions ---

// From when on windows are remembered, as of `now`.
timestamp remembered_since(usage_granularity by, timestamp now);
const std::vector<usage_window>& windows_of(const metered_usage& in, usage_granularity by);
// What the quantities came to before a window that begins then, and is remembered.
total level_before(const metered_usage& in, usage_granularity by, timestamp start);
// The same of the subscription's current period, or of a later one.
total level_before(const usage_account& in, const std::string& metric,
                   const std::string& subscription_id, timestamp start);

// What of a metric counts for that subscription (empty: of the month) in a period, or in the parts
// of it that are metered on their own.
usage_aggregate used_in(const usage_account& in, const std::string& subscription_id,
                        const std::string& metric, const billing_period& period);
// The same of the part that begins then. Empty: nothing was counted for it.
std::optional<usage_aggregate> part_in(const usage_account& in, const std::string& subscription_id,
                                       const std::string& metric, timestamp start);
// What was counted of a metric in a part that is metered on its own, and the units that it comes
// to: none below zero. Empty: nothing was counted for it.
struct counted_units {
  std::int64_t events = 0;
  decimal units;
};
std::optional<counted_units> units_in(const usage_account& recorded,
                                      const std::string& subscription_id, const std::string& metric,
                                      meter_aggregation how, const billing_period& part);

// Percent of the quota, the most that was told in it.
std::int64_t noticed_in(const usage_account& in, const std::string& subscription_id,
                        const std::string& metric, const billing_period& period);

// Windows of one metric, and what the quantities came to before them.
struct counted_usage {
  std::vector<usage_window> windows;
  total before;
};
// Counts what was recorded into windows that begin in the range, by metric.
void count(const usage_recorded& what, usage_granularity by, const billing_period& range,
           std::map<std::string, counted_usage>& into);

}  // namespace bursar::domain
