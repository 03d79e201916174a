// What all organizations used, by month of UTC and by metric, from their events (product.md §5).
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "domain/bookings.hpp"
#include "domain/usage/usage_account.hpp"

namespace bursar::domain {

struct used_month {
  std::int64_t organizations = 0;  // that reported some, or whose level goes on
  std::int64_t events = 0;
  total value;             // of each organization as the meter counts it, added up
  bool estimated = false;  // of many different values
};
using usage_report = std::map<year_month, std::map<std::string, used_month>>;

class usage_report_builder {
 public:
  // Meters as they are now: they count the past anew.
  explicit usage_report_builder(const catalog& in) : catalog_{in} {}

  void see(const usage_recorded& happened);
  // All of one organization's events have been seen; months until this one.
  void end_organization(year_month until);
  usage_report finish() && { return std::move(out_); }

 private:
  const catalog& catalog_;
  std::map<std::string, counted_usage> of_one_;  // of the organization that is being seen
  usage_report out_;
};

}  // namespace bursar::domain
