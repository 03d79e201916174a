// Rows of the reports: one for each month and currency, amounts in minor units of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "base/error.hpp"
#include "domain/credits/credit_report.hpp"
#include "domain/reports.hpp"
#include "domain/usage/usage_report.hpp"
#include "schemas/event_codec.hpp"

namespace bursar::schemas {

struct mrr_row {
  std::string month, currency;
  std::int64_t opening = 0, new_business = 0, reactivation = 0, expansion = 0, contraction = 0,
               churn = 0, closing = 0;
};
BOOST_DESCRIBE_STRUCT(mrr_row, (),
                      (month, currency, opening, new_business, reactivation, expansion, contraction,
                       churn, closing))

struct churn_row {
  std::string month, currency;
  std::int64_t customers_opening = 0, customers_won = 0, customers_lost = 0, customers_closing = 0;
  std::optional<decimal> customer_churn, revenue_churn;  // of what there was at the beginning
};
BOOST_DESCRIBE_STRUCT(churn_row, (),
                      (month, currency, customers_opening, customers_won, customers_lost,
                       customers_closing, customer_churn, revenue_churn))

struct revenue_row {
  std::string month, currency;
  std::int64_t billed = 0, recognized = 0, deferred = 0;
};
BOOST_DESCRIBE_STRUCT(revenue_row, (), (month, currency, billed, recognized, deferred))

struct payments_row {
  std::string month, currency;
  std::int64_t succeeded = 0, succeeded_amount = 0, failed = 0, refunded_amount = 0;
};
BOOST_DESCRIBE_STRUCT(payments_row, (),
                      (month, currency, succeeded, succeeded_amount, failed, refunded_amount))

struct ledger_row {
  std::string month, currency, account;
  std::int64_t debit = 0, credit = 0;
};
BOOST_DESCRIBE_STRUCT(ledger_row, (), (month, currency, account, debit, credit))

// Of all organizations; credits are no money, and have no currency.
struct credits_row {
  std::string month;
  domain::credit_kind kind = domain::credit_kind::manual;
  std::int64_t granted = 0, consumed = 0, given_back = 0, expired = 0, reversed = 0,
               transferred_in = 0, transferred_out = 0, outstanding = 0;
};
BOOST_DESCRIBE_STRUCT(credits_row, (),
                      (month, kind, granted, consumed, given_back, expired, reversed,
                       transferred_in, transferred_out, outstanding))

struct usage_row {
  std::string month, metric;
  domain::meter_aggregation aggregation = domain::meter_aggregation::sum;
  std::int64_t organizations = 0, events = 0;
  std::string value;  // a decimal number
  bool estimated = false;
};
BOOST_DESCRIBE_STRUCT(usage_row, (),
                      (month, metric, aggregation, organizations, events, value, estimated))

// One account to another, of one organization.
struct posting_row {
  std::uint64_t sequence = 0;  // of the event that books it
  std::string date, month, currency, invoice_id;
  std::optional<std::int64_t> line;  // of the invoice, from 0: whose amount is earned
  domain::ledger_account debit = domain::ledger_account::cash;
  domain::ledger_account credit = domain::ledger_account::cash;
  std::int64_t amount = 0;  // above zero
};
BOOST_DESCRIBE_STRUCT(posting_row, (),
                      (sequence, date, month, currency, invoice_id, line, debit, credit, amount))

struct report_filter {
  std::optional<std::string> currency;
  std::optional<domain::year_month> from, to;  // both are in it
  // Later months only hold what is earned then of what is billed already: who does not tell of that
  // ends here.
  domain::year_month present;
};

// "2026-01", or the month of an RFC 3339 time.
std::optional<domain::year_month> parse_month(std::string_view text);

// What the event books, as far as it is wanted.
void add_postings(const domain::organization& before, const domain::event& happened,
                  const envelope& about, const report_filter& wanted, std::vector<posting_row>& to);

// In the order of currencies and months. Row: one of those above.
template <class Row>
std::vector<Row> report_rows(const domain::reports& of, const report_filter& filter);

// In the order of months, and of kinds or metrics.
std::vector<credits_row> report_rows(const domain::credits_report& of, const report_filter& filter);
std::vector<usage_row> report_rows(const domain::usage_report& of, const domain::catalog& catalog,
                                   const report_filter& filter);

}  // namespace bursar::schemas
