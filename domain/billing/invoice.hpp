// An invoice: what is owed and what of it was settled. Lines make it, once; from then on only its
// status and what was paid change.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "base/time.hpp"
#include "domain/billing/dunning.hpp"
#include "domain/billing/line_item.hpp"

namespace bursar::domain {

// draft → open → paid | void | uncollectible; uncollectible → paid | void. `voided` is written so
// because void is C++'s.
BOOST_DEFINE_ENUM_CLASS(invoice_status, draft, open, paid, voided, uncollectible)

bool may_become(invoice_status from, invoice_status to);

// Minor units of the invoice's currency. Each is the sum of the lines' own.
struct invoice_totals {
  std::int64_t subtotal = 0;       // amounts of the lines
  std::int64_t discount = 0;       // zero or less
  std::int64_t tax = 0;            // that is added
  std::int64_t inclusive_tax = 0;  // that is in the amounts
  std::int64_t total = 0;          // subtotal + discount + tax; below zero: owed to the buyer
  friend bool operator==(const invoice_totals&, const invoice_totals&) = default;
};
BOOST_DESCRIBE_STRUCT(invoice_totals, (), (subtotal, discount, tax, inclusive_tax, total))

struct invoice_payment {
  std::string id;
  std::int64_t amount = 0;  // minor units
  timestamp at{};
  friend bool operator==(const invoice_payment&, const invoice_payment&) = default;
};
BOOST_DESCRIBE_STRUCT(invoice_payment, (), (id, amount, at))

struct native_invoice {
  std::string id;
  std::optional<std::string> number;  // without gaps, of the legal entity; once it is open
  invoice_status status = invoice_status::draft;
  std::string currency;
  tax_treatment treatment = tax_treatment::not_taxed;
  std::vector<line_item> lines;
  invoice_totals totals;
  std::int64_t from_balance = 0;  // what the account's credit paid; below zero: what it got
  std::int64_t paid = 0;          // by payments
  std::int64_t credited = 0;      // by credit notes before it was paid
  std::vector<invoice_payment> payments;
  dunning collection;
  timestamp created_at{};
  std::optional<timestamp> finalize_at, opened_at, due_at, paid_at, closed_at;
  std::optional<timestamp> requested_at;  // a payment that is asked for and not answered yet
  friend bool operator==(const native_invoice&, const native_invoice&) = default;
};
BOOST_DESCRIBE_STRUCT(native_invoice, (),
                      (id, number, status, currency, treatment, lines, totals, from_balance, paid,
                       credited, payments, collection, created_at, finalize_at, opened_at, due_at,
                       paid_at, closed_at, requested_at))

// What is still owed: nothing of a draft, and never less than nothing.
std::int64_t amount_due(const native_invoice& of);

// When time alone does something next: it is opened, or is due and nobody paid, or its payment is
// tried again. Not while a payment is asked for.
std::optional<timestamp> next_due(const native_invoice& of);

// What the lines of one invoice are charged by.
struct charge_terms {
  std::string currency;
  std::vector<coupon> coupons;  // in the order in which they apply
  tax_party seller, buyer;
  std::vector<tax_rate> tax_rates;
};

// Lines with their amounts by their basis, discounts and taxes. Lines that give something back come
// with the discounts that they give back. unprocessable: no lines, or an amount beyond what can be
// represented.
struct charged_lines {
  std::vector<line_item> lines;
  invoice_totals totals;
  tax_treatment treatment = tax_treatment::not_taxed;
};
result<charged_lines> charge(std::vector<line_item> lines, const charge_terms& by);

// The sums of lines as they stand. unprocessable: as above.
result<invoice_totals> totals_of(const std::vector<line_item>& lines);

}  // namespace bursar::domain
