// What Bursar bills by itself, as part of an organization: its events stand in the same chain, and
// its subscriptions decide the standing together with Stripe's.
#include "tests/support/billed_organization.hpp"

using namespace bursar;
using namespace bursar::domain;
using bursar::testing::at;

namespace {

plan_terms priced(std::string plan, std::int64_t amount, billing_cadence cadence = {}) {
  plan_terms out;
  out.plan_id = out.name = std::move(plan);
  out.currency = "usd";
  out.cadence = cadence;
  out.price.model = pricing_model::per_unit;
  out.price.unit_amount = amount;
  return out;
}

struct billed_organization : bursar::testing::billed_organization {
  void is_billed(std::string_view time, const billing_command& wanted) { is_told(time, wanted); }
  void starts(std::string_view time, std::string id, plan_terms terms, std::int64_t quantity = 1) {
    start_subscription start;
    start.id = std::move(id);
    start.terms = std::move(terms);
    start.quantity = quantity;
    is_billed(time, start);
  }
  void has_at_stripe(const std::string& id, const std::string& status, std::int64_t amount,
                     std::int64_t period_end) {
    stripe::subscription shown;
    shown.status = status;
    shown.currency = "usd";
    shown.current_period_end = period_end;
    stripe::subscription_item item;
    item.unit_amount = amount;
    item.interval = "month";
    shown.items.push_back(item);
    apply_stripe_event told;
    told.event.id = "evt_" + id + status;
    told.event.created = 1'760'000'000;
    told.event.type = "customer.subscription.created";
    told.event.seen = stripe::observation{id, shown, {}};
    is_told("2026-01-02T00:00:00Z", told);
  }
};

}  // namespace

TEST_CASE("a subscription that Bursar bills makes its organization's standing",
          "[domain][standing]") {
  billed_organization x;
  CHECK(access_of(x.state, {}).reason == "no_subscription");
  x.starts("2026-01-31T12:00:00Z", "sub_1", priced("professional", 4900), 3);
  CHECK(x.standing().subscription_status == "active");
  CHECK(x.standing().read);
  CHECK(x.standing().write);
  CHECK(x.standing().subscription_id == "sub_1");
  CHECK(x.standing().billing_tier == "professional");
  CHECK(x.standing().annual_amount == 4900 * 3 * 12);
  CHECK(x.standing().currency == "usd");
  CHECK(x.standing().next_billing_at == unix_seconds(at("2026-02-28T12:00:00Z")));

  x.is_billed("2026-02-10T12:00:00Z", cancel_subscription{"sub_1"});
  CHECK(x.standing().subscription_status == "active");
  CHECK_FALSE(x.standing().next_billing_at.has_value());
  x.is_billed("2026-03-01T00:00:00Z", advance_time{});
  CHECK(x.standing().subscription_status == "cancelled");
  CHECK(access_of(x.state, {}).reason == "subscription_cancelled");
  CHECK_FALSE(access_of(x.state, {}).write);
}

TEST_CASE("payments that fail take the right to write, and a payment gives it back",
          "[domain][standing]") {
  billed_organization x;
  x.is_billed("2026-01-01T00:00:00Z", put_payment_method{"pm_1"});
  x.starts("2026-01-01T00:00:00Z", "sub_1", priced("professional", 4900));
  for (const auto* day : {"2026-01-01T00:01:00Z", "2026-01-02T00:01:00Z"}) {
    x.is_billed(day, record_failed_payment{"in_1", "card_declined", false});
    CHECK(x.standing().subscription_status == "past_due");
    CHECK(x.standing().write);
  }
  x.is_billed("2026-01-04T00:01:00Z", record_failed_payment{"in_1", "card_declined", false});
  CHECK(x.standing().subscription_status == "suspended");
  CHECK(x.standing().read);
  CHECK_FALSE(x.standing().write);
  x.is_billed("2026-01-05T00:00:00Z", record_payment{"in_1", "pay_1", 4900});
  CHECK(x.standing().subscription_status == "active");
  CHECK(x.standing().write);
}

TEST_CASE("subscriptions of both kinds decide together", "[domain][standing]") {
  billed_organization x;
  auto renewal = unix_seconds(at("2026-01-20T00:00:00Z"));
  x.has_at_stripe("sub_stripe", "past_due", 1000, renewal);
  CHECK(x.standing().subscription_status == "past_due");
  x.starts("2026-01-10T00:00:00Z", "sub_native",
           priced("enterprise", 120'000, {billing_interval::month, 3}));
  CHECK(x.standing().subscription_status == "active");
  CHECK(x.standing().subscription_id == "sub_native");
  CHECK(x.standing().annual_amount == 1000 * 12 + 120'000 * 4);
  CHECK(x.standing().next_billing_at == renewal);
  cancel_subscription now{"sub_native", effective_at::now};
  x.is_billed("2026-01-11T00:00:00Z", now);
  CHECK(x.standing().subscription_status == "past_due");
  CHECK(x.standing().subscription_id == "sub_stripe");
  CHECK(x.standing().annual_amount == 1000 * 12);
}

TEST_CASE("a refused billing command changes nothing of the organization", "[domain][standing]") {
  billed_organization x;
  billing_command unknown = void_invoice{"in_none"};
  CHECK(x.refuses("2026-01-02T00:00:00Z", unknown) == errc::not_found);

  organization nobody;
  billing_context billing;
  auto none = decide(nobody, command{billing_command{advance_time{}}}, {{}, &x.sold, &billing});
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code() == errc::not_found);
}

TEST_CASE("the chain of an organization that is billed leads to its state again",
          "[domain][standing]") {
  billed_organization x;
  x.starts("2026-01-31T12:00:00Z", "sub_1", priced("professional", 4900), 2);
  x.is_billed("2026-02-10T00:00:00Z",
              change_subscription{"sub_1", priced("enterprise", 9900), 2, effective_at::now});
  x.is_billed("2026-06-01T00:00:00Z", advance_time{});
  organization again;
  for (const auto& e : x.chain) {
    again = evolve(std::move(again), e);
  }
  CHECK(again == x.state);
  CHECK(x.state.billing.invoices.size() == 6);
}
