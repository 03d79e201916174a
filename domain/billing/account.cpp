#include "domain/billing/account.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"

namespace bursar::domain {
namespace {

// What decide() made sure of: a ledger that refuses is a bug, not an event.
interval_ledger sure(result<interval_ledger> ledger) {
  BURSAR_ASSERT(ledger.has_value(), "an invoice bills what is billed already");
  return std::move(*ledger);
}

// A line that bills an interval claims it, one that gives back returns it.
void bill(subscription& s, const line_item& line) {
  if (line.basis.given_back) {
    s.released
      = last_release{line.period.start, s.terms, s.quantity, -line.amount, s.period, s.anchor};
    s.ledger = sure(release(std::move(s.ledger), line.period.start, -line.amount));
  } else {
    s.ledger
      = sure(claim(std::move(s.ledger), line.period.end, line.full, line.description, line.amount));
  }
}

void apply(billing_account& to, const subscription_created& e) {
  to.subscriptions.insert_or_assign(e.subscription.id, e.subscription);
}

void apply(billing_account& to, const subscription_status_changed& e) {
  auto& s = to.subscriptions.at(e.subscription_id);
  if (is_billed(e.status) && !is_billed(s.status)) {
    s.ledger = skip(std::move(s.ledger), e.at);
  }
  s.status = e.status;
  s.paused_at = e.status == subscription_status::paused ? std::optional{e.at} : std::nullopt;
  if (is_final(e.status)) {
    s.ended_at = e.at;
    s.cancel_at.reset();
    s.scheduled.reset();
  }
}

void apply(billing_account& to, const subscription_terms_changed& e) {
  auto& s = to.subscriptions.at(e.subscription_id);
  s.terms = e.terms;
  s.quantity = e.quantity;
  s.scheduled.reset();
}

void apply(billing_account& to, const subscription_period_started& e) {
  auto& s = to.subscriptions.at(e.subscription_id);
  s.period = e.period;
  s.anchor = e.anchor;
  s.ledger = close(std::move(s.ledger), e.period.start);
}

void apply(billing_account& to, const subscription_schedule_changed& e) {
  auto& s = to.subscriptions.at(e.subscription_id);
  s.scheduled = e.change;
  s.cancel_at = e.cancel_at;
}

void apply(billing_account& to, const invoice_created& e) {
  for (const auto& line : e.invoice.lines) {
    if (line.subscription_id) {
      bill(to.subscriptions.at(*line.subscription_id), line);
    }
  }
  to.invoices.insert_or_assign(e.invoice.id, e.invoice);
}

void apply(billing_account& to, const invoice_opened& e) {
  auto& invoice = to.invoices.at(e.invoice_id);
  invoice.status = invoice_status::open;
  invoice.opened_at = e.at;
  invoice.due_at = e.due_at;
  invoice.from_balance = e.from_balance;
  if (e.from_balance != 0) {
    to.balances[invoice.currency] -= e.from_balance;
  }
}

void apply(billing_account& to, const payment_requested& e) {
  to.invoices.at(e.invoice_id).collection.next_attempt_at.reset();
}

void apply(billing_account& to, const invoice_payment_recorded& e) {
  auto& invoice = to.invoices.at(e.invoice_id);
  invoice.payments.push_back({e.payment_id, e.amount, e.at});
  invoice.paid += e.amount;
}

void apply(billing_account& to, const invoice_payment_failed& e) {
  to.invoices.at(e.invoice_id).collection = e.collection;
}

void apply(billing_account& to, const invoice_closed& e) {
  auto& invoice = to.invoices.at(e.invoice_id);
  invoice.status = e.status;
  invoice.collection.next_attempt_at.reset();
  (e.status == invoice_status::paid ? invoice.paid_at : invoice.closed_at) = e.at;
}

void apply(billing_account& to, const payment_method_changed& e) {
  to.payment_method = e.token;
}

}  // namespace

billing_account evolve(billing_account state, const billing_event& happened) {
  std::visit([&](const auto& e) { apply(state, e); }, happened);
  return state;
}

std::int64_t balance_of(const billing_account& of, const std::string& currency) {
  auto found = of.balances.find(currency);
  return found == of.balances.end() ? 0 : found->second;
}

}  // namespace bursar::domain
