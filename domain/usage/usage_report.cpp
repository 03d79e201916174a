#include "domain/usage/usage_report.hpp"

#include <algorithm>

namespace bursar::domain {

void usage_report_builder::see(const usage_recorded& happened) {
  count(happened, usage_granularity::month, {timestamp::min(), timestamp_max}, of_one_);
}

// A level that stays is used in months of which nothing is reported, too.
void usage_report_builder::end_organization(year_month until) {
  static const usage_aggregate nothing;
  for (const auto& [metric, counted] : of_one_) {
    const auto& meter = catalog_.meters.at(metric);
    bool goes_on = meter.aggregation == meter_aggregation::weighted_sum;
    total before;
    auto next = counted.windows.begin();
    auto start = next->start;
    while (next != counted.windows.end() || (goes_on && month_of(start) <= until)) {
      bool is_reported = next != counted.windows.end() && next->start == start;
      billing_period window{start, end_of(start, usage_granularity::month)};
      const auto& x = is_reported ? next->value : nothing;
      if (auto value = value_of(x, meter.aggregation, window, before);
          is_reported || (goes_on && value != total{})) {
        auto& to = out_[month_of(start)][metric];
        ++to.organizations;
        to.events += x.events;
        to.value = to.value + value;
        to.estimated |= meter.aggregation == meter_aggregation::unique && is_estimated(x.distinct);
      }
      before = before + x.sum;
      next += is_reported ? 1 : 0;
      start = window.end;
    }
  }
  of_one_.clear();
}

}  // namespace bursar::domain
