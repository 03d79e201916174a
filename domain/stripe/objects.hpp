// Stripe's objects as Bursar knows them, whatever API version rendered them: names and integers
// as in the mirror (`GET …/mirror/stripe`), times in unix seconds, amounts in Stripe's minor
// units, an absent or unknown value is empty. Pure values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/describe.hpp>

namespace bursar::domain::stripe {

using text = std::optional<std::string>;
using integer = std::optional<std::int64_t>;
using flag = std::optional<bool>;

struct customer {
  text email, name, currency, default_payment_method;
  integer balance;  // negative: credit of the customer
  flag delinquent;
  bool deleted = false;
  friend bool operator==(const customer&, const customer&) = default;
};
BOOST_DESCRIBE_STRUCT(customer, (),
                      (email, name, currency, default_payment_method, balance, delinquent, deleted))

struct payment_method {
  text customer;  // empty: detached
  text type, brand, last4;
  integer exp_month, exp_year;
  friend bool operator==(const payment_method&, const payment_method&) = default;
};
BOOST_DESCRIBE_STRUCT(payment_method, (), (customer, type, brand, last4, exp_month, exp_year))

struct subscription_item {
  std::string id;
  text price, price_key, product;  // price_key: the price's lookup_key
  text interval;                   // day, week, month, year
  integer interval_count, unit_amount, quantity;
  friend bool operator==(const subscription_item&, const subscription_item&) = default;
};
BOOST_DESCRIBE_STRUCT(subscription_item, (),
                      (id, price, price_key, product, interval, interval_count, unit_amount,
                       quantity))

struct pause_collection {
  text behavior;
  integer resumes_at;
  friend bool operator==(const pause_collection&, const pause_collection&) = default;
};
BOOST_DESCRIBE_STRUCT(pause_collection, (), (behavior, resumes_at))

struct subscription {
  text customer, status, currency, latest_invoice, default_payment_method;
  flag cancel_at_period_end;
  integer cancel_at, canceled_at, ended_at, trial_end;
  integer current_period_start, current_period_end;
  std::optional<stripe::pause_collection> pause_collection;
  std::vector<subscription_item> items;
  friend bool operator==(const subscription&, const subscription&) = default;
};
BOOST_DESCRIBE_STRUCT(subscription, (),
                      (customer, status, currency, latest_invoice, default_payment_method,
                       cancel_at_period_end, cancel_at, canceled_at, ended_at, trial_end,
                       current_period_start, current_period_end, pause_collection, items))

struct invoice {
  text customer, subscription, number, status, billing_reason, currency;
  integer total, amount_due, amount_paid, amount_remaining, attempt_count;
  integer starting_balance, ending_balance;
  integer post_payment_credit_notes_amount, pre_payment_credit_notes_amount;
  integer paid_at, next_payment_attempt, period_end;
  text payment_intent;   // where the shape still says it (before 2025-03-31.basil)
  bool deleted = false;  // a draft that was deleted
  friend bool operator==(const invoice&, const invoice&) = default;
};
BOOST_DESCRIBE_STRUCT(invoice, (),
                      (customer, subscription, number, status, billing_reason, currency, total,
                       amount_due, amount_paid, amount_remaining, attempt_count, starting_balance,
                       ending_balance, post_payment_credit_notes_amount,
                       pre_payment_credit_notes_amount, paid_at, next_payment_attempt, period_end,
                       payment_intent, deleted))

struct payment_intent {
  text customer, status, currency, latest_charge;
  integer amount, amount_received;
  text invoice;  // before 2025-03-31.basil
  text failure_code, failure_message;
  friend bool operator==(const payment_intent&, const payment_intent&) = default;
};
BOOST_DESCRIBE_STRUCT(payment_intent, (),
                      (customer, status, currency, latest_charge, amount, amount_received, invoice,
                       failure_code, failure_message))

struct charge {
  text customer, status, currency, payment_intent, invoice;
  integer amount, amount_captured, amount_refunded;  // amount_refunded is cumulative
  flag refunded, disputed;
  text failure_code, failure_message;
  friend bool operator==(const charge&, const charge&) = default;
};
BOOST_DESCRIBE_STRUCT(charge, (),
                      (customer, status, currency, payment_intent, invoice, amount, amount_captured,
                       amount_refunded, refunded, disputed, failure_code, failure_message))

struct refund {
  text status, currency, charge, payment_intent, reason;
  integer amount;
  friend bool operator==(const refund&, const refund&) = default;
};
BOOST_DESCRIBE_STRUCT(refund, (), (status, currency, charge, payment_intent, reason, amount))

struct dispute {
  text status, currency, charge, payment_intent, reason;
  integer amount;
  integer withdrawn;  // -Σ balance_transactions[].amount, never negative; empty when not told
  friend bool operator==(const dispute&, const dispute&) = default;
};
BOOST_DESCRIBE_STRUCT(dispute, (),
                      (status, currency, charge, payment_intent, reason, amount, withdrawn))

struct credit_note {
  text customer, invoice, type, status, currency, refund;
  integer amount;
  friend bool operator==(const credit_note&, const credit_note&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_note, (), (customer, invoice, type, status, currency, refund, amount))

struct checkout_session {
  text customer, mode, status, payment_status, currency, client_reference_id, subscription,
    payment_intent, invoice;
  integer amount_total;
  text pack;  // metadata.pack: the credit product sold
  friend bool operator==(const checkout_session&, const checkout_session&) = default;
};
BOOST_DESCRIBE_STRUCT(checkout_session, (),
                      (customer, mode, status, payment_status, currency, client_reference_id,
                       subscription, payment_intent, invoice, amount_total, pack))

struct invoice_payment {  // links an invoice to what paid it; since 2025-05-28
  text invoice, payment_intent, charge, status, currency;
  integer amount_paid;
  friend bool operator==(const invoice_payment&, const invoice_payment&) = default;
};
BOOST_DESCRIBE_STRUCT(invoice_payment, (),
                      (invoice, payment_intent, charge, status, currency, amount_paid))

// The index of an alternative is stored nowhere: the codec writes the kind's name.
using object = std::variant<customer, payment_method, subscription, invoice, payment_intent, charge,
                            refund, dispute, credit_note, checkout_session, invoice_payment>;

// A snapshot of one object inside one event. `before` is the same object as it was before the
// event, where the event says so (previous_attributes): it orders snapshots that share a second.
struct observation {
  std::string id;
  object after;
  std::optional<object> before;  // same alternative as after
  friend bool operator==(const observation&, const observation&) = default;
};

// Where to look for the organization, best first (stripe-facts §4).
struct hints {
  text customer;                           // also a detached payment method's former customer
  std::vector<std::string> organizations;  // client_reference_id, then metadata: object,
                                           // subscription details, lines; no repeats
  std::vector<std::string> related;        // ids of this object and of those it names, no repeats
  friend bool operator==(const hints&, const hints&) = default;
};
BOOST_DESCRIBE_STRUCT(hints, (), (customer, organizations, related))

// One of Stripe's events, normalised.
struct event {
  std::string id;
  std::string type;
  std::int64_t created = 0;  // unix seconds; never the only guard against disorder
  bool livemode = false;
  text account;  // of a connected account
  text api_version;
  bool thin = false;  // a v2 event notification: names an object, shows none
  stripe::hints found;
  std::optional<observation> seen;  // none: nothing Bursar keeps a mirror of
  text unusable;                    // why its content cannot be used
  text payload_sha256;  // of the raw body, 64 hexadecimal digits; set by who received it
  friend bool operator==(const event&, const event&) = default;
};
BOOST_DESCRIBE_STRUCT(event, (),
                      (id, type, created, livemode, account, api_version, thin, found, seen,
                       unusable, payload_sha256))

}  // namespace bursar::domain::stripe
