// What all organizations together come to, month by month, from their events in the order in which
// each recorded them. Months are of UTC, by when an event happened; what is earned by the day is of
// the month of the subscription's own calendar. Amounts of each currency stand by themselves.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "domain/bookings.hpp"
#include "domain/organization.hpp"

namespace bursar::domain {

// Monthly recurring revenue: what the running subscriptions come to in a year, by twelve, before
// discounts and taxes. Neither a trial nor who is suspended or paused counts. opening, and what
// moved it, are closing.
struct mrr_month {
  std::int64_t opening = 0;
  std::int64_t new_business = 0;  // who never paid before
  std::int64_t reactivation = 0;  // who came back
  std::int64_t expansion = 0;
  std::int64_t contraction = 0;  // zero or less
  std::int64_t churn = 0;        // zero or less
  std::int64_t closing = 0;
  std::int64_t customers_opening = 0, customers_won = 0, customers_lost = 0, customers_closing = 0;
  // Of those lost, who was there at the beginning of the month, and what of their revenue then.
  std::int64_t opening_lost = 0, opening_churn = 0;
};

// Of invoices that Bursar made; without taxes.
struct revenue_month {
  std::int64_t billed = 0;      // by invoices that were opened, less what was credited or voided
  std::int64_t recognized = 0;  // earned in this month
  std::int64_t deferred = 0;    // at its end: billed and not earned yet; below zero: the opposite
};

// Whoever took the money.
struct payments_month {
  std::int64_t succeeded = 0, succeeded_amount = 0;
  std::int64_t failed = 0;
  std::int64_t refunded_amount = 0;
};

// The general ledger: what each account was debited and credited.
struct ledger_month {
  struct sums {
    std::int64_t debit = 0, credit = 0;
  };
  std::map<ledger_account, sums> accounts;
};

struct month_report {
  mrr_month mrr;
  revenue_month revenue;
  payments_month payments;
  ledger_month ledger;
};

// By currency and month; no month is left out between the first and the last of a currency.
using reports = std::map<std::string, std::map<year_month, month_report>>;

class report_builder {
 public:
  // Each event of each organization, twice: of what it was before, then of what it is after.
  void see_before(const organization& state, const event& happened, timestamp recorded_at);
  void see_after(const organization& state, const event& happened, timestamp recorded_at);
  // Months until this one.
  reports finish(year_month until) &&;

 private:
  struct paying {
    std::string currency;
    std::int64_t mrr = 0;
    bool ever = false;
    std::int64_t opening = 0;  // in this month
    year_month month{};
  };
  void move_mrr(const organization& after, timestamp t);
  void lose(const paying& who, year_month when);
  void see_billing(const billing_account& before, const billing_event& happened, timestamp t);
  void book(const booking& entry);
  month_report& at(const std::string& currency, year_month when) { return out_[currency][when]; }

  reports out_;
  std::map<std::string, paying> customers_;
};

}  // namespace bursar::domain
