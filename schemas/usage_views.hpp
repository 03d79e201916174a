// Answers about usage, as JSON.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/usage_checks.hpp"

namespace bursar::schemas {

// {"accepted", "duplicates", "rejected": [{"index", "id", "code", "pointer", "message"}]}
std::string render(const domain::usage_outcome& x);
// Several of these as one, the rejected in their order.
result<std::string> merged_usage(const std::vector<std::string>& answers);
// Of a part of a batch that failed as a whole.
domain::usage_outcome all_rejected(const domain::record_usage& wanted, const error& why);

// From the window that begins at `in.start` to the one that ends at `in.end`; those in which
// nothing was used, too.
struct usage_question {
  std::optional<std::string> metric;  // empty: all that were used
  domain::usage_granularity by = domain::usage_granularity::day;
  domain::billing_period in;
  std::optional<std::string> group_by{};  // a property, by whose values it is counted apart
};
struct window_row {
  timestamp start{}, end{};
  std::int64_t events = 0;
  std::optional<std::string> value;  // empty: max and latest of nothing
  bool estimated = false;            // of many different values
};
BOOST_DESCRIBE_STRUCT(window_row, (), (start, end, events, value, estimated))

struct metric_usage {
  std::string metric;
  std::optional<std::string> group;  // empty, too: those that do not have the property
  domain::meter_aggregation aggregation = domain::meter_aggregation::sum;
  std::vector<window_row> windows;
};
BOOST_DESCRIBE_STRUCT(metric_usage, (), (metric, group, aggregation, windows))

struct usage_view {
  domain::usage_granularity granularity = domain::usage_granularity::day;
  timestamp start{}, end{};
  std::vector<metric_usage> metrics;
};
BOOST_DESCRIBE_STRUCT(usage_view, (), (granularity, start, end, metrics))

// By what the property says, first by whether it is there at all; where nothing is counted apart,
// that is all. Then by metric.
using grouped_usage
  = std::map<std::optional<std::string>, std::map<std::string, domain::counted_usage>>;
inline constexpr std::int64_t grouped_windows_max = 100'000;  // of all groups

// Each of the last 28 days until today, beside the days before it.
struct trend_question {
  std::optional<std::string> metric;  // empty: all that were used
};
struct trend_row {
  timestamp start{};
  std::optional<std::string> value;
  std::optional<domain::usage_baseline> baseline;
  std::optional<domain::anomaly_kind> anomaly;
};
BOOST_DESCRIBE_STRUCT(trend_row, (), (start, value, baseline, anomaly))

struct metric_trend {
  std::string metric;
  domain::meter_aggregation aggregation = domain::meter_aggregation::sum;
  std::vector<trend_row> days;
};
BOOST_DESCRIBE_STRUCT(metric_trend, (), (metric, aggregation, days))

struct trends_view {
  std::vector<metric_trend> metrics;
};
BOOST_DESCRIBE_STRUCT(trends_view, (), (metrics))

// invalid_parameter: the metric has no meter.
result<trends_view> view_of_trends(const trend_question& asked, const domain::catalog& catalog,
                                   const domain::usage_account& in, timestamp now);
result<std::string> render_trends(const trend_question& asked, const domain::catalog& catalog,
                                  const domain::usage_account& in, timestamp now);

// Adds a batch. invalid_parameter: there are too many groups to be shown.
result<void> count(const domain::usage_recorded& what, const usage_question& asked,
                   grouped_usage& into);
// invalid_parameter: the metric has no meter.
result<usage_view> view_of_usage(const usage_question& asked, const domain::catalog& catalog,
                                 const grouped_usage& counted);
result<std::string> render_usage(const usage_question& asked, const domain::catalog& catalog,
                                 const grouped_usage& counted);
// From what the organization remembers.
result<std::string> render_usage(const usage_question& asked, const domain::catalog& catalog,
                                 const domain::usage_account& in);

// All of it in one look at the organization.
struct access_question {
  std::vector<domain::usage_check> checks;
};
// {"checks": [{"feature", "allowed", "reason", "limit", "used", "remaining"}]}
std::string render_checks(const std::vector<domain::checked_usage>& all);

std::string render_amendment(const std::string& id, const domain::usage_amendment& x);
struct amendment_question {
  std::string id;
};

// {"entitlements": {…}, "overrides": {…}}
std::string render_entitlements(const domain::organization& of, const domain::catalog& catalog,
                                timestamp now);

}  // namespace bursar::schemas
