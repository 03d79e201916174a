// Whether an organization may use something now, as its access, what it is entitled to and its
// quotas say together (product.md §1, §5). Records nothing. Pure.
#pragma once

#include <string>
#include <vector>

#include "domain/organization.hpp"

namespace bursar::domain {

struct usage_check {
  std::string feature;
  // Of a metric how much more of it; of a number that nothing meters how many in all.
  decimal quantity{1};
};

struct checked_usage {
  std::string feature;
  bool allowed = false;
  // Empty: it is allowed. What access_of says, where that does not let it write; else
  // feature_not_included, quota_exceeded (of a hard quota: a soft one lets it pass) or
  // limit_exceeded (of a number that nothing meters).
  std::optional<std::string> reason;
  std::optional<std::int64_t> limit, used, remaining;  // as its entitlement has them
};

// Each by itself, in their order: none counts for the next.
std::vector<checked_usage> check_usage(const organization& state,
                                       const std::vector<usage_check>& all, const catalog& catalog,
                                       timestamp now);

}  // namespace bursar::domain
