#include "domain/reports.hpp"

#include <algorithm>
#include <type_traits>

#include "domain/overloaded.hpp"

namespace bursar::domain {
namespace {

constexpr year_month first_month{1, 1};

bool pays(const standing& x) {
  return x.subscription_status == "active" || x.subscription_status == "past_due";
}

std::int64_t mrr_of(const standing& x) {
  auto monthly = rounded(exact{x.annual_amount.value_or(0)} / 12);
  return pays(x) && monthly ? *monthly : 0;
}

const std::string& zone_of(const organization& of, const line_item& line) {
  static const std::string utc = "UTC";
  auto s = of.billing.subscriptions.find(line.subscription_id.value_or(""));
  return s == of.billing.subscriptions.end() ? utc : s->second.anchor.time_zone;
}

std::int64_t net_of(const billed_amounts& x) {
  return x.amount + discount_of(x.discounts) - tax_of(x.taxes, true);
}

}  // namespace

year_month month_of(timestamp t) {
  auto at = anchor_at(t, "UTC");
  return {at.year, at.month};
}

year_month next(year_month x) {
  return x.month == 12 ? year_month{x.year + 1, 1} : year_month{x.year, x.month + 1};
}

std::string text_of(const year_month& x) {
  auto month = std::to_string(x.month);
  return std::to_string(x.year) + (month.size() < 2 ? "-0" : "-") + month;
}

void report_builder::book(const std::string& currency, year_month when, const ledger_entry& entry) {
  auto& accounts = at(currency, when).ledger.accounts;
  for (const auto& line : entry) {
    auto& sums = accounts[line.account];
    (line.amount > 0 ? sums.debit : sums.credit) += std::abs(line.amount);
  }
}

void report_builder::earn(const std::string& currency, std::int64_t amount,
                          const billing_period& period, const std::string& time_zone,
                          year_month no_earlier) {
  for (const auto& part : earned_by_month(amount, period, time_zone)) {
    if (part.amount != 0) {
      auto when = std::max(year_month{part.year, part.month}, no_earlier);
      at(currency, when).revenue.recognized += part.amount;
      book(currency, when, entry_of_earning(part.amount));
    }
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

// What a line no longer bills: of months that are over, in the month in which that is said.
void report_builder::take_back(const organization& of, const native_invoice& invoice,
                               std::size_t line, const billed_amounts& part, timestamp t) {
  auto net = net_of(part);
  const auto& taken = invoice.lines[line];
  at(invoice.currency, month_of(t)).revenue.billed -= net;
  earn(invoice.currency, -net, taken.period, zone_of(of, taken), month_of(t));
}

void report_builder::see_opening(const organization& after, const invoice_opened& e) {
  const auto& invoice = after.billing.invoices.at(e.invoice_id);
  book(invoice.currency, month_of(e.at), entry_of_opening(invoice));
  for (const auto& line : invoice.lines) {
    auto net = domain::net_of(line);
    at(invoice.currency, month_of(e.at)).revenue.billed += net;
    earn(invoice.currency, net, line.period, zone_of(after, line), first_month);
  }
}

void report_builder::see_billing(const organization& before, const billing_event& happened,
                                 timestamp t) {
  auto invoice_of = [&](const std::string& id) -> const native_invoice& {
    return before.billing.invoices.at(id);
  };
  std::visit(
    overloaded{[&](const invoice_payment_recorded& e) {
                 const auto& invoice = invoice_of(e.invoice_id);
                 auto& x = at(invoice.currency, month_of(e.at)).payments;
                 ++x.succeeded;
                 x.succeeded_amount += e.amount;
                 book(invoice.currency, month_of(e.at), entry_of_payment(invoice, e.amount));
               },
               [&](const invoice_payment_failed& e) {
                 bool tried = e.failure_code != "no_payment_method";
                 auto& x = at(invoice_of(e.invoice_id).currency, month_of(e.at)).payments;
                 x.failed += tried ? 1 : 0;
               },
               [&](const balance_applied& e) {
                 const auto& invoice = invoice_of(e.invoice_id);
                 book(invoice.currency, month_of(e.at),
                      entry_of_applying_balance(invoice, e.amount));
               },
               [&](const credit_note_issued& e) {
                 const auto& note = e.credit_note;
                 const auto& invoice = invoice_of(note.invoice_id);
                 at(note.currency, month_of(t)).payments.refunded_amount += note.refunded;
                 book(note.currency, month_of(t), entry_of_crediting(invoice, note));
                 for (const auto& line : note.lines) {
                   take_back(before, invoice, static_cast<std::size_t>(line.line), line.amounts, t);
                 }
               },
               [&](const invoice_closed& e) {
                 const auto& invoice = invoice_of(e.invoice_id);
                 if (e.status == invoice_status::uncollectible) {
                   book(invoice.currency, month_of(t), entry_of_writing_off(invoice));
                 } else if (e.status == invoice_status::voided && invoice.opened_at) {
                   book(invoice.currency, month_of(t), entry_of_voiding(invoice));
                   for (std::size_t i = 0; i < invoice.lines.size(); ++i) {
                     take_back(before, invoice, i, billed_by(invoice.lines[i]), t);
                   }
                 }
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
        see_billing(state, billing_event{e}, recorded_at);
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
  if (const auto* opened = std::get_if<invoice_opened>(&happened)) {
    see_opening(state, *opened);
  } else if (std::holds_alternative<standing_changed>(happened)) {
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
