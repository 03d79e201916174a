// When what was billed is earned: in equal parts on each local day of its period, each month its
// days. And the general ledger's entries for it, which always balance.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "domain/billing/invoice.hpp"

namespace bursar::domain {

struct month_amount {
  std::int64_t year = 0, month = 0;
  std::int64_t amount = 0;  // minor units
  friend bool operator==(const month_amount&, const month_amount&) = default;
};
BOOST_DESCRIBE_STRUCT(month_amount, (), (year, month, amount))

// The months of the period in their order; they add up to the amount. A period without length is
// earned at once.
std::vector<month_amount> earned_by_month(std::int64_t amount, const billing_period& of,
                                          const std::string& time_zone);

// What of it is earned by the end of the local day before t.
std::int64_t earned_until(timestamp t, std::int64_t amount, const billing_period& of,
                          const std::string& time_zone);

// -- the general ledger ---

BOOST_DEFINE_ENUM_CLASS(ledger_account, accounts_receivable, cash, deferred_revenue, revenue,
                        tax_payable, customer_balance, bad_debt)

struct ledger_line {
  ledger_account account = ledger_account::cash;
  std::int64_t amount = 0;  // minor units; debit above zero, credit below
  friend bool operator==(const ledger_line&, const ledger_line&) = default;
};
BOOST_DESCRIBE_STRUCT(ledger_line, (), (account, amount))

using ledger_entry = std::vector<ledger_line>;  // of one currency; adds up to zero

bool is_balanced(const ledger_entry& entry);

ledger_entry entry_of_opening(const native_invoice& of);  // owed, deferred, tax, what credit paid
// These are of the invoice as it was before: what was written off is bad debt that is recovered.
ledger_entry entry_of_payment(const native_invoice& of, std::int64_t amount);
ledger_entry entry_of_applying_balance(const native_invoice& of, std::int64_t amount);
ledger_entry entry_of_crediting(const native_invoice& of, const credit_note& note);
ledger_entry entry_of_earning(std::int64_t amount);
ledger_entry entry_of_voiding(const native_invoice& of);      // the opposite of its opening
ledger_entry entry_of_writing_off(const native_invoice& of);  // what is still owed

}  // namespace bursar::domain
