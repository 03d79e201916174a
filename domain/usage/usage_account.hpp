// What an organization used: what it reported, counted by hour, day and month and by the periods of
// its subscriptions. Pure.
//
// Two times are kept of everything: when it was used, which decides where it counts, and when it
// was recorded, which is the journal's. Hours, days and months are those of UTC.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/describe.hpp>

#include "base/digest.hpp"
#include "base/distinct.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "domain/catalog.hpp"
#include "domain/pricing/calendar.hpp"
#include "domain/usage/total.hpp"

namespace bursar::domain {

inline constexpr std::size_t usage_batch_max = 1'000;
inline constexpr std::size_t usage_properties_max = 50;
// When it was used: from now, when it is recorded; and usage_behind_max (usage/meter.hpp).
inline constexpr std::chrono::minutes usage_ahead_max{5};
// How long windows are remembered; what is older is counted from the journal again.
inline constexpr std::chrono::days hours_kept{3}, days_kept{40}, months_kept{400};

// What a caller says that was used.
struct usage_event {
  std::string id;  // the caller's; an organization has it once, for ever
  std::string metric;
  decimal quantity{1};
  std::optional<timestamp> at;  // empty: when it came
  std::map<std::string, scalar> properties;
};

// -- state ---

struct usage_aggregate {
  std::int64_t events = 0;
  total sum;
  decimal max, latest;    // none where there are no events
  timestamp latest_at{};  // of equal times the one that was recorded last
  total until;            // quantity × microseconds from the start until it was used
  distinct_values distinct;
  friend bool operator==(const usage_aggregate&, const usage_aggregate&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_aggregate, (), (events, sum, max, latest, latest_at, until, distinct))

struct usage_window {
  timestamp start{};
  usage_aggregate value;
  friend bool operator==(const usage_window&, const usage_window&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_window, (), (start, value))

BOOST_DEFINE_ENUM_CLASS(usage_granularity, hour, day, month)

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
  friend bool operator==(const usage_account&, const usage_account&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_account, (), (metrics, periods, overrides))

// -- events ---

struct recorded_usage {
  std::string id, metric;
  decimal quantity{1};
  timestamp at{};
  std::optional<std::map<std::string, scalar>> properties;
  std::optional<decimal> value;         // what counts, where it is not the quantity
  std::optional<std::string> distinct;  // of which the different ones are counted
  std::optional<bool> filtered;         // the meter's filters let it not pass: it does not count
  friend bool operator==(const recorded_usage&, const recorded_usage&) = default;
};
BOOST_DESCRIBE_STRUCT(recorded_usage, (),
                      (id, metric, quantity, at, properties, value, distinct, filtered))

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

using usage_account_event = std::variant<usage_recorded, quota_reached, entitlements_overridden>;

// -- commands ---

// Each on its own: one that cannot be recorded does not keep the others from it.
struct record_usage {
  struct item {
    std::int64_t index = 0;  // in the caller's batch
    usage_event event;
    sha256_digest sha256{};                        // of what the caller says, but for the id
    std::optional<sha256_digest> recorded_sha256;  // of what has the id already
    std::optional<error> problem;                  // it could not be read
  };
  std::vector<item> items;    // usage_batch_max at most
  bool part_of_more = false;  // of a batch for several organizations
};
struct override_entitlements {
  std::map<std::string, std::optional<scalar>> changes;  // empty: as its plans say, again
};
using usage_command = std::variant<record_usage, override_entitlements>;

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

void add(usage_aggregate& to, const recorded_usage& what, timestamp start);

// -- questions ---

timestamp start_of(timestamp t, usage_granularity by);
timestamp end_of(timestamp start, usage_granularity by);

// How a meter counts it, in a window or a period from `start` to `end` before which the quantities
// came to `before`.
total value_of(const usage_aggregate& x, meter_aggregation how, const billing_period& in,
               const total& before);

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
