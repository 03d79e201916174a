#include "domain/billing/recognition.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/money.hpp"

namespace bursar::domain {
namespace {

// The beginning of the month of t.
billing_anchor month_of(timestamp t, const std::string& time_zone) {
  auto at = anchor_at(t, time_zone);
  at.day = 1;
  at.second_of_day = 0;
  return at;
}

// Entries have only lines that say something.
void add(ledger_entry& to, ledger_account account, std::int64_t amount) {
  if (amount != 0) {
    to.push_back({account, amount});
  }
}

ledger_account owed_in(const native_invoice& of) {
  return of.status == invoice_status::uncollectible ? ledger_account::bad_debt
                                                    : ledger_account::accounts_receivable;
}

std::int64_t share_of(std::int64_t amount, std::int64_t days, std::int64_t all_days) {
  auto earned = rounded(exact{amount} * days / all_days);
  BURSAR_ASSERT(earned.has_value(), "a part of an amount is larger than it");
  return *earned;
}

}  // namespace

std::int64_t earned_until(timestamp t, std::int64_t amount, const billing_period& of,
                          const std::string& time_zone) {
  if (t <= of.start) {
    return of.start == of.end && t == of.start ? amount : 0;
  }
  if (t >= of.end || of.start == of.end) {
    return amount;
  }
  auto all = local_days(of, time_zone);
  auto begun = local_days({of.start, t}, time_zone);
  // The day of t is not over, unless t is where it begins.
  auto begins_day = anchor_at(t, time_zone).second_of_day == 0;
  return share_of(amount, std::max<std::int64_t>(begins_day ? begun : begun - 1, 0), all);
}

std::vector<month_amount> earned_by_month(std::int64_t amount, const billing_period& of,
                                          const std::string& time_zone) {
  auto month = month_of(of.start, time_zone);
  std::vector<month_amount> out;
  std::int64_t earned = 0;
  for (std::int64_t number = 0;; ++number) {
    auto end = boundary(month, {billing_interval::month, 1}, number + 1);
    bool last = end >= of.end;
    auto by_then = last ? amount : earned_until(end, amount, of, time_zone);
    auto which = month.year * 12 + month.month - 1 + number;
    out.push_back({which / 12, which % 12 + 1, by_then - earned});
    earned = by_then;
    if (last) {
      return out;
    }
  }
}

bool is_balanced(const ledger_entry& entry) {
  int128 sum = 0;
  for (const auto& line : entry) {
    sum += line.amount;
  }
  return sum == 0;
}

ledger_entry entry_of_opening(const native_invoice& of) {
  const auto& x = of.totals;
  auto net = x.subtotal + x.discount - x.inclusive_tax;
  ledger_entry out;
  // Below zero it is the buyer's, and goes to its balance.
  add(out, x.total < 0 ? ledger_account::customer_balance : ledger_account::accounts_receivable,
      x.total - of.from_balance);
  add(out, ledger_account::customer_balance, of.from_balance);
  add(out, ledger_account::deferred_revenue, -net);
  add(out, ledger_account::tax_payable, -(x.tax + x.inclusive_tax));
  BURSAR_ASSERT(is_balanced(out), "an invoice that does not balance");
  return out;
}

ledger_entry entry_of_payment(const native_invoice& of, std::int64_t amount) {
  ledger_entry out;
  add(out, ledger_account::cash, amount);
  add(out, owed_in(of), -amount);
  return out;
}

ledger_entry entry_of_earning(std::int64_t amount) {
  ledger_entry out;
  add(out, ledger_account::deferred_revenue, amount);
  add(out, ledger_account::revenue, -amount);
  return out;
}

ledger_entry entry_of_applying_balance(const native_invoice& of, std::int64_t amount) {
  ledger_entry out;
  add(out, ledger_account::customer_balance, amount);
  add(out, owed_in(of), -amount);
  return out;
}

ledger_entry entry_of_crediting(const native_invoice& of, const credit_note& note) {
  std::int64_t net = 0, tax = 0;
  for (const auto& line : note.lines) {
    const auto& x = line.amounts;
    net += net_of(x);
    tax += tax_of(x.taxes, false) + tax_of(x.taxes, true);
  }
  ledger_entry out;
  add(out, ledger_account::deferred_revenue, net);
  add(out, ledger_account::tax_payable, tax);
  add(out, owed_in(of), -note.to_invoice);
  add(out, ledger_account::customer_balance, -note.to_balance);
  add(out, ledger_account::cash, -note.refunded);
  BURSAR_ASSERT(is_balanced(out), "a credit note that does not balance");
  return out;
}

ledger_entry entry_of_voiding(const native_invoice& of) {
  auto out = entry_of_opening(of);
  for (auto& line : out) {
    line.amount = -line.amount;
    bool owed = line.account == ledger_account::accounts_receivable;
    line.account = owed ? owed_in(of) : line.account;
  }
  return out;
}

ledger_entry entry_of_writing_off(const native_invoice& of) {
  ledger_entry out;
  add(out, ledger_account::bad_debt, amount_due(of));
  add(out, ledger_account::accounts_receivable, -amount_due(of));
  return out;
}

}  // namespace bursar::domain
