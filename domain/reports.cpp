#include "domain/reports.hpp"

#include <algorithm>
#include <type_traits>

#include "domain/overloaded.hpp"

namespace bursar::domain {
namespace {

bool pays(const standing& x) {
  return x.subscription_status == "active" || x.subscription_status == "past_due";
}

std::int64_t mrr_of(const standing& x) {
  auto monthly = rounded(exact{x.annual_amount.value_or(0)} / 12);
  return pays(x) && monthly ? *monthly : 0;
}

}  // namespace

// What is billed is deferred until it is earned: an entry that earns moves it between the two.
void report_builder::book(const booking& entry) {
  auto& x = at(entry.currency, entry.month);
  for (const auto& line : entry.lines) {
    auto& sums = x.ledger.accounts[line.account];
    (line.amount > 0 ? sums.debit : sums.credit) += std::abs(line.amount);
    bool is_revenue = line.account == ledger_account::revenue;
    x.revenue.recognized -= is_revenue ? line.amount : 0;
    x.revenue.billed
      -= is_revenue || line.account == ledger_account::deferred_revenue ? line.amount : 0;
  }
}

void report_builder::lose(const paying& who, year_month when) {
  auto& x = at(who.currency, when).mrr;
  x.churn -= who.mrr;
  ++x.customers_lost;
  if (who.opening > 0) {
    ++x.opening_lost;
    x.opening_churn += std::min(who.opening, who.mrr);
  }
}

// Whoever changes its currency leaves with one and comes with the other.
void report_builder::move_mrr(const organization& after, timestamp t) {
  auto& who = customers_[after.id];
  auto now = mrr_of(after.standing);
  auto currency = after.standing.currency.value_or(who.currency);
  auto when = month_of(t);
  if (when != who.month) {
    who.opening = who.mrr;
    who.month = when;
  }
  if (who.mrr != 0 && (now == 0 || currency != who.currency)) {
    lose(who, when);
    who.mrr = who.opening = 0;
  }
  if (auto grown = now - who.mrr; grown != 0) {
    auto& x = at(currency, when).mrr;
    if (who.mrr == 0) {
      (who.ever ? x.reactivation : x.new_business) += grown;
      ++x.customers_won;
    } else {
      (grown > 0 ? x.expansion : x.contraction) += grown;
    }
  }
  who.currency = currency;
  who.mrr = now;
  who.ever = who.ever || now != 0;
}

void report_builder::see_billing(const billing_account& before, const billing_event& happened,
                                 timestamp t) {
  for (const auto& entry : bookings_of(before, happened, t)) {
    book(entry);
  }
  auto payments_of = [&](const std::string& invoice, timestamp when) -> payments_month& {
    return at(before.invoices.at(invoice).currency, month_of(when)).payments;
  };
  std::visit(
    overloaded{[&](const invoice_payment_recorded& e) {
                 auto& x = payments_of(e.invoice_id, e.at);
                 ++x.succeeded;
                 x.succeeded_amount += e.amount;
               },
               [&](const invoice_payment_failed& e) {
                 payments_of(e.invoice_id, e.at).failed += was_asked_for(e.failure_code) ? 1 : 0;
               },
               [&](const credit_note_issued& e) {
                 payments_of(e.credit_note.invoice_id, t).refunded_amount += e.credit_note.refunded;
               },
               [](const auto&) {}},
    happened);
}

void report_builder::see_before(const organization& state, const event& happened,
                                timestamp recorded_at) {
  auto payments_of = [&](const std::string& currency) -> payments_month& {
    return at(currency, month_of(recorded_at)).payments;
  };
  std::visit(
    [&](const auto& e) {
      using type = std::decay_t<decltype(e)>;
      if constexpr (std::is_constructible_v<billing_event, type>) {
        see_billing(state.billing, billing_event{e}, recorded_at);
      } else if constexpr (std::is_same_v<type, payment_succeeded>) {
        if (e.currency) {
          ++payments_of(*e.currency).succeeded;
          payments_of(*e.currency).succeeded_amount += e.amount.value_or(0);
        }
      } else if constexpr (std::is_same_v<type, payment_failed>) {
        if (e.currency) {
          ++payments_of(*e.currency).failed;
        }
      } else if constexpr (std::is_same_v<type, payment_refunded>) {
        if (e.currency) {
          payments_of(*e.currency).refunded_amount += e.refunded_total - e.previous_total;
        }
      }
    },
    happened);
}

void report_builder::see_after(const organization& state, const event& happened,
                               timestamp recorded_at) {
  if (std::holds_alternative<standing_changed>(happened)) {
    move_mrr(state, recorded_at);
  }
}

reports report_builder::finish(year_month until) && {
  for (auto& [currency, months] : out_) {
    std::int64_t mrr = 0, customers = 0, deferred = 0;
    for (auto when = months.begin()->first; when <= std::max(until, months.rbegin()->first);
         when = next(when)) {
      auto& x = months[when];
      x.mrr.opening = mrr;
      mrr += x.mrr.new_business + x.mrr.reactivation + x.mrr.expansion + x.mrr.contraction
             + x.mrr.churn;
      x.mrr.closing = mrr;
      x.mrr.customers_opening = customers;
      customers += x.mrr.customers_won - x.mrr.customers_lost;
      x.mrr.customers_closing = customers;
      deferred += x.revenue.billed - x.revenue.recognized;
      x.revenue.deferred = deferred;
    }
  }
  return std::move(out_);
}

}  // namespace bursar::domain
