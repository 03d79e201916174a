#include "domain/billing/account.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/assert.hpp"
#include "domain/billing/recorder.hpp"

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

// Subscriptions before invoices, where both are due at the same moment: what is billed then is
// opened then.
template <class Map>
auto first_due(const Map& all) {
  std::optional<timestamp> at;
  auto found = all.end();
  for (auto it = all.begin(); it != all.end(); ++it) {
    auto due = next_due(it->second);
    if (due && (!at || *due < *at)) {
      at = due;
      found = it;
    }
  }
  return std::pair{at, found};
}

result<void> advance(recorder& to) {
  for (;;) {
    auto [renewal, s] = first_due(to.state().subscriptions);
    auto [collection, invoice] = first_due(to.state().invoices);
    bool of_subscription = renewal && (!collection || *renewal <= *collection);
    auto due = of_subscription ? renewal : collection;
    if (!due || *due > to.now()) {
      return {};
    }
    auto done
      = of_subscription ? fall_due(to, s->second, *due) : fall_due(to, invoice->second, *due);
    if (!done) {
      return done;
    }
  }
}

template <class Map, class Command>
result<void> about(recorder& to, const Map& all, const std::string& id, const Command& c) {
  auto found = all.find(id);
  return found == all.end() ? result<void>{error{errc::not_found, "there is no " + id}}
                            : act(to, found->second, c);
}

// One place finds what a command is about.
template <class Command>
result<void> follow(recorder& to, const Command& c) {
  if constexpr (requires { c.subscription_id; }) {
    return about(to, to.state().subscriptions, c.subscription_id, c);
  } else if constexpr (requires { c.invoice_id; }) {
    return about(to, to.state().invoices, c.invoice_id, c);
  } else if constexpr (std::is_same_v<Command, advance_time>) {
    return {};  // decide() has done it
  } else {
    return act(to, c);
  }
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

std::optional<timestamp> next_due(const billing_account& of) {
  auto renewal = first_due(of.subscriptions).first;
  auto collection = first_due(of.invoices).first;
  return renewal && collection ? std::min(renewal, collection) : (renewal ? renewal : collection);
}

// Whoever wants something wants it of today's state: what was due until now comes first.
result<std::vector<billing_event>> decide(const billing_account& state,
                                          const billing_command& wanted,
                                          const billing_context& context) {
  recorder to{state, context};
  auto done = advance(to);
  if (done) {
    done = std::visit([&](const auto& c) { return follow(to, c); }, wanted);
  }
  if (done) {
    done = advance(to);  // what it made may be due at once
  }
  return done ? result<std::vector<billing_event>>{std::move(to).events()} : done.error();
}

}  // namespace bursar::domain
