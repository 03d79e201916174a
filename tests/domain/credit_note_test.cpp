// What was billed and is taken back: by a later line, by a credit note; and what becomes of the
// credit.
#include <cstdlib>

#include "domain/billing/explanation.hpp"
#include "domain/billing/sale.hpp"
#include "tests/support/billed_organization.hpp"

using namespace bursar;
using namespace bursar::domain;
using bursar::testing::at;

namespace {

struct shop : bursar::testing::billed_organization {
  shop() {
    state.currency = "usd";
    sell("big", 10'000);
    sell("small", 1000);
  }
  void sell(const std::string& id, std::int64_t amount) {
    plan x;
    x.id = x.name = id;
    x.provider = billing_provider::native;
    x.prices.push_back({"usd", amount, billing_interval::month, 1, {}});
    sold = evolve(std::move(sold), plan_published{x});
  }
  void tax(std::string_view percent, bool inclusive = false) {
    state.country = "DE";
    tax_rate x;
    x.id = x.name = "vat";
    x.country = "DE";
    x.percent = parse_decimal(percent).value();
    x.inclusive = inclusive;
    sold = evolve(std::move(sold), tax_rate_published{x});
  }
  void subscribes_with_a_card(const std::string& plan_id) {
    auto wanted = to(plan_id);
    wanted.payment_method = "pm_1";
    is_told("2026-01-01T00:00:00Z", wanted);
  }
  const native_invoice& invoice(int number) const {
    return state.billing.invoices.at("in_" + std::to_string(number));
  }
  std::int64_t balance() const { return balance_of(state.billing, "usd"); }
  subscribe to(std::string plan) const {
    subscribe out;
    out.subscription_id = "sub_" + std::to_string(state.billing.subscriptions.size());
    out.plan_id = std::move(plan);
    return out;
  }
  void pays(std::string_view time, int number) {
    is_told(time, record_payment{invoice(number).id, "pay_" + std::to_string(number), {}});
  }
  credit_note credits(std::string_view time, int number,
                      std::vector<issue_credit_note::wanted_line> lines = {},
                      std::optional<std::string> refund = {}) {
    auto id = "cn_" + std::to_string(invoice(number).credit_notes.size() + 1);
    is_told(time, issue_credit_note{invoice(number).id, id, std::move(lines), refund, {}});
    return invoice(number).credit_notes.back();
  }
};

change_plan change(std::string plan) {
  return {std::move(plan), {}};
}

}  // namespace

// -- credit pays first what is open ---

TEST_CASE("a credit that nobody paid for pays what it was given back of", "[domain][credit]") {
  shop x;
  x.is_told("2026-01-01T00:00:00Z", x.to("big"));
  x.is_told("2026-01-16T12:00:00Z", change("small"));
  CHECK(x.invoice(2).totals.total == -5000 + 500);
  CHECK(x.balance() == 0);
  CHECK(x.invoice(1).from_balance == 4500);
  CHECK(amount_due(x.invoice(1)) == 5500);
  x.is_told("2026-01-17T00:00:00Z", cancel_subscription{"", effective_at::now});
  x.is_told("2026-01-18T00:00:00Z", x.to("small"));
  CHECK(amount_due(x.invoice(3)) == 1000);  // not from a credit that came of nothing
}

TEST_CASE("what was written off is still paid first", "[domain][credit]") {
  shop x;
  x.is_told("2026-01-01T00:00:00Z", x.to("big"));
  x.is_told("2026-01-10T00:00:00Z", write_off_invoice{"in_1"});
  x.is_told("2026-01-16T12:00:00Z", change("small"));
  CHECK(x.balance() == 0);
  CHECK(amount_due(x.invoice(1)) == 5500);
  CHECK(x.invoice(1).status == invoice_status::uncollectible);
}

TEST_CASE("credit that comes while a payment is under way waits for its answer",
          "[domain][credit]") {
  shop x;
  x.subscribes_with_a_card("big");
  REQUIRE(x.invoice(1).requested_at.has_value());
  x.is_told("2026-01-16T12:00:00Z", change("small"));
  CHECK(x.balance() == 4500);
  SECTION("it is paid, and the credit is kept") {
    x.is_told("2026-01-16T13:00:00Z", record_payment{"in_1", "ch_1", {}, true});
    CHECK(x.balance() == 4500);
    CHECK(x.invoice(1).paid == 10'000);
  }
  SECTION("it failed, and only the rest is tried again") {
    x.is_told("2026-01-16T13:00:00Z", record_failed_payment{"in_1", "declined"});
    CHECK(x.balance() == 0);
    CHECK(amount_due(x.invoice(1)) == 5500);
  }
}

TEST_CASE("a failed payment of what credit covers suspends nobody", "[domain][credit]") {
  shop x;
  x.subscribes_with_a_card("small");
  x.is_told("2026-01-01T00:00:00Z", record_payment{"in_1", "ch_1", {}, true});
  x.is_told("2026-01-02T00:00:00Z", change("big"));
  REQUIRE(x.invoice(2).requested_at.has_value());
  x.is_told("2026-01-02T00:00:01Z", change("small"));
  REQUIRE(x.balance() > 0);
  x.is_told("2026-01-02T00:01:00Z", record_failed_payment{"in_2", "declined"});
  CHECK(x.invoice(2).status == invoice_status::paid);
  CHECK(x.standing().subscription_status == "active");
}

TEST_CASE("what is under way at the gateway is for the gateway to end", "[domain][credit]") {
  shop x;
  x.subscribes_with_a_card("big");
  const auto* day = "2026-01-02T00:00:00Z";
  CHECK(x.refuses(day, void_invoice{"in_1"}) == errc::invalid_transition);
  CHECK(x.refuses(day, write_off_invoice{"in_1"}) == errc::invalid_transition);
  CHECK(x.refuses(day, record_payment{"in_1", "wire", 4000}) == errc::invalid_transition);
  CHECK(x.refuses(day, issue_credit_note{"in_1", "cn_1", {}, {}, {}}) == errc::invalid_transition);
  x.is_told(day, record_payment{"in_1", "ch_1", 10'000, true});
  x.is_told(day, record_payment{"in_1", "ch_1", 10'000, true});  // is heard of twice
  CHECK(x.invoice(1).paid == 10'000);
}

TEST_CASE("without a gateway nobody is waited for", "[domain][credit]") {
  shop x;
  x.has_gateway = false;
  x.due_after = std::chrono::days{14};
  x.subscribes_with_a_card("big");
  CHECK_FALSE(x.invoice(1).requested_at.has_value());
  x.is_told("2026-01-15T00:00:00Z", billing_command{advance_time{}});
  CHECK(x.standing().subscription_status == "past_due");
  x.is_told("2026-01-15T01:00:00Z", record_payment{"in_1", "wire", 4000});
  CHECK(x.invoice(1).collection.next_attempt_at.has_value());  // goes on
  x.pays("2026-01-15T02:00:00Z", 1);
  CHECK(x.standing().subscription_status == "active");
}

TEST_CASE("what the old card says is not about the new one", "[domain][credit]") {
  shop x;
  x.subscribes_with_a_card("big");
  x.is_told("2026-01-01T00:00:01Z", put_payment_method{"pm_2"});
  x.is_told("2026-01-01T00:00:02Z", record_failed_payment{"in_1", "stolen_card", true});
  CHECK(x.standing().subscription_status == "active");
  CHECK(x.invoice(1).requested_with == "pm_2");
  CHECK(std::get<payment_requested>(x.chain.back()).payment_method == "pm_2");
}

// -- what a line is given back with ---

TEST_CASE("what was taxed at nineteen per cent is given back at nineteen", "[domain][credit]") {
  for (bool inclusive : {false, true}) {
    CAPTURE(inclusive);
    shop x;
    x.tax("19", inclusive);
    x.is_told("2026-01-01T00:00:00Z", x.to("big"));
    auto total = x.invoice(1).totals.total;
    CHECK(total == (inclusive ? 10'000 : 11'900));
    x.pays("2026-01-02T00:00:00Z", 1);
    x.tax("25", inclusive);
    x.is_told("2026-01-16T12:00:00Z", change("small"));
    const auto& changed = x.invoice(2);
    CHECK(changed.lines[0].taxes.at(0).percent == decimal{19});
    CHECK(changed.lines[0].taxes.at(0).amount == (inclusive ? -799 : -950));  // half of 1597
    CHECK(total_of(changed.lines[0]) == -(total / 2));
    CHECK(changed.lines[1].taxes.at(0).percent == decimal{25});
    CHECK(changed.lines[0].corrects == line_reference{"in_1", 0});
    CHECK(is_reproduced(explain(changed)));
  }
}

TEST_CASE("a change and its reversal net to zero, whatever became of the tax rate meanwhile",
          "[domain][credit]") {
  shop x;
  x.tax("19");
  x.is_told("2026-01-01T00:00:00Z", x.to("big"));
  x.pays("2026-01-02T00:00:00Z", 1);
  x.is_told("2026-01-16T12:00:00Z", change("small"));
  x.tax("7.7");
  x.is_told("2026-01-16T12:00:00Z", change("big"));
  CHECK(x.invoice(2).totals.total + x.invoice(3).totals.total == 0);
  CHECK(x.balance() == 0);
}

// -- credit notes ---

TEST_CASE("a credit note of what is owed lowers it", "[domain][credit]") {
  shop x;
  x.tax("19");
  x.is_told("2026-01-01T00:00:00Z", x.to("big"));
  auto note = x.credits("2026-01-02T00:00:00Z", 1, {{0, 4000}});
  CHECK(note.total == 4760);
  CHECK(note.to_invoice == 4760);
  CHECK(note.to_balance == 0);
  CHECK(note.lines.at(0).amounts.taxes.at(0).amount == 760);
  CHECK(note.lines.at(0).amounts.taxes.at(0).taxable == 4000);
  CHECK(amount_due(x.invoice(1)) == 11'900 - 4760);
  x.credits("2026-01-03T00:00:00Z", 1);
  CHECK(x.invoice(1).status == invoice_status::paid);
  CHECK(x.balance() == 0);
  CHECK(x.refuses("2026-01-04T00:00:00Z", issue_credit_note{"in_1", "cn_9", {}, {}, {}})
        == errc::unprocessable);
}

TEST_CASE("a credit note of what is paid becomes credit, or was refunded", "[domain][credit]") {
  shop x;
  x.is_told("2026-01-01T00:00:00Z", x.to("big"));
  x.pays("2026-01-02T00:00:00Z", 1);
  auto credit = x.credits("2026-01-03T00:00:00Z", 1, {{0, 1000}});
  CHECK(credit.to_balance == 1000);
  CHECK(x.balance() == 1000);
  auto refund = x.credits("2026-01-04T00:00:00Z", 1, {{0, 2000}}, "re_1");
  CHECK(refund.refunded == 2000);
  CHECK(refund.refund_id == "re_1");
  CHECK(x.balance() == 1000);
  // What is left of the period is given back of what is left of the line.
  x.is_told("2026-01-03T00:00:00Z", change("small"));
  CHECK(x.invoice(2).lines[0].amount == -7000);
}

TEST_CASE("what a credit note says follows from what was left of the invoice", "[domain][credit]") {
  shop x;
  x.tax("19");
  x.is_told("2026-01-01T00:00:00Z", x.to("big"));
  x.pays("2026-01-02T00:00:00Z", 1);
  for (std::int64_t amount : {333, 667, 9000}) {
    auto before = x.invoice(1);
    auto note = x.credits("2026-01-03T00:00:00Z", 1, {{0, amount}});
    auto told = explain(before, note);
    CHECK(told.lines_same);
    CHECK(told.total_same);
    auto wrong = note;
    --wrong.lines.front().amounts.taxes.front().amount;
    CHECK_FALSE(explain(before, wrong).lines_same);
    CHECK_FALSE(explain(before, wrong).total_same);
    wrong = note;
    ++wrong.to_balance;
    CHECK_FALSE(explain(before, wrong).total_same);
  }
}

TEST_CASE("a line's price is compared with the version of the plan that it names",
          "[domain][credit]") {
  shop x;
  x.is_told("2026-01-01T00:00:00Z", x.to("big"));
  auto line = x.invoice(1).lines.front();
  plan_history plans;
  CHECK(is_of_catalog(line, "usd", plans) == std::nullopt);
  plans["big"].push_back(x.sold.plans.at("big"));
  CHECK(is_of_catalog(line, "usd", plans) == true);
  CHECK(is_of_catalog(line, "eur", plans) == false);
  line.basis.price_version = 2;
  CHECK(is_of_catalog(line, "usd", plans) == std::nullopt);
  plans["big"].push_back(x.sold.plans.at("small"));
  CHECK(is_of_catalog(line, "usd", plans) == false);
}

TEST_CASE("what a credit note took back is not given back again", "[domain][credit]") {
  shop x;
  x.is_told("2026-01-01T00:00:00Z", x.to("big"));
  x.pays("2026-01-02T00:00:00Z", 1);
  x.credits("2026-01-03T00:00:00Z", 1);
  CHECK(x.balance() == 10'000);
  x.is_told("2026-01-16T12:00:00Z", change("small"));
  CHECK(x.invoice(2).lines[0].amount == 0);
  // And the other way around.
  x.is_told("2026-02-01T00:00:00Z", billing_command{advance_time{}});
  x.is_told("2026-02-15T00:00:00Z", change("big"));
  auto left = rest_of(x.invoice(3), 0).amount;
  CHECK(left == 500);
  CHECK(x.credits("2026-02-16T00:00:00Z", 3).total == left);
}

TEST_CASE("a change is taken back line by line, and not by voiding its invoice",
          "[domain][credit]") {
  shop x;
  x.is_told("2026-01-01T00:00:00Z", x.to("small"));
  x.pays("2026-01-02T00:00:00Z", 1);
  x.is_told("2026-01-16T12:00:00Z", change("big"));
  CHECK(x.invoice(2).totals.total == 4500);
  const auto* day = "2026-01-17T00:00:00Z";
  CHECK(x.refuses(day, void_invoice{"in_2"}) == errc::invalid_transition);
  CHECK(x.refuses(day, issue_credit_note{"in_2", "cn_1", {}, {}, {}}) == errc::unprocessable);
  CHECK(x.refuses(day, issue_credit_note{"in_2", "cn_1", {{0, {}}}, {}, {}})
        == errc::unprocessable);
  CHECK(x.refuses(day, issue_credit_note{"in_2", "cn_1", {{1, 4501}}, {}, {}})
        == errc::unprocessable);
  x.is_told(day, issue_credit_note{"in_2", "cn_1", {{1, 4500}}, {}, {}});
  CHECK(x.invoice(2).status == invoice_status::paid);
  // Back on the small plan at once: what it had paid for is not billed again.
  x.is_told(day, change("small"));
  auto left = x.invoice(3).totals.total;
  CHECK(std::abs(left) <= 20);  // half a day of the small plan
  CHECK(x.balance() == std::max<std::int64_t>(-left, 0));
}

TEST_CASE("a refund is booked once, and only of what was paid", "[domain][credit]") {
  shop x;
  x.is_told("2026-01-01T00:00:00Z", x.to("big"));
  const auto* day = "2026-01-02T00:00:00Z";
  CHECK(x.refuses(day, issue_credit_note{"in_1", "cn_1", {{0, 100}}, "re_1", {}})
        == errc::unprocessable);
  x.pays(day, 1);
  x.credits(day, 1, {{0, 100}}, "re_1");
  CHECK(x.refuses(day, issue_credit_note{"in_1", "cn_2", {{0, 100}}, "re_1", {}})
        == errc::already_exists);
}

TEST_CASE("credit notes that cannot be are refused, and nothing changes", "[domain][credit]") {
  shop x;
  x.is_told("2026-01-01T00:00:00Z", x.to("big"));
  const auto* day = "2026-01-02T00:00:00Z";
  auto wanted = [](std::vector<issue_credit_note::wanted_line> lines) {
    return issue_credit_note{"in_1", "cn_1", std::move(lines), {}, {}};
  };
  CHECK(x.refuses(day, wanted({{1, 1}})) == errc::unprocessable);
  CHECK(x.refuses(day, wanted({{-1, 1}})) == errc::unprocessable);
  CHECK(x.refuses(day, wanted({{0, 0}})) == errc::unprocessable);
  CHECK(x.refuses(day, wanted({{0, -5}})) == errc::unprocessable);
  CHECK(x.refuses(day, wanted({{0, 10'001}})) == errc::unprocessable);
  CHECK(x.refuses(day, wanted({{0, 1}, {0, 1}})) == errc::unprocessable);
  CHECK(x.refuses(day, issue_credit_note{"in_9", "cn_1", {}, {}, {}}) == errc::not_found);
  x.is_told(day, wanted({{0, 100}}));
  CHECK(x.refuses(day, wanted({{0, 100}})) == errc::already_exists);
  CHECK(x.refuses(day, void_invoice{"in_1"}) == errc::invalid_transition);
}

TEST_CASE("more than was paid is not refunded", "[domain][credit]") {
  shop x;
  x.is_told("2026-01-01T00:00:00Z", x.to("big"));
  x.pays("2026-01-02T00:00:00Z", 1);
  x.is_told("2026-01-16T12:00:00Z", change("small"));  // 4500 of credit
  x.is_told("2026-02-01T00:00:00Z", billing_command{advance_time{}});
  CHECK(x.invoice(3).from_balance == 1000);  // nobody paid this one
  CHECK(x.refuses("2026-02-02T00:00:00Z", issue_credit_note{"in_3", "cn_1", {}, "re_1", {}})
        == errc::unprocessable);
  CHECK(x.credits("2026-02-02T00:00:00Z", 3).to_balance == 1000);
}

TEST_CASE("a credit note's number is recorded once", "[domain][credit]") {
  shop x;
  x.is_told("2026-01-01T00:00:00Z", x.to("big"));
  x.credits("2026-01-02T00:00:00Z", 1, {{0, 1}});
  x.is_told("2026-01-02T00:00:00Z", record_invoice_number{"cn_1", "INV-000002"});
  CHECK(x.invoice(1).credit_notes.at(0).number == "INV-000002");
  CHECK_FALSE(x.invoice(1).number.has_value());
  auto events = x.chain.size();
  x.is_told("2026-01-02T00:00:00Z", record_invoice_number{"cn_1", "INV-000002"});
  CHECK(x.chain.size() == events);
  CHECK(x.refuses("2026-01-02T00:00:00Z", record_invoice_number{"cn_1", "INV-000003"})
        == errc::invalid_transition);
}
