// Coupons of subscriptions, and what was agreed that a period comes to at least and at most.
#include "domain/billing/explanation.hpp"
#include "domain/billing/sale.hpp"
#include "tests/support/billed_organization.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

using amounts = std::vector<std::int64_t>;

struct shop : bursar::testing::billed_organization {
  shop() {
    state.currency = "usd";
    sell("basic", 1000);
    sell("plus", 3000);
  }
  plan_price& sell(const std::string& id, std::int64_t amount,
                   billing_interval interval = billing_interval::month) {
    plan x;
    x.id = x.name = id;
    x.provider = billing_provider::native;
    x.prices.push_back({"usd", amount, interval, 1, {}});
    sold = evolve(std::move(sold), plan_published{x});
    return sold.plans.at(id).prices.front();
  }
  coupon& offer(coupon_duration duration, std::optional<std::int64_t> periods = {}) {
    coupon x;
    x.id = x.name = "c";
    x.percent_off = 20;
    x.duration = duration;
    x.periods = periods;
    return sold.coupons["c"] = x;
  }
  coupon& offer_amount(std::int64_t amount, coupon_duration duration) {
    auto& x = offer(duration);
    x.percent_off.reset();
    x.amount_off = amount;
    x.currency = "usd";
    return x;
  }
  void subscribes(const std::string& plan, std::int64_t quantity = 1) {
    subscribe out;
    out.subscription_id = "sub_1";
    out.plan_id = plan;
    out.quantity = quantity;
    if (sold.coupons.contains("c")) {
      out.coupon_id = "c";
    }
    is_told("2026-01-01T00:00:00Z", out);
  }
  void until(std::string_view time) { is_told(time, billing_command{advance_time{}}); }
  // Each invoice in the order in which they were made.
  std::vector<const native_invoice*> all() const {
    std::vector<const native_invoice*> out;
    for (int i = 1; i <= invoices; ++i) {
      out.push_back(&state.billing.invoices.at("in_" + std::to_string(i)));
    }
    return out;
  }
  amounts discounts() const {
    amounts out;
    for (const auto* invoice : all()) {
      CHECK(is_reproduced(explain(*invoice)));
      out.push_back(invoice->totals.discount);
    }
    return out;
  }
  amounts totals() const {
    amounts out;
    for (const auto* invoice : all()) {
      out.push_back(invoice->totals.total);
    }
    return out;
  }
};

change_plan change(std::string plan) {
  return {std::move(plan), {}};
}

}  // namespace

TEST_CASE("a coupon is for one period, for some, for all", "[domain][coupon]") {
  struct row {
    coupon_duration duration;
    std::optional<std::int64_t> periods;
    amounts expected;
  };
  for (const auto& x : {row{coupon_duration::once, {}, {-200, 0, 0, 0}},
                        row{coupon_duration::repeating, 3, {-200, -200, -200, 0}},
                        row{coupon_duration::forever, {}, {-200, -200, -200, -200}}}) {
    shop one;
    one.offer(x.duration, x.periods);
    one.subscribes("basic");
    one.until("2026-04-02T00:00:00Z");
    CHECK(one.discounts() == x.expected);
  }
}

TEST_CASE("a coupon that is changed or withdrawn later stays what it was", "[domain][coupon]") {
  shop one;
  one.offer(coupon_duration::forever);
  one.subscribes("basic");
  one.offer(coupon_duration::forever).percent_off = 90;
  one.sold.coupons.at("c").active = false;
  one.until("2026-02-02T00:00:00Z");
  CHECK(one.discounts() == amounts{-200, -200});
}

TEST_CASE("within a period that has a coupon a change has it, too", "[domain][coupon]") {
  shop one;
  one.offer(coupon_duration::once);
  one.subscribes("basic");
  one.is_told("2026-01-16T12:00:00Z", change("plus"));
  CHECK(one.all()[1]->lines[0].discounts.at(0).amount == 100);  // of 500 that are given back
  CHECK(one.all()[1]->lines[1].discounts.at(0).amount == -300);
  CHECK(one.all()[1]->totals.total == 1000 - 200);
  one.until("2026-02-02T00:00:00Z");
  CHECK(one.all()[2]->totals.total == 3000);
}

TEST_CASE("an amount off is had once in a period, whatever changes in it", "[domain][coupon]") {
  shop one;
  one.offer_amount(800, coupon_duration::forever);
  one.subscribes("basic");
  one.is_told("2026-01-16T12:00:00Z", change("plus"));
  CHECK(one.totals() == amounts{200, 1000});  // 400 of it came back, and is used again
  one.is_told("2026-01-24T06:00:00Z", change("basic"));
  std::int64_t off = 0;
  for (auto discount : one.discounts()) {
    off += discount;
  }
  CHECK(off >= -800);
  one.until("2026-02-02T00:00:00Z");
  CHECK(one.discounts().back() == -800);
}

TEST_CASE("a change and its reversal net to zero with a coupon", "[domain][coupon]") {
  for (bool percent : {true, false}) {
    shop one;
    percent ? one.offer(coupon_duration::once) : one.offer_amount(333, coupon_duration::once);
    one.subscribes("basic");
    one.is_told("2026-01-11T07:13:05Z", change("plus"));
    one.is_told("2026-01-11T07:13:05Z", change("basic"));
    auto totals = one.totals();
    CHECK(totals[1] + totals[2] == 0);
  }
}

TEST_CASE("a coupon begins after the trial, and is not for what costs nothing",
          "[domain][coupon]") {
  shop one;
  one.offer(coupon_duration::once);
  one.sold.plans.at("basic").trial_days = 14;
  one.sold.plans.at("basic").trial_end = trial_without_payment_method::bill;
  one.subscribes("basic");
  one.until("2026-01-16T00:00:00Z");
  CHECK(one.discounts() == amounts{-200});
}

TEST_CASE("coupons that are not for this are refused", "[domain][coupon]") {
  shop one;
  subscribe wanted;
  wanted.subscription_id = "sub_1";
  wanted.plan_id = "basic";
  wanted.coupon_id = "c";
  CHECK(one.refuses("2026-01-01T00:00:00Z", wanted) == errc::not_found);
  one.offer_amount(100, coupon_duration::once).currency = "eur";
  CHECK(one.refuses("2026-01-01T00:00:00Z", wanted) == errc::unprocessable);
  one.offer(coupon_duration::once).active = false;
  CHECK(one.refuses("2026-01-01T00:00:00Z", wanted) == errc::unprocessable);
}

TEST_CASE("only so many organizations redeem a coupon, each as often as it likes",
          "[domain][coupon]") {
  catalog state;
  coupon few;
  few.id = few.name = "few";
  few.percent_off = 5;
  few.max_redemptions = 2;
  state = evolve(std::move(state), coupon_published{few});
  auto redeem = [&](const char* who) {
    auto decided = decide(state, redeem_coupon{"few", who});
    for (const auto& e : decided ? *decided : std::vector<catalog_event>{}) {
      state = evolve(std::move(state), e);
    }
    return decided.has_value();
  };
  CHECK(redeem("org_a"));
  CHECK(redeem("org_b"));
  CHECK_FALSE(redeem("org_c"));
  CHECK(redeem("org_a"));
  CHECK(decide(state, redeem_coupon{"none", "org_a"}).error().code() == errc::not_found);
}

// -- what was agreed on ---

TEST_CASE("what a period came to less than agreed is billed at its end", "[domain][commitment]") {
  shop one;
  one.sell("basic", 1000).minimum = 2500;
  one.subscribes("basic");
  one.until("2026-02-02T00:00:00Z");
  const auto& renewed = *one.all()[1];
  REQUIRE(renewed.lines.size() == 2);
  CHECK(renewed.lines[0].kind == line_kind::minimum);
  CHECK(renewed.lines[0].amount == 1500);
  CHECK(renewed.lines[0].period.start == bursar::testing::at("2026-01-01T00:00:00Z"));
  CHECK(renewed.lines[1].amount == 1000);
  CHECK(is_reproduced(explain(renewed)));
}

// peers.md §2: C = 1000.00 for 16 of 31 days is 516.13, of which 300.00 were billed.
TEST_CASE("a minimum is for as much of the period as was billed", "[domain][commitment]") {
  shop one;
  auto& price = one.sell("basic", 58'125);  // 300.00 for 16 of 31 days
  price.minimum = 100'000;
  one.subscribes("basic");
  one.is_told("2026-01-17T00:00:00Z", cancel_subscription{"", effective_at::now, true});
  const auto& last = *one.all()[2];
  CHECK(one.all()[1]->lines[0].amount == -28'125);
  CHECK(last.lines[0].basis.counted == 30'000);
  CHECK(last.lines[0].amount == 51'613 - 30'000);
  CHECK(one.state.standing.subscription_status == "cancelled");
}

TEST_CASE("each part of a period owes the minimum that was agreed for it", "[domain][commitment]") {
  shop one;
  one.sell("basic", 1000).minimum = 31'000;
  one.sell("plus", 3000);
  one.subscribes("basic");
  SECTION("leaving for a plan without one on the last day does not undo the others") {
    one.is_told("2026-01-31T00:00:00Z", change("plus"));
    one.until("2026-02-02T00:00:00Z");
    const auto& lines = one.all()[2]->lines;
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].kind == line_kind::minimum);
    CHECK(lines[0].amount == 30'000 - 968);  // 30 of 31 days, of which 968 were billed
  }
  SECTION("and what is agreed late is not owed for what was before") {
    one.sell("late", 31'000).minimum = 31'000;
    one.is_told("2026-01-01T00:00:00Z", change("plus"));
    one.is_told("2026-01-16T12:00:00Z", change("late"));
    one.until("2026-02-02T00:00:00Z");
    CHECK(one.all().back()->lines.size() == 1);
  }
}

TEST_CASE("what was credited or forgiven is not asked for as a minimum", "[domain][commitment]") {
  shop one;
  one.sell("basic", 1000).minimum = 900;
  one.subscribes("basic");
  SECTION("credited") {
    one.is_told("2026-01-05T00:00:00Z", issue_credit_note{"in_1", "cn_1", {{0, 500}}, {}, {}});
  }
  SECTION("voided") {
    one.is_told("2026-01-05T00:00:00Z", void_invoice{"in_1"});
  }
  one.until("2026-02-02T00:00:00Z");
  CHECK(one.all()[1]->lines.size() == 1);
}

namespace {

// Of 3100 agreed by the month a third was used when it went over to the year.
shop left_for_the_year() {
  shop one;
  one.sell("basic", 1000).minimum = 3100;
  one.sell("year", 50'000, billing_interval::year);
  one.subscribes("basic");
  one.is_told("2026-01-11T00:00:00Z", change("year"));
  return one;
}

}  // namespace

TEST_CASE("a minimum of a period that goes on after all is taken back", "[domain][commitment]") {
  auto one = left_for_the_year();
  one.is_told("2026-01-11T00:00:00Z", change("basic"));
  CHECK(one.totals()[1] + one.totals()[2] == 0);
  one.until("2026-02-02T00:00:00Z");
  CHECK(one.all()[3]->lines[0].amount == 2100);
}

TEST_CASE("a coupon of some periods is not had again by leaving and coming back",
          "[domain][coupon]") {
  shop one;
  one.offer(coupon_duration::once);
  one.subscribes("basic");
  one.is_told("2026-01-05T00:00:00Z", cancel_subscription{"", effective_at::now});
  subscribe again;
  again.subscription_id = "sub_2";
  again.plan_id = "basic";
  again.coupon_id = "c";
  CHECK(one.refuses("2026-01-06T00:00:00Z", again) == errc::unprocessable);
}

TEST_CASE("who reached the minimum owes nothing more", "[domain][commitment]") {
  shop one;
  one.sell("basic", 1000).minimum = 2500;
  one.subscribes("basic", 3);
  one.until("2026-02-02T00:00:00Z");
  CHECK(one.totals() == amounts{3000, 3000});
}

TEST_CASE("a pause does not end what was agreed", "[domain][commitment]") {
  shop one;
  one.sell("basic", 1000).minimum = 2500;
  one.subscribes("basic");
  one.is_told("2026-01-10T00:00:00Z", pause_subscription{});
  one.is_told("2026-03-01T00:00:00Z", resume_subscription{});
  CHECK(one.all()[1]->lines[0].kind == line_kind::minimum);
  CHECK(one.all()[1]->lines[0].amount == 1500);
}

TEST_CASE("who leaves for another cadence owes its share of the minimum", "[domain][commitment]") {
  auto one = left_for_the_year();
  const auto& changed = *one.all()[1];
  REQUIRE(changed.lines.size() == 3);
  CHECK(changed.lines[0].amount == -677);
  CHECK(changed.lines[1].kind == line_kind::minimum);
  CHECK(changed.lines[1].amount == 1000 - 323);  // 10 of 31 days
  CHECK(changed.lines[2].amount == 50'000);
}

// peers.md §2: a cap of 100 and 130 of fees are 130 and a discount of 30.
TEST_CASE("what exceeds the agreed maximum is a discount", "[domain][commitment]") {
  shop one;
  one.sell("seats", 1000).maximum = 10'000;
  one.subscribes("seats", 13);
  CHECK(one.all()[0]->lines[0].amount == 13'000);
  CHECK(one.all()[0]->lines[0].discounts.at(0).amount == -3000);
  CHECK_FALSE(one.all()[0]->lines[0].discounts.at(0).coupon_id.has_value());
  CHECK(one.totals() == amounts{10'000});
  // A change within the period gives back what was billed, not what it would have been.
  change_plan fewer;
  fewer.quantity = 5;
  one.is_told("2026-01-16T12:00:00Z", fewer);
  CHECK(total_of(one.all()[1]->lines[0]) == -5000);
  CHECK(total_of(one.all()[1]->lines[1]) == 2500);
  CHECK(is_reproduced(explain(*one.all()[1])));
}

TEST_CASE("a coupon is of what the maximum left", "[domain][commitment]") {
  shop one;
  one.offer(coupon_duration::once);
  one.sell("seats", 1000).maximum = 10'000;
  one.subscribes("seats", 13);
  CHECK(one.totals() == amounts{8000});
}
