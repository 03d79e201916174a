// How the use of a metric goes: a day beside the days before it. Pure, exact.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "base/time.hpp"
#include "domain/usage/recorded_usage.hpp"

namespace bursar::domain {

struct metered_usage;
struct usage_account;
struct usage_recorded;

// A day is told of that is more than three standard deviations from the mean of up to 28 days
// before it, of which at least seven are remembered, and by half of that mean. What is said of it
// changes while usage comes late: a rise is told of at once, a drop two days after.
inline constexpr std::int64_t baseline_days_min = 7, baseline_days_max = 28;
inline constexpr std::int64_t anomaly_deviations = 3;
inline constexpr std::chrono::days drop_told_after{2};

BOOST_DEFINE_ENUM_CLASS(anomaly_kind, rise, drop)

// What whole days came to, as the meter counts them.
struct usage_baseline {
  std::int64_t days = 0;
  total mean, deviation;  // of all of them, rounded down to millionths
  friend bool operator==(const usage_baseline&, const usage_baseline&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_baseline, (), (days, mean, deviation))

// One that was told of.
struct usage_anomaly_detected {
  std::string metric;
  timestamp day{};  // when it begins
  anomaly_kind kind = anomaly_kind::rise;
  total used;
  usage_baseline baseline;
  friend bool operator==(const usage_anomaly_detected&, const usage_anomaly_detected&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_anomaly_detected, (), (metric, day, kind, used, baseline))

// A day and what it is measured by.
struct usage_day {
  timestamp start{};
  std::optional<total> used;               // empty: no level was said
  std::optional<usage_baseline> baseline;  // empty: too few days before it are remembered
  std::optional<anomaly_kind> anomaly;
};
// That begins then, of those that are remembered. A day without usage came to nothing; where a
// level is counted (max, latest) it says nothing.
usage_day day_of(const metered_usage& in, meter_aggregation how, timestamp start);

// What a batch that is recorded now shows, beside what was recorded before it.
std::vector<usage_anomaly_detected> anomalies_in(const usage_recorded& batch,
                                                 const usage_account& before,
                                                 const std::map<std::string, meter>& meters);

}  // namespace bursar::domain
