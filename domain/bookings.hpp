// What each event of native billing books in the general ledger, and when.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/billing/account.hpp"
#include "domain/billing/recognition.hpp"

namespace bursar::domain {

struct year_month {
  std::int64_t year = 1970, month = 1;
  friend std::strong_ordering operator<=>(const year_month&, const year_month&) = default;
};
year_month month_of(timestamp t);  // of UTC
year_month next(year_month x);
std::string text_of(const year_month& x);      // "2026-01"
std::string last_day_of(const year_month& x);  // "2026-01-31"

struct booking {
  std::string date;  // "2026-01-16", of UTC; of what is earned the last day of its month
  year_month month;
  std::string currency, invoice_id;
  std::optional<std::int64_t> line;  // of the invoice, from 0: whose amount is earned
  ledger_entry lines;                // adds up to zero; never empty
};

// In their order: the event's own entry, then what of it is earned, line by line and month by
// month, those to come as well. What is taken back of months that are over is of the event's own.
std::vector<booking> bookings_of(const billing_account& before, const billing_event& happened,
                                 timestamp recorded_at);

// One account to another; minor units, above zero.
struct ledger_posting {
  ledger_account debit = ledger_account::cash, credit = ledger_account::cash;
  std::int64_t amount = 0;
};
// Of an entry that balances: their debits and credits by account are its own.
std::vector<ledger_posting> postings_of(ledger_entry entry);

}  // namespace bursar::domain
