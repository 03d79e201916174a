// An invoice: what is owed and what of it was settled. Lines make it, once; from then on only its
// status changes, and what was paid, credited and given back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe.hpp>

#include "base/time.hpp"
#include "domain/billing/dunning.hpp"
#include "domain/billing/legal_entity.hpp"
#include "domain/billing/line_item.hpp"
#include "domain/billing/outside_tax.hpp"

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

// One that failed, or that nothing could be asked for.
struct failed_payment {
  std::int64_t attempt = 1;  // of the invoice; those that succeeded count, too
  std::int64_t amount = 0;   // minor units
  std::optional<std::string> code;
  timestamp at{};
  friend bool operator==(const failed_payment&, const failed_payment&) = default;
};
BOOST_DESCRIBE_STRUCT(failed_payment, (), (attempt, amount, code, at))

inline constexpr std::string_view nothing_to_charge = "no_payment_method";  // a code
bool was_asked_for(const std::optional<std::string>& failure_code);

struct credited_line {
  std::int64_t line = 0;   // of the invoice, from 0
  billed_amounts amounts;  // taken back
  friend bool operator==(const credited_line&, const credited_line&) = default;
};
BOOST_DESCRIBE_STRUCT(credited_line, (), (line, amounts))

struct credit_note {
  std::string id, invoice_id;
  std::optional<std::string> number;  // of the same sequence as its invoice's
  std::string currency;
  std::vector<credited_line> lines;
  std::int64_t total = 0;       // minor units, with taxes; it is the sum of these three
  std::int64_t to_invoice = 0;  // was owed
  std::int64_t to_balance = 0;  // is the account's credit
  std::int64_t refunded = 0;    // was given back
  std::optional<std::string> refund_id, reason;
  timestamp issued_at{};
  friend bool operator==(const credit_note&, const credit_note&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_note, (),
                      (id, invoice_id, number, currency, lines, total, to_invoice, to_balance,
                       refunded, refund_id, reason, issued_at))

struct native_invoice {
  std::string id;
  std::optional<std::string> number;                 // of its seller, without gaps; once it is open
  std::optional<domain::legal_entity> legal_entity;  // as it was then; else the settings' seller
  invoice_status status = invoice_status::draft;
  std::string currency;
  tax_treatment treatment = tax_treatment::not_taxed;
  std::optional<std::string>
    tax_calculation;  // where taxes are an outside provider's: its id of it
  std::vector<line_item> lines;
  invoice_totals totals;
  std::int64_t from_balance = 0;  // what the account's credit paid; below zero: what it got
  std::int64_t paid = 0;          // by payments
  std::int64_t credited = 0;      // by credit notes, of what was owed
  std::vector<invoice_payment> payments;
  std::vector<failed_payment> failures;  // in their order
  std::vector<credit_note> credit_notes;
  std::vector<billed_amounts> returned;  // of each line, by later lines and notes; empty: nothing
  dunning collection;
  timestamp created_at{};
  std::optional<timestamp> finalize_at, opened_at, due_at, paid_at, closed_at;
  std::optional<timestamp> requested_at;      // a payment that is asked for and not answered yet
  std::optional<std::string> requested_with;  // the payment method of the last that was asked for
  friend bool operator==(const native_invoice&, const native_invoice&) = default;
};
BOOST_DESCRIBE_STRUCT(native_invoice, (),
                      (id, number, legal_entity, status, currency, treatment, tax_calculation,
                       lines, totals, from_balance, paid, credited, payments, failures,
                       credit_notes, returned, collection, created_at, finalize_at, opened_at,
                       due_at, paid_at, closed_at, requested_at, requested_with))

// What is still owed: nothing of a draft, and never less than nothing.
std::int64_t amount_due(const native_invoice& of);

// What of a line was neither given back by a later one nor credited.
billed_amounts rest_of(const native_invoice& of, std::size_t line);

// Whether a line of it takes back what another invoice billed.
bool gives_back(const native_invoice& of);

// When time alone does something next: it is opened, or is due and nobody paid, or its payment is
// tried again. Not while a payment is asked for.
std::optional<timestamp> next_due(const native_invoice& of);

// exhausted          the plan says to try no more
// declined_for_good  the issuer says that no retry will work
// no_payment_method  the plan says to try no more, and at last there was nothing to charge
BOOST_DEFINE_ENUM_CLASS(retries_end, exhausted, declined_for_good, no_payment_method)

// Of what is open and failed. Empty: a payment is asked for or will be, or none failed.
std::optional<retries_end> why_retries_stopped(const native_invoice& of);
// When a payment is tried next; not when somebody who may still pay is given up.
std::optional<timestamp> next_attempt(const native_invoice& of);

// What the lines of one invoice are charged by.
struct charge_terms {
  timestamp at{};
  std::string currency;
  tax_party seller, buyer;
  std::vector<tax_rate> tax_rates;
  tax_inquiry* taxes = nullptr;  // whom to ask instead of the rates
};

struct discounted_lines {
  std::vector<line_item> lines;
  std::vector<coupon> coupons{};  // of these, in the order in which they apply
};

// Lines with their amounts by their basis, discounts and taxes; of lines that were settled before
// those are as they were (line_basis). unprocessable: no lines, or an amount beyond what can be
// represented. shard_unavailable: taxes that have to be asked for first.
struct charged_lines {
  std::vector<line_item> lines;
  invoice_totals totals;
  tax_treatment treatment = tax_treatment::not_taxed;
  std::optional<std::string> tax_calculation;
};
result<charged_lines> charge(std::vector<discounted_lines> all, const charge_terms& by);

// Of lines whose amounts and discounts are said already: taxes and totals, anew. As above.
result<charged_lines> recharge(std::vector<line_item> lines, const charge_terms& by);

// The sums of lines as they stand. unprocessable: as above.
result<invoice_totals> totals_of(const std::vector<line_item>& lines);

}  // namespace bursar::domain
