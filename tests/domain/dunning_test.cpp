// Failed payments: when they are tried again, and what that means for the subscription.
#include "domain/billing/dunning.hpp"

#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::domain;
using enum subscription_status;

namespace {

timestamp day(int n) {
  return parse_rfc3339("2026-01-31T09:00:00Z").value() + std::chrono::days{n};
}

}  // namespace

TEST_CASE("a payment is tried again after 1, 3, 5 and 7 days, and the third failure suspends",
          "[domain][dunning]") {
  dunning_policy policy;
  auto step = after_failure({}, policy, day(0), false);
  CHECK(step.status == past_due);
  CHECK(step.next.next_attempt_at == day(1));
  step = after_failure(step.next, policy, day(1), false);
  CHECK(step.status == past_due);
  CHECK(step.next.next_attempt_at == day(3));
  step = after_failure(step.next, policy, day(3), false);
  CHECK(step.status == suspended);
  CHECK(step.next.next_attempt_at == day(5));
  step = after_failure(step.next, policy, day(5), false);
  CHECK(step.next.next_attempt_at == day(7));
  step = after_failure(step.next, policy, day(7), false);
  CHECK(step.status == suspended);
  CHECK_FALSE(step.next.next_attempt_at.has_value());
}

TEST_CASE("after the last attempt the plan says whether it is over", "[domain][dunning]") {
  dunning_policy policy;
  policy.retry_days = {2};
  policy.at_end = dunning_end::cancel;
  auto step = after_failure({}, policy, day(0), false);
  CHECK(step.status == past_due);
  CHECK(after_failure(step.next, policy, day(2), false).status == cancelled);
  policy.retry_days.clear();
  CHECK(after_failure({}, policy, day(0), false).status == cancelled);
}

TEST_CASE("suspended at once, if the plan has no patience", "[domain][dunning]") {
  dunning_policy policy;
  policy.suspend_after = 1;
  auto step = after_failure({}, policy, day(0), false);
  CHECK(step.status == suspended);
  CHECK(step.next.next_attempt_at == day(1));
}

TEST_CASE("what was declined for good is not tried again, until there is something new",
          "[domain][dunning]") {
  dunning_policy policy;
  auto step = after_failure({}, policy, day(0), true);
  CHECK(step.status == suspended);
  CHECK_FALSE(step.next.next_attempt_at.has_value());
  auto renewed = step.next;
  renewed.declined_for_good = false;  // as a new payment method does
  auto again = after_failure(renewed, policy, day(2), false);
  CHECK(again.next.next_attempt_at == day(3));
}

TEST_CASE("attempts that come late skip those that are over", "[domain][dunning]") {
  dunning_policy policy;
  auto step = after_failure({}, policy, day(0), false);
  step = after_failure(step.next, policy, day(6), false);
  CHECK(step.next.next_attempt_at == day(7));
  step = after_failure(step.next, policy, day(30), false);
  CHECK_FALSE(step.next.next_attempt_at.has_value());
}
