// What of the catalog is sold, and that nothing published later changes it.
#include "domain/billing/sale.hpp"

#include "tests/support/billed_organization.hpp"

using namespace bursar;
using namespace bursar::domain;
using bursar::testing::at;

namespace {

plan native(std::string id, std::int64_t usd) {
  plan out;
  out.id = out.name = std::move(id);
  out.provider = billing_provider::native;
  out.prices.push_back({"usd", usd, billing_interval::month, 1, {}});
  return out;
}

struct shop : bursar::testing::billed_organization {
  shop() {
    publish(native("basic", 1000));
    auto premium = native("premium", 3000);
    premium.prices.push_back({"jpy", 4500, billing_interval::month, 1, {}});
    premium.trial_days = 14;
    publish(premium);
  }
  void publish(const plan& x) { sold = evolve(std::move(sold), plan_published{x}); }
  const subscription& runs() const {
    const auto* found = running_subscription(state.billing);
    REQUIRE(found != nullptr);
    return *found;
  }
};

subscribe to(std::string plan, std::optional<std::string> currency = {}) {
  subscribe out;
  out.subscription_id = "sub_1";
  out.plan_id = std::move(plan);
  out.currency = std::move(currency);
  return out;
}

}  // namespace

TEST_CASE("a plan becomes the terms of a subscription", "[domain][sale]") {
  shop x;
  x.state.timezone = "Europe/Berlin";
  auto wanted = to("premium", "jpy");
  wanted.quantity = 2;
  x.is_told("2026-03-01T00:00:00Z", wanted);
  CHECK(x.runs().terms.plan_id == "premium");
  CHECK(x.runs().terms.plan_version == 1);
  CHECK(x.runs().terms.currency == "jpy");
  CHECK(x.runs().terms.price.unit_amount == decimal{4500});
  CHECK(x.runs().quantity == 2);
  CHECK(x.runs().anchor.time_zone == "Europe/Berlin");
  CHECK(x.runs().status == subscription_status::trialing);  // the plan's fortnight
  CHECK(x.state.standing.billing_tier == "premium");
  CHECK(x.state.standing.annual_amount == 4500 * 2 * 12);
}

TEST_CASE("a version published later changes nothing that is sold", "[domain][sale]") {
  shop x;
  x.is_told("2026-03-01T00:00:00Z", to("basic"));
  x.publish(native("basic", 9900));
  change_plan seats;
  seats.quantity = 3;
  x.is_told("2026-03-11T00:00:00Z", seats);
  CHECK(x.runs().terms.price.unit_amount == decimal{1000});
  CHECK(x.runs().terms.plan_version == 1);
  x.is_told("2026-05-02T00:00:00Z", billing_command{advance_time{}});
  CHECK(x.state.billing.invoices.rbegin()->second.totals.total == 3000);
  // Who asks for the plan by its name gets what it is today.
  change_plan again;
  again.plan_id = "basic";
  x.is_told("2026-05-03T00:00:00Z", again);
  CHECK(x.runs().terms.price.unit_amount == decimal{9900});
  CHECK(x.runs().terms.plan_version == 2);
  CHECK(x.runs().quantity == 3);
}

TEST_CASE("what is not for sale is refused, and why", "[domain][sale]") {
  shop x;
  auto old = native("old", 500);
  old.active = false;
  x.publish(old);
  auto stripes = native("stripes", 500);
  stripes.provider = billing_provider::stripe;
  x.publish(stripes);
  auto custom = native("custom", 0);
  custom.prices.clear();
  x.publish(custom);
  const auto* day = "2026-03-01T00:00:00Z";
  CHECK(x.refuses(day, to("nothing")) == errc::not_found);
  CHECK(x.refuses(day, to("old")) == errc::unprocessable);
  CHECK(x.refuses(day, to("stripes")) == errc::unprocessable);
  CHECK(x.refuses(day, to("custom")) == errc::unprocessable);
  CHECK(x.refuses(day, to("premium")) == errc::unprocessable);  // in which currency?
  CHECK(x.refuses(day, to("basic", "eur")) == errc::unprocessable);
  CHECK(x.refuses(day, change_plan{"basic", {}}) == errc::not_found);  // nothing runs
  auto none = to("basic");
  none.quantity = 0;
  CHECK(x.refuses(day, none) == errc::unprocessable);
  x.state.currency = "usd";
  x.is_told(day, to("premium"));
}

TEST_CASE("one subscription runs at a time, and what has ended by now does not", "[domain][sale]") {
  shop x;
  auto fixed = to("basic");
  fixed.contract_end = at("2026-06-01T00:00:00Z");
  x.is_told("2026-03-01T00:00:00Z", fixed);
  auto second = to("basic");
  second.subscription_id = "sub_2";
  CHECK(x.refuses("2026-05-31T23:59:59Z", second) == errc::invalid_transition);
  CHECK(x.runs().id == "sub_1");
  // Nothing told the organization that its contract ended; the next wish finds it ended.
  x.is_told("2026-06-02T00:00:00Z", second);
  CHECK(x.runs().id == "sub_2");
  CHECK(x.state.billing.subscriptions.at("sub_1").status == subscription_status::expired);
}
