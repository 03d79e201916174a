// The reports over organizations' lives, and that they agree with each other and with the ledger.
#include "domain/reports.hpp"

#include "domain/billing/sale.hpp"
#include "tests/support/billed_organization.hpp"

using namespace bursar;
using namespace bursar::domain;
using bursar::testing::at;

namespace {

struct shop : bursar::testing::billed_organization {
  report_builder builder;
  std::size_t seen = 0;
  organization before;

  shop() {
    sell("basic", 1000);
    sell("plus", 3000);
    sell("year", 120'000, billing_interval::year);
  }
  void sell(const std::string& id, std::int64_t amount,
            billing_interval interval = billing_interval::month) {
    plan x;
    x.id = x.name = id;
    x.provider = billing_provider::native;
    x.trial_end = trial_without_payment_method::bill;
    x.prices.push_back({"usd", amount, interval, 1, {}});
    sold = evolve(std::move(sold), plan_published{x});
  }
  // Something is told, and the report sees what follows.
  void does(std::string_view time, const command& wanted) {
    is_told(time, wanted);
    for (; seen < chain.size(); ++seen) {
      builder.see_before(before, chain[seen], at(time));
      before = evolve(std::move(before), chain[seen]);
      builder.see_after(before, chain[seen], at(time));
    }
  }
  void until(std::string_view end) {
    while (auto due = next_due(state.billing)) {
      if (*due > at(end)) {
        break;
      }
      does(format_rfc3339(*due), billing_command{advance_time{}});
    }
  }
  subscribe to(std::string plan, std::int64_t trial_days = 0) const {
    subscribe out;
    out.subscription_id = "sub_" + std::to_string(state.billing.subscriptions.size());
    out.plan_id = std::move(plan);
    out.trial_days = trial_days;
    return out;
  }
  const native_invoice& invoice(int number) const {
    return state.billing.invoices.at("in_" + std::to_string(number));
  }
  // Of dollars. Every entry balances, and the ledger's deferred revenue is the report's.
  std::map<year_month, month_report> report(year_month until) {
    auto all = std::move(builder).finish(until);
    std::int64_t deferred = 0;
    for (const auto& [month, x] : all["usd"]) {
      std::int64_t sum = 0;
      for (const auto& [account, sums] : x.ledger.accounts) {
        sum += sums.debit - sums.credit;
        deferred += account == ledger_account::deferred_revenue ? sums.credit - sums.debit : 0;
      }
      INFO(text_of(month));
      CHECK(sum == 0);
      CHECK(deferred == x.revenue.deferred);
      CHECK(x.mrr.opening + x.mrr.new_business + x.mrr.reactivation + x.mrr.expansion
              + x.mrr.contraction + x.mrr.churn
            == x.mrr.closing);
    }
    return all["usd"];
  }
};

change_plan change(std::string plan) {
  return {std::move(plan), {}};
}

}  // namespace

TEST_CASE("what moves recurring revenue is told apart", "[domain][reports]") {
  shop x;
  x.does("2026-01-10T00:00:00Z", x.to("basic", 10));
  x.until("2026-02-15T00:00:00Z");
  x.does("2026-02-15T00:00:00Z", change("plus"));
  x.does("2026-03-15T00:00:00Z", change("basic"));
  x.does("2026-04-15T00:00:00Z", cancel_subscription{"", effective_at::now});
  x.does("2026-06-15T00:00:00Z", x.to("year"));
  auto months = x.report({2026, 6});
  CHECK(months[{2026, 1}].mrr.new_business == 1000);  // since the trial is over
  CHECK(months[{2026, 1}].mrr.customers_won == 1);
  CHECK(months[{2026, 2}].mrr.opening == 1000);
  CHECK(months[{2026, 2}].mrr.expansion == 2000);
  CHECK(months[{2026, 3}].mrr.contraction == -2000);
  CHECK(months[{2026, 4}].mrr.churn == -1000);
  CHECK(months[{2026, 4}].mrr.customers_lost == 1);
  CHECK(months[{2026, 5}].mrr.closing == 0);  // a month in which nothing happened
  CHECK(months[{2026, 6}].mrr.reactivation == 10'000);
  CHECK(months[{2026, 6}].mrr.customers_closing == 1);
}

TEST_CASE("who comes and goes within a month is not lost of those who were there",
          "[domain][reports]") {
  shop x;
  x.does("2026-01-10T00:00:00Z", x.to("basic"));
  x.does("2026-01-20T00:00:00Z", cancel_subscription{"", effective_at::now});
  x.does("2026-02-10T00:00:00Z", x.to("basic"));
  x.does("2026-03-20T00:00:00Z", cancel_subscription{"", effective_at::now});
  auto months = x.report({2026, 3});
  CHECK(months[{2026, 1}].mrr.customers_lost == 1);
  CHECK(months[{2026, 1}].mrr.opening_lost == 0);
  CHECK(months[{2026, 3}].mrr.opening_lost == 1);
  CHECK(months[{2026, 3}].mrr.opening_churn == 1000);
}

TEST_CASE("a trial counts once it is paid for", "[domain][reports]") {
  shop x;
  x.does("2026-01-10T00:00:00Z", x.to("basic", 60));
  x.until("2026-03-31T00:00:00Z");
  auto months = x.report({2026, 3});
  CHECK_FALSE(months.contains({2026, 1}));
  CHECK(months[{2026, 3}].mrr.new_business == 1000);
}

TEST_CASE("a year that is paid is earned day by day and deferred until then", "[domain][reports]") {
  shop x;
  x.does("2026-01-01T00:00:00Z", x.to("year"));
  auto months = x.report({2026, 12});
  CHECK(months[{2026, 1}].revenue.billed == 120'000);
  CHECK(months[{2026, 1}].revenue.recognized == 10'192);  // 31 of 365 days
  CHECK(months[{2026, 1}].revenue.deferred == 120'000 - 10'192);
  std::int64_t sum = 0;
  for (const auto& [month, report] : months) {
    sum += report.revenue.recognized;
  }
  CHECK(sum == 120'000);
  CHECK(months[{2026, 12}].revenue.deferred == 0);
}

TEST_CASE("what a credit note takes back of months that are over is of its own month",
          "[domain][reports]") {
  shop x;
  x.does("2026-01-01T00:00:00Z", x.to("year"));
  x.does("2026-01-01T00:00:00Z", record_payment{"in_1", "wire", {}});
  x.does("2026-03-10T00:00:00Z", issue_credit_note{"in_1", "cn_1", {}, "wire back", {}});
  auto months = x.report({2026, 12});
  CHECK(months[{2026, 1}].revenue.recognized == 10'192);
  CHECK(months[{2026, 3}].revenue.billed == -120'000);
  CHECK(months[{2026, 3}].revenue.recognized
        == -(months[{2026, 1}].revenue.recognized + months[{2026, 2}].revenue.recognized));
  CHECK(months[{2026, 4}].revenue.recognized == 0);
  CHECK(months[{2026, 4}].revenue.deferred == 0);
  CHECK(months[{2026, 1}].payments.succeeded_amount == 120'000);
  CHECK(months[{2026, 3}].payments.refunded_amount == 120'000);
}

TEST_CASE("the ledger follows an invoice to its end", "[domain][reports]") {
  using enum ledger_account;
  shop x;
  x.does("2026-01-01T00:00:00Z", x.to("basic"));
  SECTION("voided") {
    x.does("2026-02-01T00:00:00Z", void_invoice{"in_1"});
    auto months = x.report({2026, 3});
    CHECK(months[{2026, 1}].ledger.accounts[accounts_receivable].debit == 1000);
    CHECK(months[{2026, 2}].revenue.billed == 0);  // a thousand voided, and the next thousand
  }
  SECTION("written off, and paid after all") {
    x.does("2026-01-20T00:00:00Z", write_off_invoice{"in_1"});
    x.does("2026-01-21T00:00:00Z", record_payment{"in_1", "wire", {}});
    auto months = x.report({2026, 1});
    auto& accounts = months[{2026, 1}].ledger.accounts;
    CHECK(accounts[bad_debt].debit == 1000);
    CHECK(accounts[bad_debt].credit == 1000);
    CHECK(accounts[cash].debit == 1000);
    CHECK(accounts[revenue].credit == 1000);
  }
  SECTION("declined") {
    x.does("2026-01-02T00:00:00Z", record_failed_payment{"in_1", "declined"});
    CHECK(x.report({2026, 1})[{2026, 1}].payments.failed == 1);
  }
}

TEST_CASE("who is suspended or pauses is not recurring", "[domain][reports]") {
  shop x;
  x.does("2026-01-01T00:00:00Z", x.to("basic"));
  x.does("2026-02-10T00:00:00Z", pause_subscription{});
  x.does("2026-03-10T00:00:00Z", resume_subscription{});
  auto months = x.report({2026, 3});
  CHECK(months[{2026, 2}].mrr.churn == -1000);
  CHECK(months[{2026, 3}].mrr.reactivation == 1000);
}
