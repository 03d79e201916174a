// What each event does to an account.
#include <algorithm>
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

// Of a line, what was given back or credited.
void give_back(native_invoice& of, std::int64_t line, const billed_amounts& part) {
  if (of.returned.empty()) {
    for (const auto& x : of.lines) {
      auto nothing = billed_by(x);
      of.returned.push_back(without(nothing, nothing));
    }
  }
  auto& returned = of.returned.at(static_cast<std::size_t>(line));
  returned = without(std::move(returned), negated(part));
}

void redeem(redeemed_coupon& coupon, const line_item& line) {
  bool used = std::any_of(line.discounts.begin(), line.discounts.end(),
                          [&](const auto& x) { return x.coupon_id == coupon.coupon.id; });
  if (used && (coupon.periods == 0 || line.full != coupon.last)) {
    ++coupon.periods;
    coupon.last = line.full;
  }
}

// Null: no usage of that period can come any more, and what was billed of it stays as it is.
billed_usage* usage_by(billing_account& in, const line_item& line) {
  auto& all = in.subscriptions.at(*line.subscription_id).metered;
  auto found = std::find_if(all.begin(), all.end(),
                            [&](const auto& x) { return x.period.start == line.period.start; });
  return found == all.end() ? nullptr : &found->usage[line.usage->metric];
}

void bill_usage(billing_account& to, const std::string& invoice_id, const line_item& line,
                std::size_t number) {
  if (auto* billed = usage_by(to, line)) {
    billed->units = line.basis.units;
    billed->amount = line.basis.counted + line.amount;
    billed->discount += discount_of(line);
    billed->lines.push_back(
      {invoice_id, static_cast<std::int64_t>(number), line.amount + discount_of(line)});
  }
}

// As if the draft had never billed it.
void unbill_usage(billing_account& to, const std::string& invoice_id, const line_item& line) {
  if (auto* billed = usage_by(to, line)) {
    billed->units = line.usage->billed.value_or(0);
    billed->amount -= line.amount;
    billed->discount -= discount_of(line);
    std::erase_if(billed->lines, [&](const auto& x) { return x.invoice_id == invoice_id; });
  }
}

// Null: no usage of that period can come any more.
agreed_minimum* minimum_of(subscription& s, const billing_period& full, const decimal& agreed) {
  auto found = std::find_if(s.minimums.begin(), s.minimums.end(),
                            [&](const auto& x) { return x.full == full && agreed == x.agreed; });
  return found == s.minimums.end() ? nullptr : &*found;
}

void bill_minimum(billing_account& to, const std::string& invoice_id, const line_item& line,
                  std::size_t number) {
  auto& s = to.subscriptions.at(*line.subscription_id);
  if (auto* of = minimum_of(s, line.full, line.basis.price.unit_amount)) {
    billed_line now{invoice_id, static_cast<std::int64_t>(number), line.amount};
    std::erase_if(of->lines, [&](const billed_line& x) {
      return x.invoice_id == now.invoice_id && x.line == now.line;
    });
    of->lines.push_back(std::move(now));
  }
}

// A line that bills an interval claims it, one that gives back returns it.
void bill(billing_account& to, const native_invoice& invoice, std::size_t number) {
  const auto& line = invoice.lines[number];
  if (!line.subscription_id) {
    return;
  }
  auto& s = to.subscriptions.at(*line.subscription_id);
  if (line.kind == line_kind::proration) {
    auto part = negated(billed_by(line));
    const auto& last = s.ledger.intervals.back();  // which is what it corrects
    give_back(to.invoices.at(last.invoice_id), last.line, part);
    s.released = last_release{line.period.start, s.terms, s.quantity, part, s.period, s.anchor, {}};
    s.ledger = sure(release(std::move(s.ledger), line.period.start, part));
  } else if (line.kind == line_kind::recurring) {
    billed_interval next;
    next.interval.end = line.period.end;
    next.full = line.full;
    next.invoice_id = invoice.id;
    next.line = static_cast<std::int64_t>(number);
    next.billed = billed_by(line);
    next.minimum = line.basis.minimum;
    s.ledger = sure(claim(std::move(s.ledger), std::move(next)));
    if (s.coupon) {
      redeem(*s.coupon, line);
    }
  } else if (line.kind == line_kind::usage) {
    bill_usage(to, invoice.id, line, number);
  } else if (line.kind == line_kind::minimum && line.corrects) {
    give_back(to.invoices.at(line.corrects->invoice_id), line.corrects->line,
              negated(billed_by(line)));
  } else if (line.kind == line_kind::minimum) {
    bill_minimum(to, invoice.id, line, number);
    if (s.released && s.released->at == invoice.created_at && s.released->period == line.full) {
      s.released->minimums.push_back({invoice.id, static_cast<std::int64_t>(number)});
    }
  }
}

// What of the line is billed still: a later line can give that back. Null: its period is over.
billed_interval* interval_of(billing_account& in, const native_invoice& invoice, std::size_t line) {
  auto s = in.subscriptions.find(invoice.lines[line].subscription_id.value_or(""));
  if (s == in.subscriptions.end()) {
    return nullptr;
  }
  auto& all = s->second.ledger.intervals;
  auto found = std::find_if(all.begin(), all.end(), [&](const billed_interval& x) {
    return x.invoice_id == invoice.id && x.line == static_cast<std::int64_t>(line);
  });
  return found == all.end() ? nullptr : &*found;
}

void apply(billing_account& to, const subscription_created& e) {
  to.subscriptions.insert_or_assign(e.subscription.id, e.subscription);
}

void apply(billing_account& to, const subscription_status_changed& e) {
  auto& s = to.subscriptions.at(e.subscription_id);
  if (is_billed(e.status) && !is_billed(s.status)) {
    s.ledger = skip(std::move(s.ledger), e.at);
  }
  if (s.status == subscription_status::incomplete && is_final(e.status) && s.coupon) {
    s.coupon->periods = 0;  // nobody had anything of it
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
  if (e.terms.usage != s.terms.usage) {
    s.metered_since = std::max(metered_now(s).start, e.at);
  }
  s.terms = e.terms;
  s.quantity = e.quantity;
  s.scheduled.reset();
}

void apply(billing_account& to, const subscription_period_started& e) {
  auto& s = to.subscriptions.at(e.subscription_id);
  auto billed_from
    = s.ledger.intervals.empty() ? e.period.start : s.ledger.intervals.back().interval.start;
  auto since = std::max(s.metered_since.value_or(e.period.start), billed_from);
  s.metered_since = since > e.period.start ? std::optional{since} : std::nullopt;
  s.period = e.period;
  s.anchor = e.anchor;
  std::erase_if(s.minimums, [&](const auto& x) { return x.full == e.period; });  // it is undone
  // A change that makes a period of its own can be undone at the same instant.
  bool by_change = s.released && s.released->at == e.period.start;
  s.ledger = by_change ? std::move(s.ledger) : close(std::move(s.ledger), e.period.start);
}

// Usage comes for usage_behind_max; as long again is time for a renewal or a change to bill it.
void apply(billing_account& to, const usage_period_closed& e) {
  auto& s = to.subscriptions.at(e.subscription_id);
  auto is_old
    = [&](const metered_period& x) { return x.period.end + 2 * usage_behind_max < e.period.start; };
  std::erase_if(s.minimums, [&](const agreed_minimum& of) {
    return std::any_of(s.metered.begin(), s.metered.end(),
                       [&](const auto& x) { return x.full == of.full && is_old(x); });
  });
  std::erase_if(s.metered, is_old);
  metered_period closed{e.period, s.period, s.terms, {}, {}, e.at_most};
  for (const auto& [metric, aggregation] : e.metrics) {
    closed.usage[metric].aggregation = aggregation;
  }
  s.metered.push_back(std::move(closed));
  s.metered_since = e.period.end;
}

void apply(billing_account& to, const minimum_fixed& e) {
  auto& s = to.subscriptions.at(e.subscription_id);
  std::erase_if(s.minimums,
                [&](const auto& x) { return x.full.end + 2 * usage_behind_max < e.full.start; });
  auto* had = minimum_of(s, e.full, e.agreed);
  auto& now = had == nullptr ? s.minimums.emplace_back() : *had;
  now = {e.full, e.agreed, e.share, e.counted, std::move(now.lines)};
}

void apply(billing_account& to, const minimum_corrected& e) {
  if (auto* of = minimum_of(to.subscriptions.at(e.subscription_id), e.full, e.agreed)) {
    of->lines = e.lines;
  }
}

void apply(billing_account& to, const usage_corrected& e) {
  for (auto& x : to.subscriptions.at(e.subscription_id).metered) {
    if (x.period.start == e.period_start) {
      auto& billed = x.usage[e.metric];
      billed.units = e.units;
      billed.amount = e.amount;
      billed.discount = e.discount.value_or(billed.discount);
      billed.lines = e.lines.value_or(billed.lines);
      if (e.anew) {
        billed.discount = 0;
        billed.lines.clear();
      }
    }
  }
}

void apply(billing_account& to, const usage_settled& e) {
  auto& s = to.subscriptions.at(e.subscription_id);
  s.metered.clear();
  s.minimums.clear();
}

void apply(billing_account& to, const subscription_schedule_changed& e) {
  auto& s = to.subscriptions.at(e.subscription_id);
  s.scheduled = e.change;
  s.cancel_at = e.cancel_at;
}

void apply(billing_account& to, const subscription_trial_changed& e) {
  auto& s = to.subscriptions.at(e.subscription_id);
  s.trial_end = s.period.end = s.ledger.begin = e.trial_end;
  s.anchor = e.anchor;
}

void apply(billing_account& to, const invoice_created& e) {
  for (std::size_t i = 0; i < e.invoice.lines.size(); ++i) {
    bill(to, e.invoice, i);
  }
  for (const auto& line : e.invoice.lines) {
    auto s = to.subscriptions.find(line.subscription_id.value_or(""));
    if (s != to.subscriptions.end()) {
      for (auto& x : s->second.metered) {
        x.invoice_id = x.invoice_id ? x.invoice_id : e.invoice.id;
      }
    }
  }
  to.invoices.insert_or_assign(e.invoice.id, e.invoice);
}

// What intervals and metered periods say of its lines is as these are. A line that stays as it was
// says nothing new: what a later invoice billed of the same usage counts.
void apply(billing_account& to, const invoice_revised& e) {
  auto& invoice = to.invoices.at(e.invoice_id);
  auto before = std::move(invoice.lines);
  invoice.lines = e.lines;
  invoice.totals = e.totals;
  invoice.treatment = e.treatment;
  invoice.tax_calculation = e.tax_calculation;
  for (std::size_t i = 0; i < e.lines.size(); ++i) {
    const auto& line = e.lines[i];
    bool was_there = i < before.size();
    if (line.kind == line_kind::minimum && !line.corrects) {
      bill_minimum(to, e.invoice_id, line, i);
    } else if (line.kind != line_kind::usage) {
      if (auto* interval = interval_of(to, invoice, i)) {
        interval->billed = billed_by(line);
      }
    } else if (!was_there || before[i].basis != line.basis || before[i].usage != line.usage) {
      if (was_there) {
        unbill_usage(to, e.invoice_id, before[i]);
      }
      bill_usage(to, e.invoice_id, line, i);
    }
  }
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

void apply(billing_account& to, const invoice_numbered& e) {
  to.invoices.at(e.invoice_id).number = e.number;
}

void apply(billing_account& to, const payment_requested& e) {
  auto& invoice = to.invoices.at(e.invoice_id);
  invoice.collection.next_attempt_at.reset();
  invoice.requested_at = e.at;
  invoice.requested_with = e.payment_method;
}

void apply(billing_account& to, const invoice_payment_recorded& e) {
  auto& invoice = to.invoices.at(e.invoice_id);
  invoice.payments.push_back({e.payment_id, e.amount, e.at});
  invoice.paid += e.amount;
  bool tried_again = invoice.requested_at && invoice.collection.failed_attempts > 0;
  if (tried_again && amount_due(invoice) > 0) {  // the gateway had part of it
    auto ends = waits_for_first(invoice, to) ? invoice.due_at.value_or(e.at) : e.at;
    invoice.collection.next_attempt_at = std::max(e.at, ends);
  }
  invoice.requested_at.reset();
}

void apply(billing_account& to, const invoice_payment_failed& e) {
  auto& invoice = to.invoices.at(e.invoice_id);
  auto attempt = e.collection.failed_attempts + std::ssize(invoice.payments);
  invoice.failures.push_back({attempt, amount_due(invoice), e.failure_code, e.at});
  invoice.collection = e.collection;
  invoice.requested_at.reset();
}

// What is not owed is not given back either.
void forgive(billing_account& to, const native_invoice& voided) {
  for (std::size_t i = 0; i < voided.lines.size(); ++i) {
    if (auto* interval = interval_of(to, voided, i)) {
      interval->billed = {};
      interval->minimum.reset();
    }
  }
}

void apply(billing_account& to, const balance_applied& e) {
  auto& invoice = to.invoices.at(e.invoice_id);
  invoice.from_balance += e.amount;
  to.balances[invoice.currency] -= e.amount;
}

void apply(billing_account& to, const credit_note_issued& e) {
  const auto& note = e.credit_note;
  auto& invoice = to.invoices.at(note.invoice_id);
  for (const auto& x : note.lines) {
    give_back(invoice, x.line, x.amounts);
    if (auto* interval = interval_of(to, invoice, static_cast<std::size_t>(x.line))) {
      interval->billed = without(std::move(interval->billed), x.amounts);
      interval->credited += x.amounts.amount;
    }
  }
  invoice.credited += note.to_invoice;
  if (note.to_balance != 0) {
    to.balances[note.currency] += note.to_balance;
  }
  invoice.credit_notes.push_back(note);
}

void apply(billing_account& to, const credit_note_numbered& e) {
  for (auto& note : to.invoices.at(e.invoice_id).credit_notes) {
    note.number = note.id == e.credit_note_id ? std::optional{e.number} : note.number;
  }
}

void apply(billing_account& to, const invoice_closed& e) {
  auto& invoice = to.invoices.at(e.invoice_id);
  if (e.status == invoice_status::voided) {
    forgive(to, invoice);
  }
  invoice.status = e.status;
  invoice.collection.next_attempt_at.reset();
  invoice.requested_at.reset();
  (e.status == invoice_status::paid ? invoice.paid_at : invoice.closed_at) = e.at;
}

// What the issuer said of the old one does not count for the new one.
void apply(billing_account& to, const payment_method_changed& e) {
  to.payment_method = e.token;
  for (auto& [id, invoice] : to.invoices) {
    invoice.collection.declined_for_good = false;
  }
}

}  // namespace

billing_account evolve(billing_account state, const billing_event& happened) {
  std::visit([&](const auto& e) { apply(state, e); }, happened);
  return state;
}

}  // namespace bursar::domain
