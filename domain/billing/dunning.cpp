#include "domain/billing/dunning.hpp"

#include <algorithm>

namespace bursar::domain {
namespace {

// The first of the policy's days that is still to come.
std::optional<timestamp> next_attempt(const dunning_policy& policy, timestamp first,
                                      timestamp now) {
  auto found = std::find_if(policy.retry_days.begin(), policy.retry_days.end(),
                            [&](auto days) { return first + std::chrono::days{days} > now; });
  return found == policy.retry_days.end()
           ? std::nullopt
           : std::optional{timestamp{first + std::chrono::days{*found}}};
}

}  // namespace

dunning_step after_failure(const dunning& before, const dunning_policy& policy, timestamp now,
                           bool for_good) {
  dunning_step out{before, subscription_status::past_due};
  auto& next = out.next;
  ++next.failed_attempts;
  next.first_failed_at = before.first_failed_at.value_or(now);
  next.declined_for_good = before.declined_for_good || for_good;
  next.next_attempt_at = next_attempt(policy, *next.first_failed_at, now);
  bool in_vain = next.declined_for_good || !next.next_attempt_at;
  if (next.declined_for_good && next.next_attempt_at) {
    // Nothing is tried, but whoever is to be cancelled has as long to come with something else.
    auto last = *next.first_failed_at + std::chrono::days{policy.retry_days.back()};
    next.next_attempt_at
      = policy.at_end == dunning_end::cancel ? std::optional{last} : std::nullopt;
  }
  if (next.failed_attempts >= policy.suspend_after || in_vain) {
    out.status = subscription_status::suspended;
  }
  if (!next.next_attempt_at && policy.at_end == dunning_end::cancel) {
    out.status = subscription_status::cancelled;
  }
  return out;
}

}  // namespace bursar::domain
