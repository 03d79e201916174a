// What Bursar itself bills to one organization: its subscriptions and their invoices. State,
// commands, events, and the two functions that relate them. Pure.
//
// An interval of a subscription is billed by a line of an invoice and by nothing else: evolve()
// claims it in the subscription's ledger when the invoice is created. So there is no second place
// that could forget it or bill it again.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/describe.hpp>

#include "domain/billing/commands.hpp"
#include "domain/billing/invoice.hpp"
#include "domain/billing/usage_events.hpp"

namespace bursar::domain {

struct usage_account;

struct billing_account {
  std::map<std::string, subscription> subscriptions;
  std::map<std::string, native_invoice> invoices;
  std::map<std::string, std::int64_t> balances;  // credit by currency, minor units, zero or more
  std::optional<std::string> payment_method;     // the gateway's token
  friend bool operator==(const billing_account&, const billing_account&) = default;
};
BOOST_DESCRIBE_STRUCT(billing_account, (), (subscriptions, invoices, balances, payment_method))

std::int64_t balance_of(const billing_account& of, const std::string& currency);

// -- events; a name in the journal is the struct's name ---

struct subscription_created {
  domain::subscription subscription;
  friend bool operator==(const subscription_created&, const subscription_created&) = default;
};
BOOST_DESCRIBE_STRUCT(subscription_created, (), (subscription))

struct subscription_status_changed {
  std::string subscription_id;
  subscription_status status = subscription_status::active;
  timestamp at{};  // when it was due, which is before it is recorded
  std::string reason;
  friend bool operator==(const subscription_status_changed&, const subscription_status_changed&)
    = default;
};
BOOST_DESCRIBE_STRUCT(subscription_status_changed, (), (subscription_id, status, at, reason))

struct subscription_terms_changed {
  std::string subscription_id;
  plan_terms terms;
  std::int64_t quantity = 1;
  timestamp at{};
  friend bool operator==(const subscription_terms_changed&, const subscription_terms_changed&)
    = default;
};
BOOST_DESCRIBE_STRUCT(subscription_terms_changed, (), (subscription_id, terms, quantity, at))

struct subscription_period_started {
  std::string subscription_id;
  billing_period period;
  billing_anchor anchor;
  friend bool operator==(const subscription_period_started&, const subscription_period_started&)
    = default;
};
BOOST_DESCRIBE_STRUCT(subscription_period_started, (), (subscription_id, period, anchor))

// What the end of the period brings; neither: it goes on as it is.
struct subscription_schedule_changed {
  std::string subscription_id;
  std::optional<scheduled_change> change;
  std::optional<timestamp> cancel_at;
  friend bool operator==(const subscription_schedule_changed&, const subscription_schedule_changed&)
    = default;
};
BOOST_DESCRIBE_STRUCT(subscription_schedule_changed, (), (subscription_id, change, cancel_at))

struct subscription_trial_changed {
  std::string subscription_id;
  timestamp trial_end{};
  billing_anchor anchor;  // of the periods after it
  friend bool operator==(const subscription_trial_changed&, const subscription_trial_changed&)
    = default;
};
BOOST_DESCRIBE_STRUCT(subscription_trial_changed, (), (subscription_id, trial_end, anchor))

struct invoice_created {
  native_invoice invoice;
  friend bool operator==(const invoice_created&, const invoice_created&) = default;
};
BOOST_DESCRIBE_STRUCT(invoice_created, (), (invoice))

struct invoice_opened {
  std::string invoice_id;
  timestamp at{}, due_at{};
  std::int64_t from_balance = 0;  // below zero: what the account's credit grows by
  friend bool operator==(const invoice_opened&, const invoice_opened&) = default;
};
BOOST_DESCRIBE_STRUCT(invoice_opened, (), (invoice_id, at, due_at, from_balance))

// Some time after it was opened: numbers come from a stream of their own.
struct invoice_numbered {
  std::string invoice_id, number;
  friend bool operator==(const invoice_numbered&, const invoice_numbered&) = default;
};
BOOST_DESCRIBE_STRUCT(invoice_numbered, (), (invoice_id, number))

// A draft as it is opened: usage that came in the meantime is on it.
struct invoice_revised {
  std::string invoice_id;
  std::vector<line_item> lines;
  invoice_totals totals;
  tax_treatment treatment = tax_treatment::not_taxed;
  std::optional<std::string> tax_calculation;
  friend bool operator==(const invoice_revised&, const invoice_revised&) = default;
};
BOOST_DESCRIBE_STRUCT(invoice_revised, (), (invoice_id, lines, totals, treatment, tax_calculation))

// The gateway is to be asked for it.
struct payment_requested {
  std::string invoice_id;
  std::int64_t amount = 0;
  timestamp at{};
  std::optional<std::string> payment_method;
  friend bool operator==(const payment_requested&, const payment_requested&) = default;
};
BOOST_DESCRIBE_STRUCT(payment_requested, (), (invoice_id, amount, at, payment_method))

struct invoice_payment_recorded {
  std::string invoice_id, payment_id;
  std::int64_t amount = 0;
  timestamp at{};
  friend bool operator==(const invoice_payment_recorded&, const invoice_payment_recorded&)
    = default;
};
BOOST_DESCRIBE_STRUCT(invoice_payment_recorded, (), (invoice_id, payment_id, amount, at))

struct invoice_payment_failed {
  std::string invoice_id;
  dunning collection;  // what follows
  std::optional<std::string> failure_code;
  timestamp at{};
  friend bool operator==(const invoice_payment_failed&, const invoice_payment_failed&) = default;
};
BOOST_DESCRIBE_STRUCT(invoice_payment_failed, (), (invoice_id, collection, failure_code, at))

// The account's credit pays what was open already.
struct balance_applied {
  std::string invoice_id;
  std::int64_t amount = 0;
  timestamp at{};
  friend bool operator==(const balance_applied&, const balance_applied&) = default;
};
BOOST_DESCRIBE_STRUCT(balance_applied, (), (invoice_id, amount, at))

struct credit_note_issued {
  domain::credit_note credit_note;
  friend bool operator==(const credit_note_issued&, const credit_note_issued&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_note_issued, (), (credit_note))

struct credit_note_numbered {
  std::string invoice_id, credit_note_id, number;
  friend bool operator==(const credit_note_numbered&, const credit_note_numbered&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_note_numbered, (), (invoice_id, credit_note_id, number))

struct invoice_closed {
  std::string invoice_id;
  invoice_status status = invoice_status::paid;  // paid, voided or uncollectible
  timestamp at{};
  friend bool operator==(const invoice_closed&, const invoice_closed&) = default;
};
BOOST_DESCRIBE_STRUCT(invoice_closed, (), (invoice_id, status, at))

struct payment_method_changed {
  std::optional<std::string> token;
  friend bool operator==(const payment_method_changed&, const payment_method_changed&) = default;
};
BOOST_DESCRIBE_STRUCT(payment_method_changed, (), (token))

using billing_event
  = std::variant<subscription_created, subscription_status_changed, subscription_terms_changed,
                 subscription_period_started, subscription_schedule_changed,
                 subscription_trial_changed, usage_period_closed, minimum_fixed, minimum_corrected,
                 usage_corrected, usage_settled, invoice_created, invoice_revised, invoice_opened,
                 invoice_numbered, payment_requested, invoice_payment_recorded,
                 invoice_payment_failed, balance_applied, credit_note_issued, credit_note_numbered,
                 invoice_closed, payment_method_changed>;

// -- decide and evolve ---

struct billing_context {
  timestamp now{};
  const domain::catalog* catalog = nullptr;  // never null
  tax_party seller, buyer;
  std::optional<domain::legal_entity> legal_entity;  // who the seller is; else the settings' own
  std::optional<std::string> buyer_currency, buyer_time_zone;
  std::chrono::seconds draft_for{0};  // how long an invoice may still be changed
  std::chrono::seconds due_after = std::chrono::days{14};  // of an invoice's opening
  tax_inquiry* taxes = nullptr;  // an outside provider says what is due; else the catalog's rates
  const usage_account* usage = nullptr;  // what it used; null: nothing
  bool consolidate = false;              // subscriptions that renew together are on one invoice
  bool has_gateway = false;              // payments can be asked for; else somebody records them
  // "in_…": never the same twice.
  std::function<std::string()> new_invoice_id;
};

struct billing_decision {
  std::vector<billing_event> events;  // none: nothing changes
  billing_account after;              // what they lead to
};

// not_found, already_exists; conflict: what the status of the subscription or invoice does not
// allow, with the reason; unprocessable: a plan that is not sold (billing/sale.hpp), a quantity
// below one, more paid than is due, an amount beyond what can be represented.
result<billing_decision> decide(const billing_account& state, const billing_command& wanted,
                                const billing_context& context);

// What has happened elsewhere and is recorded, whatever follows from it: a payment, one that
// failed, a number that was given.
bool is_fact(const billing_command& x);

// Total: no clock, no validation, no failure.
billing_account evolve(billing_account state, const billing_event& happened);

// When time alone changes something next. Empty: it waits for somebody.
std::optional<timestamp> next_due(const billing_account& of);

}  // namespace bursar::domain
