// What callers see of the mirror: `GET …/mirror/stripe`. Links that no single object tells are
// drawn here (invoice <-> payment, session -> payment, charge -> payment), money is added up per
// customer and currency. A pure function of the state; what nothing told is empty.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <boost/describe.hpp>

#include "domain/organization.hpp"

namespace bursar::domain::stripe {

struct customer_view {
  std::string organization;
  text email, name, currency, default_payment_method;
  std::int64_t balance = 0;
  bool delinquent = false;
  bool deleted = false;
  std::vector<std::string> payment_methods;
};
BOOST_DESCRIBE_STRUCT(customer_view, (),
                      (organization, email, name, currency, default_payment_method, balance,
                       delinquent, deleted, payment_methods))

struct item_view {
  std::string id;
  text price, price_key, product;
  integer quantity;
};
BOOST_DESCRIBE_STRUCT(item_view, (), (id, price, price_key, product, quantity))

struct subscription_view {
  text customer, status, currency, latest_invoice, default_payment_method;
  flag cancel_at_period_end;
  integer cancel_at, canceled_at, ended_at, trial_end;
  integer current_period_start, current_period_end;
  std::optional<stripe::pause_collection> pause_collection;
  std::vector<item_view> items;
  std::vector<std::pair<std::string, std::int64_t>> status_history;  // status, since when
};
BOOST_DESCRIBE_STRUCT(subscription_view, (),
                      (customer, status, currency, latest_invoice, default_payment_method,
                       cancel_at_period_end, cancel_at, canceled_at, ended_at, trial_end,
                       current_period_start, current_period_end, pause_collection, items,
                       status_history))

struct payment_view {
  text customer, status, currency, latest_charge;
  integer amount, amount_received;
  std::int64_t amount_refunded = 0;
  std::optional<std::map<std::string, scalar>> purpose;  // invoice, or checkout_session and credits
};
BOOST_DESCRIBE_STRUCT(payment_view, (),
                      (customer, status, currency, latest_charge, amount, amount_received,
                       amount_refunded, purpose))

struct dispute_view {
  text status, currency, charge, payment_intent, reason;
  integer amount;
  std::int64_t funds_withdrawn = 0;  // taken and not given back
};
BOOST_DESCRIBE_STRUCT(dispute_view, (),
                      (status, currency, charge, payment_intent, reason, amount, funds_withdrawn))

struct purchased_credits {
  std::string checkout_session;
  text payment_intent, currency, customer;
  std::int64_t credits = 0;
  integer amount, paid_at;
};
BOOST_DESCRIBE_STRUCT(purchased_credits, (),
                      (checkout_session, payment_intent, currency, customer, credits, amount,
                       paid_at))

struct money_totals {
  std::int64_t collected = 0, refunded = 0, disputed = 0, net = 0;
};
BOOST_DESCRIBE_STRUCT(money_totals, (), (collected, refunded, disputed, net))

using totals_by_currency = std::map<std::string, money_totals>;

struct mirror_view {
  std::map<std::string, customer_view> customers;
  std::map<std::string, subscription_view> subscriptions;
  std::map<std::string, invoice> invoices;
  std::map<std::string, payment_view> payments;
  std::map<std::string, refund> refunds;
  std::map<std::string, dispute_view> disputes;
  std::map<std::string, credit_note> credit_notes;
  std::map<std::string, checkout_session> checkout_sessions;
  std::vector<purchased_credits> credits_purchased;
  std::map<std::string, totals_by_currency> totals;  // by customer
  totals_by_currency totals_of_guests;               // paid without a customer
};
BOOST_DESCRIBE_STRUCT(mirror_view, (),
                      (customers, subscriptions, invoices, payments, refunds, disputes,
                       credit_notes, checkout_sessions, credits_purchased, totals,
                       totals_of_guests))

mirror_view view_of(const organization& of);
subscription_view view_of_subscription(const tracked_subscription& of);
dispute_view view_of_dispute(const tracked<dispute>& of);

// By payment intent.
std::map<std::string, std::string> invoices_of_payments(const mirror& of);

// Statuses in the order they were entered, each with the moment it was first seen since.
std::vector<std::pair<std::string, std::int64_t>> status_history(const tracked_subscription& of);

// The latest moment at which money was received, unix seconds.
integer last_payment_at(const mirror& of);

}  // namespace bursar::domain::stripe
