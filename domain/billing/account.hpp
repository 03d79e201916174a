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

#include "domain/billing/invoice.hpp"
#include "domain/billing/subscription.hpp"

namespace bursar::domain {

struct billing_account {
  std::map<std::string, subscription> subscriptions;
  std::map<std::string, native_invoice> invoices;
  std::optional<std::string> payment_method;  // the gateway's token
  friend bool operator==(const billing_account&, const billing_account&) = default;
};
BOOST_DESCRIBE_STRUCT(billing_account, (), (subscriptions, invoices, payment_method))

// -- commands ---

struct start_subscription {
  std::string id;
  plan_terms terms;
  std::int64_t quantity = 1;
  std::int64_t trial_days = 0;
  std::string time_zone = "UTC";
  std::optional<timestamp> contract_end;  // it expires there
};

BOOST_DEFINE_ENUM_CLASS(effective_at, now, period_end)

struct change_subscription {
  std::string id;
  plan_terms terms;
  std::int64_t quantity = 1;
  effective_at when = effective_at::now;
};

struct cancel_subscription {
  std::string id;
  effective_at when = effective_at::period_end;
  bool give_back = false;  // of now: what is billed and not used yet
};

struct keep_subscription {  // what was to happen at the end of the period does not
  std::string id;
};
struct pause_subscription {
  std::string id;
};
struct resume_subscription {
  std::string id;
};
struct put_payment_method {
  std::optional<std::string> token;
};
struct advance_time {};  // what was due until now happens, each at its time, in order

using billing_command
  = std::variant<start_subscription, change_subscription, cancel_subscription, keep_subscription,
                 pause_subscription, resume_subscription, put_payment_method, advance_time>;

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

struct invoice_created {
  native_invoice invoice;
  friend bool operator==(const invoice_created&, const invoice_created&) = default;
};
BOOST_DESCRIBE_STRUCT(invoice_created, (), (invoice))

struct payment_method_changed {
  std::optional<std::string> token;
  friend bool operator==(const payment_method_changed&, const payment_method_changed&) = default;
};
BOOST_DESCRIBE_STRUCT(payment_method_changed, (), (token))

using billing_event
  = std::variant<subscription_created, subscription_status_changed, subscription_terms_changed,
                 subscription_period_started, subscription_schedule_changed, invoice_created,
                 payment_method_changed>;

// -- decide and evolve ---

struct billing_context {
  timestamp now{};
  tax_party seller, buyer;
  std::vector<tax_rate> tax_rates;
  std::chrono::seconds draft_for{0};  // how long an invoice may still be changed
  // "in_…": never the same twice.
  std::function<std::string()> new_invoice_id;
};

// not_found, already_exists; conflict: what the subscription's status does not allow, with the
// reason; unprocessable: a quantity below one, an amount beyond what can be represented. No events:
// nothing changes.
result<std::vector<billing_event>> decide(const billing_account& state,
                                          const billing_command& wanted,
                                          const billing_context& context);

// Total: no clock, no validation, no failure.
billing_account evolve(billing_account state, const billing_event& happened);

// When time alone changes something next. Empty: it waits for somebody.
std::optional<timestamp> next_due(const billing_account& of);

}  // namespace bursar::domain
