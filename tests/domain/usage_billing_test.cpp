// What was used, on invoices: once a period is over, on the terms of then, and once only.
#include <algorithm>

#include "domain/billing/explanation.hpp"
#include "tests/support/billed_organization.hpp"
#include "tests/support/random_source.hpp"

using namespace bursar;
using namespace bursar::domain;
using bursar::testing::at;
using bursar::testing::billed_organization;

namespace {

charge_model by_tiers(std::int64_t included, std::int64_t beyond) {
  charge_model out;
  out.model = pricing_model::graduated;
  out.tiers = {{decimal{included}, 0, 0}, {{}, beyond, 0}};
  return out;
}

charge_model by_unit(std::int64_t amount) {
  charge_model out;
  out.model = pricing_model::per_unit;
  out.unit_amount = amount;
  return out;
}

charge_model by_percent(const char* percent, std::int64_t each, std::int64_t free_count) {
  charge_model out;
  out.model = pricing_model::percentage;
  out.percent = parse_decimal(percent).value();
  out.unit_amount = each;
  out.free_count = free_count;
  return out;
}

struct metered_organization : billed_organization {
  plan_terms terms;
  int reported = 0;
  usage_outcome outcome;

  metered_organization() {
    terms.plan_id = "pro";
    terms.name = "Pro";
    terms.currency = "usd";
    terms.cadence = {billing_interval::month, 1};
    terms.price = by_unit(1000);
    terms.usage = {{"api_calls", by_tiers(100, 5)}};
  }
  void subscribes(std::string_view time = "2026-01-01T00:00:00Z") {
    start_subscription c;
    c.id = "sub_1";
    c.terms = terms;
    is_told(time, billing_command{c});
  }
  void measures(const std::string& id, meter_aggregation how) {
    meter x;
    x.id = x.name = id;
    x.aggregation = how;
    sold.meters[id] = x;
  }
  void changes_to(std::string_view time, const plan_terms& wanted) {
    change_subscription c;
    c.subscription_id = "sub_1";
    c.terms = wanted;
    is_told(time, billing_command{c});
  }
  void cancels(std::string_view time) {
    is_told(time, billing_command{cancel_subscription{"sub_1", effective_at::now, false}});
  }
  void passes(std::string_view time) { is_told(time, billing_command{advance_time{}}); }
  // It is recorded at `time`, and was used then, or when it says.
  errc uses(std::string_view time, const char* quantity, std::string_view when = {},
            const std::string& metric = "api_calls") {
    record_usage::item item;
    item.event.id = "use_" + std::to_string(++reported);
    item.event.metric = metric;
    item.event.quantity = parse_decimal(quantity).value();
    item.event.at = at(when.empty() ? time : when);
    decision_context context{at(time), &sold};
    context.usage = &outcome;
    auto decided = decide(state, usage_command{record_usage{{item}}}, context);
    if (!decided) {
      return decided.error().code();
    }
    for (auto& e : *decided) {
      state = evolve(std::move(state), e);
      chain.push_back(std::move(e));
    }
    return errc::none;
  }
  const native_invoice& invoice(int number) const {
    return state.billing.invoices.at("in_" + std::to_string(number));
  }
  std::vector<line_item> usage_of(int number) const {
    std::vector<line_item> out;
    for (const auto& line : invoice(number).lines) {
      if (line.kind == line_kind::usage) {
        out.push_back(line);
      }
    }
    return out;
  }
  std::vector<credit_note> notes() const {
    std::vector<credit_note> out;
    for (const auto& [id, x] : state.billing.invoices) {
      out.insert(out.end(), x.credit_notes.begin(), x.credit_notes.end());
    }
    return out;
  }
  // All lines of usage, less what was credited of them.
  std::int64_t billed_usage() const {
    std::int64_t out = 0;
    for (const auto& [id, x] : state.billing.invoices) {
      for (std::size_t i = 0; i < x.lines.size(); ++i) {
        out += x.lines[i].kind == line_kind::usage ? rest_of(x, i).amount : 0;
      }
    }
    return out;
  }
  void check_journal() const {
    organization again;
    for (const auto& e : chain) {
      if (const auto* made = std::get_if<invoice_created>(&e)) {
        for (const auto& line : made->invoice.lines) {
          CHECK(is_recounted(line, again.usage).value_or(true));
        }
      }
      if (const auto* revised = std::get_if<invoice_revised>(&e)) {
        const auto& before = again.billing.invoices.at(revised->invoice_id).lines;
        for (std::size_t i = 0; i < revised->lines.size(); ++i) {
          const auto& line = revised->lines[i];
          bool stays
            = i < before.size() && before[i].basis == line.basis && before[i].usage == line.usage;
          CHECK((stays || is_recounted(line, again.usage).value_or(true)));
        }
      }
      again = evolve(std::move(again), e);
    }
    CHECK(again == state);
    for (const auto& [id, x] : state.billing.invoices) {
      CHECK(is_reproduced(explain(x)));
    }
  }
};

}  // namespace

TEST_CASE("usage is billed once its period is over", "[domain][usage_billing]") {
  metered_organization one;
  one.subscribes();
  CHECK(one.usage_of(1).empty());
  one.uses("2026-01-10T00:00:00Z", "80");
  one.uses("2026-01-31T23:59:59Z", "70");
  one.uses("2026-02-01T00:00:00Z", "9");  // before its renewal is noticed, but of February
  one.passes("2026-02-01T00:01:00Z");
  REQUIRE(one.usage_of(2).size() == 1);
  auto line = one.usage_of(2)[0];
  CHECK((line.amount == 250 && line.basis.units == decimal{150}));
  CHECK((line.usage->events == 2 && !line.usage->billed));
  CHECK(line.period == billing_period{at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z")});
  CHECK(one.invoice(2).totals.total == 1250);
  one.uses("2026-02-20T00:00:00Z", "101");
  one.passes("2026-03-01T00:00:00Z");
  CHECK((one.usage_of(3).size() == 1 && one.usage_of(3)[0].amount == 50));
  one.passes("2026-04-01T00:00:00Z");
  CHECK(one.usage_of(4).empty());  // nothing was used
  one.check_journal();
}

TEST_CASE("usage that comes late is billed by the next invoice", "[domain][usage_billing]") {
  metered_organization one;
  one.subscribes();
  SECTION("of a period of which something is billed") {
    one.uses("2026-01-10T00:00:00Z", "150");
    one.passes("2026-02-01T00:00:00Z");
    CHECK(one.uses("2026-02-03T00:00:00Z", "20", "2026-01-31T23:00:00Z") == errc::none);
    one.passes("2026-03-01T00:00:00Z");
    REQUIRE(one.usage_of(3).size() == 1);
    auto line = one.usage_of(3)[0];
    CHECK((line.amount == 100 && line.basis.units == decimal{170} && line.basis.counted == 250));
    CHECK(line.usage->billed == decimal{150});
    CHECK(line.period.end == at("2026-02-01T00:00:00Z"));
    one.passes("2026-04-01T00:00:00Z");
    CHECK(one.usage_of(4).empty());
  }
  SECTION("of a period of which nothing was known") {
    one.passes("2026-02-01T00:00:00Z");
    one.uses("2026-02-03T00:00:00Z", "120", "2026-01-31T23:00:00Z");
    one.passes("2026-03-01T00:00:00Z");
    REQUIRE(one.usage_of(3).size() == 1);
    CHECK(one.usage_of(3)[0].amount == 100);
  }
  SECTION("as late as it may come, whatever came since") {
    one.uses("2026-01-20T00:00:00Z", "100");
    one.passes("2026-03-01T00:00:00Z");
    one.uses("2026-03-06T22:00:00Z", "7", "2026-01-31T23:00:00Z");
    one.uses("2026-03-30T00:00:00Z", "1");
    one.passes("2026-04-01T00:00:00Z");
    REQUIRE(one.usage_of(4).size() == 2);  // and one that costs nothing
    CHECK(one.usage_of(4)[0].amount == 35);
    one.passes("2026-06-01T00:00:00Z");
    CHECK(one.state.billing.subscriptions.at("sub_1").metered.size() <= 4);
  }
  SECTION("and is refused where its meter says so, but for drafts") {
    one.sold.meters.at("api_calls").late_usage = late_usage_policy::reject;
    one.uses("2026-01-10T00:00:00Z", "150");
    one.passes("2026-02-01T00:00:00Z");
    CHECK(one.uses("2026-02-01T00:01:00Z", "1", "2026-01-31T23:00:00Z") == errc::unprocessable);
    CHECK(one.uses("2026-02-01T00:01:00Z", "1") == errc::none);
  }
  SECTION("or the period is billed anew") {
    one.sold.meters.at("api_calls").late_usage = late_usage_policy::reissue;
    one.uses("2026-01-10T00:00:00Z", "150");
    one.passes("2026-02-01T00:00:00Z");
    one.uses("2026-02-03T00:00:00Z", "20", "2026-01-31T23:00:00Z");
    one.passes("2026-03-01T00:00:00Z");
    CHECK(one.usage_of(3).empty());
    REQUIRE(one.notes().size() == 1);
    CHECK((one.notes()[0].invoice_id == "in_2" && one.notes()[0].total == 250));
    CHECK(one.billed_usage() == 350);
    one.passes("2026-04-01T00:00:00Z");
    CHECK((one.notes().size() == 1 && one.billed_usage() == 350));
  }
  SECTION("but what was forgiven is not billed anew") {
    one.sold.meters.at("api_calls").late_usage = late_usage_policy::reissue;
    one.uses("2026-01-10T00:00:00Z", "150");
    one.passes("2026-02-01T00:00:00Z");
    bool voided = GENERATE(true, false);
    if (voided) {
      one.is_told("2026-02-02T00:00:00Z", billing_command{void_invoice{"in_2"}});
    } else {
      one.is_told("2026-02-02T00:00:00Z",
                  billing_command{issue_credit_note{"in_2", "cn_1", {{0, 100}}, {}, {}}});
    }
    one.uses("2026-02-03T00:00:00Z", "20", "2026-01-31T23:00:00Z");
    one.passes("2026-03-01T00:00:00Z");
    REQUIRE(one.usage_of(3).size() == 1);
    CHECK(one.usage_of(3).front().amount == 100);
    CHECK(one.notes().size() == (voided ? 0 : 1));
  }
  one.check_journal();
}

TEST_CASE("a draft has what came while it was one", "[domain][usage_billing]") {
  metered_organization one;
  one.draft_for = std::chrono::hours{2};
  one.terms.product_class = "saas";
  one.subscribes();
  one.uses("2026-01-10T00:00:00Z", "150");
  one.passes("2026-02-01T00:00:00Z");
  CHECK((one.invoice(2).status == invoice_status::draft && one.usage_of(2)[0].amount == 250));
  one.uses("2026-02-01T01:00:00Z", "20", "2026-01-31T23:00:00Z");
  one.passes("2026-02-01T02:00:00Z");
  CHECK(one.invoice(2).status != invoice_status::draft);
  REQUIRE(one.usage_of(2).size() == 1);
  CHECK((one.usage_of(2)[0].amount == 350 && one.invoice(2).totals.total == 1350));
  one.uses("2026-02-01T03:00:00Z", "2", "2026-01-31T23:00:00Z");  // that is late
  one.passes("2026-03-01T03:00:00Z");
  REQUIRE(one.usage_of(3).size() == 1);
  CHECK((one.usage_of(3)[0].amount == 10 && one.billed_usage() == 360));
  one.uses("2026-03-20T00:00:00Z", "1");
  one.passes("2026-04-01T00:00:00Z");
  CHECK(one.usage_of(4).size() == 1);
  CHECK(one.billed_usage() == 360);
  organization again;
  for (const auto& e : one.chain) {
    again = evolve(std::move(again), e);
  }
  CHECK(again == one.state);
}

TEST_CASE("other prices of usage begin a part of their own", "[domain][usage_billing]") {
  metered_organization one;
  one.subscribes();
  one.uses("2026-01-10T00:00:00Z", "150");
  auto other = one.terms;
  other.plan_id = "max";
  other.price = by_unit(2000);
  other.usage = {{"api_calls", by_tiers(10, 2)}};
  one.changes_to("2026-01-16T12:00:00Z", other);
  REQUIRE(one.usage_of(2).size() == 1);
  CHECK((one.usage_of(2)[0].amount == 250 && one.usage_of(2)[0].plan_id == "pro"));
  CHECK(one.usage_of(2)[0].period.end == at("2026-01-16T12:00:00Z"));
  one.uses("2026-01-20T00:00:00Z", "30");
  one.uses("2026-01-20T00:00:00Z", "4", "2026-01-16T11:00:00Z");  // of the first
  one.passes("2026-02-01T00:00:00Z");
  REQUIRE(one.usage_of(3).size() == 2);
  CHECK((one.usage_of(3)[0].amount == 20 && one.usage_of(3)[0].basis.counted == 250));
  CHECK((one.usage_of(3)[1].amount == 40 && one.usage_of(3)[1].plan_id == "max"));
  CHECK(one.billed_usage() == 250 + 20 + 40);
  one.check_journal();
}

TEST_CASE("a level costs the part of a period for which it stood", "[domain][usage_billing]") {
  metered_organization one;
  one.measures("seats", meter_aggregation::max);
  one.measures("disk", meter_aggregation::weighted_sum);
  one.terms.usage = {{"seats", by_unit(3100)}, {"disk", by_unit(310)}};
  one.subscribes();
  one.uses("2026-01-01T00:00:00Z", "2", {}, "seats");
  one.uses("2026-01-01T00:00:00Z", "10", {}, "disk");
  auto other = one.terms;
  other.usage = {{"seats", by_unit(6200)}, {"disk", by_unit(310)}};
  one.changes_to("2026-01-11T00:00:00Z", other);
  REQUIRE(one.usage_of(2).size() == 2);
  CHECK(one.usage_of(2)[0].amount == 1000);  // 10 × 3.10 × 10/31
  CHECK(one.usage_of(2)[1].amount == 2000);  // 2 × 31.00 × 10/31
  one.uses("2026-01-21T12:00:00Z", "-5", {}, "disk");
  one.uses("2026-01-22T12:00:00Z", "1", {}, "seats");
  one.passes("2026-02-01T00:00:00Z");
  REQUIRE(one.usage_of(3).size() == 2);
  CHECK(one.usage_of(3)[0].basis.units == decimal{75, 1});  // half of it 10, then 5
  CHECK(one.usage_of(3)[0].amount == 1575);
  CHECK(one.usage_of(3)[1].amount == 4200);
  one.check_journal();
}

TEST_CASE("whoever leaves is billed what it used", "[domain][usage_billing]") {
  metered_organization one;
  SECTION("at once, and what comes late when no more can come") {
    one.subscribes();
    one.uses("2026-01-10T00:00:00Z", "150");
    one.cancels("2026-01-15T00:00:00Z");
    REQUIRE(one.usage_of(2).size() == 1);
    CHECK(one.invoice(2).totals.total == 250);
    one.uses("2026-01-15T00:10:00Z", "3", "2026-01-14T23:59:00Z");
    one.uses("2026-01-15T00:10:00Z", "3", "2026-01-15T00:05:00Z");  // after it left
    one.passes("2026-02-18T00:00:00Z");
    CHECK(one.state.billing.invoices.size() == 2);
    one.passes("2026-02-19T00:00:00Z");
    REQUIRE(one.state.billing.invoices.size() == 3);
    CHECK(one.invoice(3).totals.total == 15);
    CHECK(one.state.billing.subscriptions.at("sub_1").metered.empty());
    CHECK_FALSE(next_due(one.state.billing.subscriptions.at("sub_1")));
  }
  SECTION("and gets no invoice of nothing") {
    one.subscribes();
    one.uses("2026-01-10T00:00:00Z", "50");
    one.cancels("2026-01-15T00:00:00Z");
    one.passes("2026-03-01T00:00:00Z");
    CHECK(one.state.billing.invoices.size() == 1);
  }
  SECTION("not what it used of a trial") {
    start_subscription c;
    c.id = "sub_1";
    c.terms = one.terms;
    c.terms.trial_end = trial_without_payment_method::bill;
    c.trial_days = 10;
    one.is_told("2026-01-01T00:00:00Z", billing_command{c});
    one.uses("2026-01-10T00:00:00Z", "150");
    one.passes("2026-01-11T00:00:00Z");
    CHECK(one.usage_of(1).empty());
    one.uses("2026-01-12T00:00:00Z", "102");
    one.passes("2026-02-11T00:00:00Z");
    REQUIRE(one.usage_of(2).size() == 1);
    CHECK(one.usage_of(2)[0].amount == 10);
  }
  SECTION("nor what it used while it was paused") {
    one.subscribes();
    one.uses("2026-01-10T00:00:00Z", "101");
    one.is_told("2026-01-15T00:00:00Z", billing_command{pause_subscription{"sub_1"}});
    one.uses("2026-01-16T00:00:00Z", "50");
    one.uses("2026-01-16T00:00:00Z", "1", "2026-01-14T00:00:00Z");
    one.is_told("2026-03-15T00:00:00Z", billing_command{resume_subscription{"sub_1"}});
    REQUIRE(one.usage_of(2).size() == 1);
    CHECK(one.usage_of(2)[0].amount == 10);
  }
  one.check_journal();
}

TEST_CASE("agreed minimum and maximum are of the price and its usage", "[domain][usage_billing]") {
  metered_organization one;
  one.terms.usage->emplace("messages", by_unit(1));
  one.terms.minimum = 1500;
  one.terms.maximum = 2000;
  one.subscribes();
  SECTION("less") {
    one.uses("2026-01-10T00:00:00Z", "150");
    one.passes("2026-02-01T00:00:00Z");
    CHECK(one.invoice(2).totals.total == 250 + 250 + 1000);
  }
  SECTION("enough") {
    one.uses("2026-01-10T00:00:00Z", "200");
    one.passes("2026-02-01T00:00:00Z");
    CHECK(one.invoice(2).totals.total == 500 + 1000);
  }
  SECTION("more, and late") {
    one.uses("2026-01-10T00:00:00Z", "260");
    one.uses("2026-01-10T00:00:00Z", "700", {}, "messages");
    one.passes("2026-02-01T00:00:00Z");
    CHECK(one.invoice(2).totals.subtotal == 800 + 700 + 1000);
    CHECK(one.invoice(2).totals.total == 800 + 200 + 1000);
    one.uses("2026-02-02T00:00:00Z", "10", "2026-01-10T00:00:00Z", "messages");
    one.passes("2026-03-01T00:00:00Z");
    REQUIRE(one.usage_of(3).size() == 1);
    CHECK((one.usage_of(3)[0].amount == 10 && discount_of(one.usage_of(3)[0]) == -10));
  }
  one.check_journal();
}

TEST_CASE("a minimum counts what comes late", "[domain][usage_billing]") {
  metered_organization one;
  one.terms.usage = {{"api_calls", by_unit(1)}};
  one.terms.minimum = 2000;
  one.subscribes();
  one.uses("2026-01-10T00:00:00Z", "300");
  auto credited = [&] {
    std::vector<std::int64_t> out;
    for (const auto& note : one.notes()) {
      out.push_back(note.total);
    }
    return out;
  };
  auto last = [&] { return one.state.billing.invoices.rbegin()->second; };
  using amounts = std::vector<std::int64_t>;
  SECTION("in part") {
    one.passes("2026-02-01T00:00:00Z");
    CHECK(one.invoice(2).totals.total == 300 + 700 + 1000);
    one.uses("2026-02-02T00:00:00Z", "200", "2026-01-10T00:00:00Z");
    one.passes("2026-03-01T00:00:00Z");
    CHECK(last().totals.total == 200 + 1000 + 1000);  // February has a minimum, too
    CHECK(credited() == amounts{200});
    CHECK(rest_of(one.invoice(2), 1).amount == 500);  // what January misses still
    one.uses("2026-03-02T00:00:00Z", "900", "2026-02-28T00:00:00Z");
    one.passes("2026-04-01T00:00:00Z");
    CHECK(credited() == amounts{200, 900});
  }
  SECTION("beyond it") {
    one.passes("2026-02-01T00:00:00Z");
    one.uses("2026-02-02T00:00:00Z", "900", "2026-01-10T00:00:00Z");
    one.uses("2026-02-02T00:00:00Z", "1000");
    one.passes("2026-03-01T00:00:00Z");
    CHECK(last().totals.total == 900 + 1000 + 1000);
    CHECK(credited() == amounts{700});
    one.uses("2026-03-02T00:00:00Z", "5", "2026-02-02T00:00:00Z");
    one.cancels("2026-03-03T00:00:00Z");
    CHECK(last().totals.total == 5 + 1000);
    one.uses("2026-03-04T00:00:00Z", "400", "2026-03-02T00:00:00Z");
    one.passes("2026-05-01T00:00:00Z");
    CHECK(credited() == amounts{700, 400});
  }
  SECTION("and is billed anew") {
    one.sold.meters.at("api_calls").late_usage = late_usage_policy::reissue;
    one.passes("2026-02-01T00:00:00Z");
    one.uses("2026-02-02T00:00:00Z", "900", "2026-01-10T00:00:00Z");
    one.passes("2026-03-01T00:00:00Z");
    CHECK(credited() == amounts{300, 700});
    CHECK(last().totals.total == 1200);
  }
  SECTION("with a change within the period") {
    one.passes("2026-02-01T00:00:00Z");
    one.uses("2026-02-02T00:00:00Z", "100", "2026-01-10T00:00:00Z");
    auto other = one.terms;
    other.price = by_unit(3000);
    one.changes_to("2026-02-15T00:00:00Z", other);
    CHECK(last().totals.total == 100 - 500 + 1500);
    CHECK(credited() == amounts{100});
  }
  one.check_journal();
}

TEST_CASE("what stands costs something though nothing happens", "[domain][usage_billing]") {
  metered_organization one;
  one.measures("disk", meter_aggregation::weighted_sum);
  one.terms.usage = {{"disk", by_unit(100)}};
  one.subscribes();
  one.uses("2026-01-01T00:00:00Z", "10", {}, "disk");
  for (auto time : {"2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"}) {
    one.passes(time);
  }
  CHECK(one.billed_usage() == 3 * 1000);
  SECTION("as long as it is subscribed") {
    one.cancels("2026-04-16T00:00:00Z");
    CHECK(one.billed_usage() == 3 * 1000 + 500);
    one.uses("2026-04-17T00:00:00Z", "50", {}, "disk");
    one.uses("2026-04-18T00:00:00Z", "-9", {}, "disk");
    one.passes("2026-06-01T00:00:00Z");
    CHECK(one.billed_usage() == 3 * 1000 + 500);
  }
  SECTION("whatever came of it after the end of a period is taken back") {
    one.is_told("2026-04-16T00:00:00Z",
                billing_command{cancel_subscription{"sub_1", effective_at::period_end, false}});
    one.passes("2026-05-01T00:00:00Z");
    one.uses("2026-05-12T00:00:00Z", "4", {}, "disk");
    one.uses("2026-05-15T00:00:00Z", "2", {}, "disk");
    const auto& parts = one.state.usage.periods.at("sub_1");
    for (std::size_t i = 1; i < parts.size(); ++i) {
      CHECK(parts[i - 1].period.start < parts[i].period.start);
    }
    one.passes("2026-07-01T00:00:00Z");
    CHECK((one.billed_usage() == 4 * 1000 && one.notes().empty()));
  }
  SECTION("also where nothing of it was sold for a time") {
    auto plain = one.terms;
    plain.usage.reset();
    one.changes_to("2026-04-01T00:00:00Z", plain);
    one.passes("2026-05-01T00:00:00Z");
    one.uses("2026-05-02T00:00:00Z", "50", "2026-04-20T00:00:00Z", "disk");
    one.changes_to("2026-05-03T00:00:00Z", one.terms);
    CHECK((one.billed_usage() == 3 * 1000 && one.notes().empty()));
    one.passes("2026-07-01T00:00:00Z");
    CHECK(one.billed_usage() == 3 * 1000 + 5613 + 6000);  // 29 days of May
  }
  SECTION("and is not paused") {
    one.is_told("2026-04-16T00:00:00Z", billing_command{pause_subscription{"sub_1"}});
    one.uses("2026-04-17T00:00:00Z", "50", {}, "disk");
    one.is_told("2026-04-20T00:00:00Z", billing_command{resume_subscription{"sub_1"}});
    one.passes("2026-05-01T00:00:00Z");
    CHECK(one.billed_usage() == 4 * 1000);
    one.passes("2026-06-01T00:00:00Z");
    CHECK(one.billed_usage() == 4 * 1000 + 6000);
  }
  one.check_journal();
}

TEST_CASE("a total that falls twice is credited twice", "[domain][usage_billing]") {
  metered_organization one;
  charge_model volume;
  volume.model = pricing_model::volume;
  volume.tiers = {{decimal{100}, 10, 0}, {decimal{200}, 5, 0}, {{}, 1, 0}};
  one.terms.usage = {{"api_calls", volume}};
  one.subscribes();
  one.uses("2026-01-10T00:00:00Z", "80");
  one.passes("2026-02-01T00:00:00Z");
  one.uses("2026-02-02T00:00:00Z", "20", "2026-01-31T00:00:00Z");
  auto other = one.terms;
  auto again = [&](std::string_view time) {  // bills what came late, and credits what is too much
    other.price = by_unit(1000 + std::ssize(other.plan_id));
    other.plan_id += "x";
    one.changes_to(time, other);
  };
  again("2026-02-03T00:00:00Z");
  CHECK((one.billed_usage() == 1000 && one.notes().empty()));
  one.uses("2026-02-04T00:00:00Z", "20", "2026-01-31T00:00:00Z");
  again("2026-02-05T00:00:00Z");
  CHECK((one.billed_usage() == 600 && one.notes().size() == 2));
  one.uses("2026-02-06T00:00:00Z", "81", "2026-01-31T00:00:00Z");
  again("2026-02-07T00:00:00Z");
  CHECK((one.billed_usage() == 201 && one.notes().size() == 3));
  one.check_journal();
}

TEST_CASE("what is beyond the maximum was never owed, and is not given back",
          "[domain][usage_billing]") {
  metered_organization one;
  charge_model volume;
  volume.model = pricing_model::volume;
  volume.tiers = {{decimal{100}, 10, 0}, {decimal{200}, 4, 0}, {{}, 1, 0}};
  one.terms.usage = {{"api_calls", volume}};
  one.terms.maximum = 1600;  // the price's 1000, and 600
  one.subscribes();
  auto comes_to = [&](std::size_t notes, std::int64_t net) {
    std::int64_t charged = 0;
    for (const auto& [id, x] : one.state.billing.invoices) {
      for (std::size_t i = 0; i < x.lines.size(); ++i) {
        auto rest = rest_of(x, i);
        charged
          += x.lines[i].kind == line_kind::usage ? rest.amount + discount_of(rest.discounts) : 0;
      }
    }
    CHECK(charged == net);
    CHECK(one.notes().size() == notes);
  };
  one.uses("2026-01-10T00:00:00Z", "100");
  one.passes("2026-02-01T00:00:00Z");
  comes_to(0, 600);  // of 1000
  SECTION("as long as it is still beyond it") {
    one.uses("2026-02-02T00:00:00Z", "70", "2026-01-31T00:00:00Z");  // 680
    one.passes("2026-03-01T00:00:00Z");
    comes_to(0, 600);
  }
  SECTION("what is below it is") {
    one.uses("2026-02-02T00:00:00Z", "20", "2026-01-31T00:00:00Z");  // 480
    one.passes("2026-03-01T00:00:00Z");
    comes_to(1, 480);
    one.uses("2026-03-02T00:00:00Z", "76", "2026-01-31T10:00:00Z");  // 784
    one.passes("2026-04-01T00:00:00Z");
    comes_to(1, 600);
  }
  SECTION("billed anew, as far as the maximum") {
    one.sold.meters.at("api_calls").late_usage = late_usage_policy::reissue;
    one.uses("2026-02-02T00:00:00Z", "20", "2026-01-31T00:00:00Z");
    one.passes("2026-03-01T00:00:00Z");
    comes_to(1, 480);
  }
  one.check_journal();
}

TEST_CASE("what nothing was used of costs nothing, whatever its price", "[domain][usage_billing]") {
  metered_organization one;
  charge_model flat;
  flat.unit_amount = 500;
  one.terms.usage = {{"api_calls", flat}, {"messages", by_unit(1)}};
  one.subscribes();
  one.uses("2026-01-10T00:00:00Z", "3", {}, "messages");
  one.passes("2026-02-01T00:00:00Z");
  REQUIRE(one.usage_of(2).size() == 1);
  CHECK(one.usage_of(2)[0].usage->metric == "messages");
  one.uses("2026-02-10T00:00:00Z", "3");
  one.uses("2026-02-11T00:00:00Z", "4");
  one.passes("2026-03-01T00:00:00Z");
  REQUIRE(one.usage_of(3).size() == 1);
  CHECK(one.usage_of(3)[0].amount == 500);
  one.check_journal();
}

TEST_CASE("a percentage stays one of what was summed up, however its meter counts by then",
          "[domain][usage_billing]") {
  metered_organization one;
  one.terms.usage = {{"api_calls", by_percent("10", 0, 0)}};
  one.subscribes();
  one.uses("2026-01-10T00:00:00Z", "100000");
  one.uses("2026-01-11T00:00:00Z", "100000");
  one.sold.meters.at("api_calls").aggregation = meter_aggregation::count;
  one.passes("2026-02-01T00:00:00Z");
  REQUIRE(one.usage_of(2).size() == 1);
  CHECK(one.usage_of(2)[0].amount == 20'000);
  one.check_journal();
}

TEST_CASE("a total that falls is credited", "[domain][usage_billing]") {
  metered_organization one;
  charge_model volume;
  volume.model = pricing_model::volume;
  volume.tiers = {{decimal{100}, 10, 0}, {{}, 7, 0}};
  one.terms.usage = {{"api_calls", volume}};
  one.subscribes();
  one.uses("2026-01-10T00:00:00Z", "100");
  one.passes("2026-02-01T00:00:00Z");
  CHECK(one.usage_of(2)[0].amount == 1000);
  one.uses("2026-02-02T00:00:00Z", "1", "2026-01-31T00:00:00Z");
  one.passes("2026-03-01T00:00:00Z");
  REQUIRE(one.notes().size() == 1);
  CHECK((one.notes()[0].total == 293 && one.billed_usage() == 707));
  one.passes("2026-04-01T00:00:00Z");
  CHECK(one.billed_usage() == 707);
  one.check_journal();
}

TEST_CASE("what no invoice can say holds nothing up", "[domain][usage_billing]") {
  metered_organization one;
  one.terms.usage = {{"api_calls", by_unit(1'000'000'000)}, {"messages", by_unit(2)}};
  one.subscribes();
  one.uses("2026-01-10T00:00:00Z", "1000000000000");
  one.uses("2026-01-10T00:00:00Z", "3", {}, "messages");
  one.passes("2026-02-01T00:00:00Z");
  REQUIRE(one.usage_of(2).size() == 1);
  CHECK(one.usage_of(2)[0].amount == 6);
}

TEST_CASE("prices of usage are checked", "[domain][usage_billing]") {
  catalog in;
  plan pro;
  pro.id = "pro";
  pro.name = "Pro";
  pro.provider = billing_provider::native;
  pro.prices.resize(1);
  pro.prices[0].currency = "usd";
  pro.prices[0].usage = {{"api_calls", by_unit(5)}};
  CHECK(decide(in, put_plan{pro}).has_value());
  auto refused_at = [&](const std::string& pointer) {
    auto made = decide(in, put_plan{pro});
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().fields().front().pointer == pointer);
  };
  SECTION("of a meter that is there") {
    pro.prices[0].usage = {{"smoke", by_unit(5)}};
    refused_at("/prices/0/usage/smoke");
  }
  SECTION("of sums and counts") {
    auto& price = pro.prices[0].usage->at("api_calls");
    price = by_percent("2.9", 30, 1);
    CHECK(decide(in, put_plan{pro}).has_value());
    price.most = 500;
    refused_at("/prices/0/usage/api_calls/model");
    price.model = pricing_model::dynamic;
    refused_at("/prices/0/usage/api_calls/model");
    pro.prices[0].usage = {{"active_users", by_percent("2.9", 30, 1)}};
    refused_at("/prices/0/usage/active_users/model");
  }
  SECTION("as a price is") {
    pro.prices[0].usage->at("api_calls") = by_tiers(1, 2);
    pro.prices[0].usage->at("api_calls").tiers.clear();
    refused_at("/prices/0/usage/api_calls/tiers");
  }
  SECTION("some") {
    pro.prices[0].usage->clear();
    refused_at("/prices/0/usage");
  }
  SECTION("of native plans") {
    pro.provider = billing_provider::stripe;
    refused_at("/prices/0/usage");
  }
}

namespace {

// What was used of each closed period, counted anew from the journal: it is what all lines of usage
// come to, less what was credited.
std::int64_t recounted(const std::vector<event>& chain, const organization& state) {
  std::vector<metered_period> closed;
  billing_account so_far;
  for (const auto& e : chain) {
    std::visit(
      [&](const auto& x) {
        if constexpr (std::is_constructible_v<billing_event, decltype(x)>) {
          so_far = evolve(std::move(so_far), x);
          if constexpr (std::is_same_v<std::decay_t<decltype(x)>, usage_period_closed>) {
            closed.push_back(so_far.subscriptions.at("sub_1").metered.back());
          }
        }
      },
      e);
  }
  std::int64_t out = 0;
  for (const auto& of : closed) {
    for (const auto& [metric, billed] : of.usage) {
      total sum, most;
      std::int64_t count = 0;
      for (const auto& e : chain) {
        const auto* recorded = std::get_if<usage_recorded>(&e);
        for (const auto& x :
             recorded == nullptr ? std::vector<recorded_usage>{} : recorded->events) {
          if (x.metric == metric && x.at >= of.period.start && x.at < of.period.end) {
            ++count;
            sum = sum + total_of(x.quantity);
            most = std::max(most, total_of(x.quantity));
          }
        }
      }
      bool is_level = billed.aggregation == meter_aggregation::max;
      usage used{decimal_of(is_level ? most : sum), count};
      auto price = rate(of.terms.usage->at(metric), used).amount;
      period_share share{unix_seconds(of.period.end) - unix_seconds(of.period.start),
                         unix_seconds(of.full.end) - unix_seconds(of.full.start)};
      out += rounded(is_level ? prorated(price, share) : price).value();
      UNSCOPED_INFO(metric << " of " << format_rfc3339(of.period.start) << " to "
                           << format_rfc3339(of.period.end) << ": "
                           << format_total(is_level ? most : sum) << " comes to " << out);
    }
  }
  CHECK(state.billing.subscriptions.at("sub_1").metered.empty());
  return out;
}

void live_metered(std::uint64_t seed) {
  INFO("seed " << seed);
  auto random = random_of(seed);
  auto chance = [&](std::int64_t percent) { return random.below(100) < percent; };
  metered_organization one;
  one.measures("seats", meter_aggregation::max);
  one.draft_for = std::chrono::hours{chance(50) ? 0 : 30};
  if (chance(30)) {
    one.sold.meters.at("api_calls").late_usage = late_usage_policy::reissue;
  }
  std::vector<plan_terms> plans(4, one.terms);
  plans[0].usage->emplace("seats", by_unit(3100));
  plans[1].usage = {{"api_calls", by_tiers(10, 7)}};
  plans[1].cadence = {billing_interval::week, 1};
  plans[2].usage.reset();
  plans[3].price = by_unit(5000);
  plans[3].usage = {{"api_calls", by_percent("2.9", 30, 2)}};
  auto now = at("2026-01-01T00:00:00Z");
  auto begun = now;
  one.terms = plans[static_cast<std::size_t>(random.below(4))];
  one.subscribes();
  auto use = [&] {
    auto latest = std::min(unix_seconds(now) - unix_seconds(begun), std::int64_t{35 * 86'400});
    std::chrono::seconds late{chance(60) ? 0 : random.below(latest + 1)};
    auto quantity = std::to_string(1 + random.below(90));
    one.uses(format_rfc3339(now), quantity.c_str(), format_rfc3339(now - late),
             chance(70) ? "api_calls" : "seats");
  };
  for (auto steps = 5 + random.below(25); steps > 0; --steps) {
    now += std::chrono::seconds{random.below(20 * 86'400)};
    if (chance(65)) {
      use();
    } else if (chance(40)) {
      one.changes_to(format_rfc3339(now), plans[static_cast<std::size_t>(random.below(4))]);
    } else {
      one.passes(format_rfc3339(now));
    }
  }
  now += std::chrono::seconds{1};
  one.cancels(format_rfc3339(now));
  for (auto more = random.below(4); more > 0; --more) {
    now += std::chrono::seconds{random.below(10 * 86'400)};
    use();
  }
  one.passes(format_rfc3339(now + std::chrono::days{40}));
  auto billed = one.billed_usage();
  auto expected = recounted(one.chain, one.state);
  if (billed != expected) {
    for (const auto& [id, x] : one.state.billing.invoices) {
      for (const auto& line : x.lines) {
        if (line.usage) {
          UNSCOPED_INFO(id << " " << line.usage->metric << " of "
                           << format_rfc3339(line.period.start) << ": "
                           << format_decimal(line.basis.units) << " comes to " << line.amount);
        }
      }
    }
  }
  CHECK(billed == expected);
}

}  // namespace

TEST_CASE("a percentage of what was used, and something for each", "[domain][usage_billing]") {
  metered_organization one;
  one.terms.usage = {{"api_calls", by_percent("2.9", 30, 1)}};
  one.subscribes();
  REQUIRE(one.uses("2026-01-10T00:00:00Z", "10000") == errc::none);
  REQUIRE(one.uses("2026-01-11T00:00:00Z", "2500.5") == errc::none);
  one.passes("2026-02-01T00:00:00Z");
  CHECK(one.billed_usage() == 363 + 30);  // 2.9 % of 125.005 USD, and of two one is free
  // One that hardly comes to anything costs what each costs.
  REQUIRE(one.uses("2026-02-02T00:00:00Z", "0.1", "2026-01-20T00:00:00Z") == errc::none);
  one.passes("2026-03-01T00:00:00Z");
  CHECK(one.billed_usage() == 363 + 60);
  one.passes("2026-04-01T00:00:00Z");
  CHECK(one.billed_usage() == 363 + 60);
}

TEST_CASE("all that was used is billed, once", "[domain][usage_billing]") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    live_metered(seed);
  }
}

TEST_CASE("the same, in many more lives", "[.usage]") {
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    live_metered(seed);
  }
}
