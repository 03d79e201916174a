// Which events are alerts, and what they say to people.
#include "domain/alerts.hpp"

#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

timestamp at(const char* text) {
  return *parse_rfc3339(text);
}

void says(const event& happened, const alert& expected) {
  auto told = alert_of(happened);
  REQUIRE(told.has_value());
  CHECK(told->type == expected.type);
  CHECK(told->subject_id == expected.subject_id);
  CHECK(told->message == expected.message);
}

}  // namespace

TEST_CASE("a payment that failed at Stripe says how much and why", "[domain]") {
  says(payment_failed{"pi_1", "ch_1", 4900, "usd", "cus_1", "card_declined",
                      "Your card was declined."},
       {alert_type::payment_failed, "pi_1",
        "49.00 usd could not be collected: Your card was declined."});
  says(payment_failed{"pi_1", "ch_1", 500, "jpy", {}, "card_declined", {}},
       {alert_type::payment_failed, "pi_1", "500 jpy could not be collected: card_declined"});
  says(payment_failed{"pi_1", "ch_1", {}, {}, {}, {}, {}},
       {alert_type::payment_failed, "pi_1", "a payment could not be collected: no reason given"});
}

TEST_CASE("a charge that failed here says which attempt it was", "[domain]") {
  invoice_payment_failed failed{"in_1",
                                {2, at("2026-01-01T00:00:00Z"), at("2026-01-04T10:00:00Z"), false},
                                "insufficient_funds",
                                at("2026-01-02T00:00:00Z")};
  says(failed,
       {alert_type::payment_failed, "in_1", "attempt 2 to collect failed: insufficient_funds"});
  failed.collection.declined_for_good = true;
  failed.failure_code.reset();
  says(failed, {alert_type::payment_failed, "in_1",
                "attempt 2 to collect failed: no reason given; the card is declined for good"});
}

TEST_CASE("a dispute is told of under its charge", "[domain]") {
  says(dispute_opened{"dp_1", "ch_1", "eur", "fraudulent", 1200},
       {alert_type::payment_disputed, "ch_1", "12.00 eur is disputed, dp_1: fraudulent"});
}

TEST_CASE("a subscription that is suspended or ends is told of once", "[domain]") {
  subscription_updated changed{"sub_1", "unpaid", "past_due", {}, {}};
  says(changed, {alert_type::subscription_suspended, "sub_1",
                 "the subscription was past_due and is suspended"});
  changed.previous_status = "unpaid";  // of it something else changed
  CHECK_FALSE(alert_of(changed).has_value());
  changed.status = "active";
  CHECK_FALSE(alert_of(changed).has_value());

  says(subscription_ended{"sub_1", "canceled", 1},
       {alert_type::subscription_cancelled, "sub_1", "the subscription is cancelled"});
  subscription_status_changed here{"sub_2", subscription_status::cancelled, {}, "asked for"};
  says(here,
       {alert_type::subscription_cancelled, "sub_2", "the subscription is cancelled: asked for"});
  here.status = subscription_status::expired;
  here.reason.clear();
  says(here, {alert_type::subscription_cancelled, "sub_2", "the subscription expired"});
  here.status = subscription_status::suspended;
  says(here, {alert_type::subscription_suspended, "sub_2", "the subscription is suspended"});
  here.status = subscription_status::past_due;
  CHECK_FALSE(alert_of(here).has_value());
}

TEST_CASE("credits and usage that want to be looked at", "[domain]") {
  says(credit_balance_low{940, 1000},
       {alert_type::credit_balance_low, "", "940 credits are left, fewer than 1000"});
  quota_reached quota{"api_calls", "sub_1", 80, 1000, 812, {}};
  quota.period.end = at("2026-02-01T00:00:00Z");
  says(quota, {alert_type::quota_reached, "api_calls",
               "api_calls: 812 of 1000 are used: 80 % of the quota until 2026-02-01"});
  usage_anomaly_detected rise{"api_calls",
                              at("2026-01-11T00:00:00Z"),
                              anomaly_kind::rise,
                              total_of(decimal{30}),
                              {10, total_of(decimal{10}), {}}};
  says(rise, {alert_type::usage_anomaly, "api_calls",
              "api_calls: 30 on 2026-01-11, far above the days before, of which the mean is 10"});
  rise.kind = anomaly_kind::drop;
  CHECK(alert_of(rise)->message.find("far below") != std::string::npos);
}

TEST_CASE("a webhook that was given up on, and nothing else of the inbox", "[domain]") {
  auto told = alert_of(inbox_event{webhook_died{"evt_1", "no amount", {}}});
  CHECK(told == alert{alert_type::webhook_dead, "evt_1", "given up on: no amount"});
  CHECK_FALSE(alert_of(inbox_event{webhook_ignored{"evt_1", "x", "y", {}}}).has_value());
}

TEST_CASE("what is as it should be is no alert", "[domain]") {
  CHECK_FALSE(alert_of(payment_succeeded{"pi_1", 100, "usd", {}}).has_value());
  CHECK_FALSE(alert_of(dispute_closed{"dp_1", "won"}).has_value());
  CHECK_FALSE(alert_of(organization_created{}).has_value());
}
