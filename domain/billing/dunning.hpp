// What follows when a payment fails: when it is tried again, and what becomes of the subscription
// meanwhile. Days are counted from the first failure, so that a late attempt delays no other.
#pragma once

#include <cstdint>
#include <optional>

#include <boost/describe.hpp>

#include "domain/billing/subscription.hpp"

namespace bursar::domain {

struct dunning {
  std::int64_t failed_attempts = 0;
  std::optional<timestamp> first_failed_at;
  std::optional<timestamp> next_attempt_at;  // empty: nothing is tried until somebody acts
  bool declined_for_good = false;            // the issuer said that no retry will work
  friend bool operator==(const dunning&, const dunning&) = default;
};
BOOST_DESCRIBE_STRUCT(dunning, (),
                      (failed_attempts, first_failed_at, next_attempt_at, declined_for_good))

struct dunning_step {
  dunning next;
  subscription_status status = subscription_status::past_due;  // what the subscription becomes
};

// One more attempt failed. `for_good`: as the issuer says (a stolen card, a closed account).
dunning_step after_failure(const dunning& before, const dunning_policy& policy, timestamp now,
                           bool for_good);

}  // namespace bursar::domain
