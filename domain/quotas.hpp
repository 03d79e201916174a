// What is used of a quota, in the period it is counted by. Internal to domain/.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "domain/organization.hpp"

namespace bursar::domain {

struct quota {
  std::string subscription_id;  // whose period it is; empty: a month
  billing_period period;
  std::int64_t limit = 0;
  std::int64_t noticed = 0;  // percent, the most that was told
  meter by;
  usage_aggregate used;
  total before;  // what the quantities came to before the period

  std::int64_t used_with(const usage_aggregate& x) const {
    return ceiling(value_of(x, by.aggregation, period, before));
  }
};

quota quota_of(const organization& state, const meter& by, std::int64_t limit, timestamp now);

// That 80 or 100 percent of it are reached, where nobody was told of it in the period.
std::optional<quota_reached> notice_of(const std::string& metric, const quota& x);

// Whether it has an invoice that is not a draft any more.
bool is_billed(const organization& state, const metered_period& of);

// What its plans and its overrides say together.
std::map<std::string, scalar> features_of(const organization& state, const catalog& in);
std::optional<std::int64_t> limit_of(const scalar& feature);  // empty: unlimited, or no number

}  // namespace bursar::domain
