// A usage event, as it is said and as it is recorded, and what several come to. Pure.
//
// Two times are kept of everything: when it was used, which decides where it counts, and when it
// was recorded, which is the journal's. Hours, days and months are those of UTC.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
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

// -- what is recorded ---

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

// -- what it comes to ---

struct usage_aggregate {
  std::int64_t events = 0;
  total sum;
  decimal max, latest;    // none where there are no events
  timestamp latest_at{};  // of equal times the one that was recorded last
  total until;            // quantity × microseconds from the start until it was used
  distinct_values distinct;
  // Beside these, what came after them but does not count, because the subscription had stopped, or
  // its time is nobody's: a level of before has none of it, one of later has.
  std::optional<total> uncounted{};
  friend bool operator==(const usage_aggregate&, const usage_aggregate&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_aggregate, (),
                      (events, sum, max, latest, latest_at, until, distinct, uncounted))

struct usage_window {
  timestamp start{};
  usage_aggregate value;
  friend bool operator==(const usage_window&, const usage_window&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_window, (), (start, value))

BOOST_DEFINE_ENUM_CLASS(usage_granularity, hour, day, month)

void add(usage_aggregate& to, const recorded_usage& what, timestamp start);

timestamp start_of(timestamp t, usage_granularity by);
timestamp end_of(timestamp start, usage_granularity by);

// How a meter counts it, in a window or a period from `start` to `end` before which the quantities
// came to `before`.
total value_of(const usage_aggregate& x, meter_aggregation how, const billing_period& in,
               const total& before);

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

}  // namespace bursar::domain
