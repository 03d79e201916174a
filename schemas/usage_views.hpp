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
  domain::meter_aggregation aggregation = domain::meter_aggregation::sum;
  std::vector<window_row> windows;
};
BOOST_DESCRIBE_STRUCT(metric_usage, (), (metric, aggregation, windows))

struct usage_view {
  domain::usage_granularity granularity = domain::usage_granularity::day;
  timestamp start{}, end{};
  std::vector<metric_usage> metrics;
};
BOOST_DESCRIBE_STRUCT(usage_view, (), (granularity, start, end, metrics))

// invalid_parameter: the metric has no meter.
result<usage_view> view_of_usage(const usage_question& asked, const domain::catalog& catalog,
                                 const std::map<std::string, domain::counted_usage>& counted);
result<std::string> render_usage(const usage_question& asked, const domain::catalog& catalog,
                                 const std::map<std::string, domain::counted_usage>& counted);
// From what the organization remembers.
result<std::string> render_usage(const usage_question& asked, const domain::catalog& catalog,
                                 const domain::usage_account& in);

// All of it in one look at the organization.
struct access_question {
  std::vector<domain::usage_check> checks;
};
// {"checks": [{"feature", "allowed", "reason", "limit", "used", "remaining"}]}
std::string render_checks(const std::vector<domain::checked_usage>& all);

// The usage that a stored event records. Empty: it is about something else. integrity_error.
result<std::optional<domain::usage_recorded>> usage_in(std::string_view json);

// {"entitlements": {…}, "overrides": {…}}
std::string render_entitlements(const domain::organization& of, const domain::catalog& catalog,
                                timestamp now);

}  // namespace bursar::schemas
