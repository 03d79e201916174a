// An organization: state, commands, events, and the two functions that relate them. Pure.
// Longer than the rule: the aggregate reads from top to bottom in one file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <boost/describe.hpp>
#include <boost/mp11/list.hpp>

#include "base/error.hpp"
#include "base/time.hpp"
#include "domain/billing/account.hpp"
#include "domain/catalog.hpp"
#include "domain/credits/credit_account.hpp"
#include "domain/stripe/mirror.hpp"
#include "domain/usage/usage_account.hpp"

namespace bursar::domain {

using metadata = std::map<std::string, std::string>;

// -- state ---

// What the subscriptions together mean for the organization (product.md §1, §3).
struct standing {
  std::string subscription_status = "none";  // trialing, active, past_due, suspended, paused,
                                             // incomplete, cancelled, expired; none: never had one
  bool read = true;
  bool write = false;
  std::optional<std::string> subscription_id;  // the one that decides
  std::optional<std::string> billing_tier;     // plan id, where the catalog knows the price
  std::optional<std::int64_t> annual_amount;   // minor units of `currency`, of all running ones
  std::optional<std::string> currency;
  std::optional<std::int64_t> next_billing_at;  // unix seconds
  friend bool operator==(const standing&, const standing&) = default;
};
BOOST_DESCRIBE_STRUCT(standing, (),
                      (subscription_status, read, write, subscription_id, billing_tier,
                       annual_amount, currency, next_billing_at))

struct organization {
  std::string id;  // empty: nobody created it yet
  std::string name;
  std::optional<std::string> email, country, currency, timezone, external_id;
  std::optional<tax_details> tax;
  std::optional<bool> consolidated_invoices;   // else one for each subscription
  std::optional<std::string> legal_entity_id;  // who sells to it; else the settings' seller
  std::optional<std::int64_t> low_balance;     // of credits, instead of the settings'; 0: never
  domain::metadata metadata;
  timestamp created_at{};
  std::set<std::string> stripe_customer_ids;
  stripe::mirror stripe;
  credit_account credits;
  billing_account billing;  // what Bursar itself bills
  usage_account usage;
  domain::standing standing;
  friend bool operator==(const organization&, const organization&) = default;
};
BOOST_DESCRIBE_STRUCT(organization, (),
                      (id, name, email, country, currency, timezone, external_id, tax,
                       consolidated_invoices, legal_entity_id, low_balance, metadata, created_at,
                       stripe_customer_ids, stripe, credits, billing, usage, standing))

// -- commands ---

struct create_organization {
  std::string id, name;
  std::optional<std::string> email, country, currency, timezone, external_id;
  std::optional<tax_details> tax;
  std::optional<bool> consolidated_invoices;
  std::optional<std::string> legal_entity_id;
  std::optional<std::int64_t> low_balance;
  domain::metadata metadata;
  std::set<std::string> stripe_customer_ids;
};

struct update_organization {  // only what is there changes
  std::optional<std::string> name, email, country, currency, timezone, external_id;
  std::optional<tax_details> tax;
  std::optional<bool> consolidated_invoices;
  std::optional<std::string> legal_entity_id;
  std::optional<std::int64_t> low_balance;
  std::optional<domain::metadata> metadata;
  std::optional<std::set<std::string>> stripe_customer_ids;  // more of them; none is taken away
};

// A Stripe event that was found to concern this organization. With `create` an organization that
// nobody created comes into being.
struct apply_stripe_event {
  stripe::event event;
  bool create = false;
};

using command = std::variant<create_organization, update_organization, apply_stripe_event,
                             billing_command, credit_command, usage_command>;

// -- events; a name in the journal is the struct's name ---

struct organization_created {
  std::string id, name;
  std::optional<std::string> email, country, currency, timezone, external_id;
  std::optional<tax_details> tax;
  std::optional<bool> consolidated_invoices;
  std::optional<std::string> legal_entity_id;
  std::optional<std::int64_t> low_balance;
  domain::metadata metadata;
  std::set<std::string> stripe_customer_ids;
  timestamp created_at{};
  friend bool operator==(const organization_created&, const organization_created&) = default;
};
BOOST_DESCRIBE_STRUCT(organization_created, (),
                      (id, name, email, country, currency, timezone, external_id, tax,
                       consolidated_invoices, legal_entity_id, low_balance, metadata,
                       stripe_customer_ids, created_at))

struct organization_updated {
  std::optional<std::string> name, email, country, currency, timezone, external_id;
  std::optional<tax_details> tax;
  std::optional<bool> consolidated_invoices;
  std::optional<std::string> legal_entity_id;
  std::optional<std::int64_t> low_balance;
  std::optional<domain::metadata> metadata;
  std::optional<std::set<std::string>> stripe_customer_ids;
  friend bool operator==(const organization_updated&, const organization_updated&) = default;
};
BOOST_DESCRIBE_STRUCT(organization_updated, (),
                      (name, email, country, currency, timezone, external_id, tax,
                       consolidated_invoices, legal_entity_id, low_balance, metadata,
                       stripe_customer_ids))

struct stripe_object_observed {
  std::optional<std::string> customer;  // becomes this organization's
  stripe::seen_object object;
  std::optional<std::string> payload_sha256;  // of the raw body, which is kept beside the chain
  friend bool operator==(const stripe_object_observed&, const stripe_object_observed&) = default;
};
BOOST_DESCRIBE_STRUCT(stripe_object_observed, (), (customer, object, payload_sha256))

struct subscription_started {
  std::string subscription_id, status;
  std::optional<std::string> plan_id;
  friend bool operator==(const subscription_started&, const subscription_started&) = default;
};
BOOST_DESCRIBE_STRUCT(subscription_started, (), (subscription_id, status, plan_id))

struct subscription_updated {
  std::string subscription_id, status, previous_status;
  std::optional<std::string> plan_id, previous_plan_id;
  friend bool operator==(const subscription_updated&, const subscription_updated&) = default;
};
BOOST_DESCRIBE_STRUCT(subscription_updated, (),
                      (subscription_id, status, previous_status, plan_id, previous_plan_id))

struct subscription_ended {
  std::string subscription_id, status;
  std::optional<std::int64_t> ended_at;  // unix seconds
  friend bool operator==(const subscription_ended&, const subscription_ended&) = default;
};
BOOST_DESCRIBE_STRUCT(subscription_ended, (), (subscription_id, status, ended_at))

struct payment_succeeded {
  std::string payment_id;
  std::optional<std::int64_t> amount;  // minor units
  std::optional<std::string> currency, customer;
  friend bool operator==(const payment_succeeded&, const payment_succeeded&) = default;
};
BOOST_DESCRIBE_STRUCT(payment_succeeded, (), (payment_id, amount, currency, customer))

struct payment_failed {
  std::string payment_id, attempt;  // attempt: the charge, or when there was none
  std::optional<std::int64_t> amount;
  std::optional<std::string> currency, customer, failure_code, failure_message;
  friend bool operator==(const payment_failed&, const payment_failed&) = default;
};
BOOST_DESCRIBE_STRUCT(payment_failed, (),
                      (payment_id, attempt, amount, currency, customer, failure_code,
                       failure_message))

struct payment_refunded {
  std::string charge_id;
  std::optional<std::string> payment_id, currency;
  std::int64_t refunded_total = 0, previous_total = 0;  // cumulative; falls when a refund fails
  friend bool operator==(const payment_refunded&, const payment_refunded&) = default;
};
BOOST_DESCRIBE_STRUCT(payment_refunded, (),
                      (charge_id, payment_id, currency, refunded_total, previous_total))

struct invoice_paid {
  std::string invoice_id;
  std::optional<std::string> number, currency;
  std::optional<std::int64_t> amount_paid, paid_at;
  friend bool operator==(const invoice_paid&, const invoice_paid&) = default;
};
BOOST_DESCRIBE_STRUCT(invoice_paid, (), (invoice_id, number, currency, amount_paid, paid_at))

struct dispute_opened {
  std::string dispute_id;
  std::optional<std::string> charge_id, currency, reason;
  std::optional<std::int64_t> amount;
  friend bool operator==(const dispute_opened&, const dispute_opened&) = default;
};
BOOST_DESCRIBE_STRUCT(dispute_opened, (), (dispute_id, charge_id, currency, reason, amount))

struct dispute_closed {
  std::string dispute_id, status;
  friend bool operator==(const dispute_closed&, const dispute_closed&) = default;
};
BOOST_DESCRIBE_STRUCT(dispute_closed, (), (dispute_id, status))

struct standing_changed {
  domain::standing standing;
  std::string previous_status;
  friend bool operator==(const standing_changed&, const standing_changed&) = default;
};
BOOST_DESCRIBE_STRUCT(standing_changed, (), (standing, previous_status))

using event = boost::mp11::mp_append<
  std::variant<organization_created, organization_updated, stripe_object_observed,
               subscription_started, subscription_updated, subscription_ended, payment_succeeded,
               payment_failed, payment_refunded, invoice_paid, dispute_opened, dispute_closed,
               standing_changed>,
  billing_event, credit_account_event, usage_account_event>;

// -- decide and evolve ---
struct decision_context {
  timestamp now{};
  const domain::catalog* catalog = nullptr;  // never null
  // How Bursar bills; of billing commands only, and not null then. Who buys, what is sold and when
  // is set by decide().
  const billing_context* billing = nullptr;
  tax_inquiry* taxes = nullptr;    // as billing_context has it
  std::uint64_t sequence = 1;      // of the first event that is decided
  usage_outcome* usage = nullptr;  // says what became of a batch; of record_usage only, not null
  credit_rules credits{};
};

// not_found (nobody created it), already_exists, invalid_parameter with pointers, and what
// billing/account.hpp and credits/credit_account.hpp say of theirs. No events: the command changes
// nothing.
result<std::vector<event>> decide(const organization& state, const command& wanted,
                                  const decision_context& context);

// How this organization is billed: context.billing, with what it says of itself.
billing_context terms_for(const organization& state, const decision_context& context);

// What a billing command would lead to, without doing it: the invoice that it would make for its
// subscription, if any (of time alone: the first of all), and the account after it. Fails as
// decide() does.
struct billing_preview {
  std::optional<native_invoice> invoice;
  billing_account after;
};
result<billing_preview> preview(const organization& state, const billing_command& wanted,
                                const decision_context& context);
// The next invoice that time alone would make. not_found: none.
result<native_invoice> upcoming_invoice(const organization& state, const decision_context& context);

// Total: no clock, no validation, no failure.
organization evolve(organization state, const event& happened);

// -- parts of decide, and questions ---

// subscription_suspended, subscription_cancelled: whoever may not write may not spend.
result<std::vector<event>> decide_credits(const organization& state, credit_command wanted,
                                          const decision_context& context);

// What a subscription's plan brings for a period: it expires with it, moves with it, and goes with
// the plan. None of what was used is brought again.
struct brought_credits {
  std::string subscription_id;
  std::int64_t amount = 0;
  timestamp period_start{}, period_end{};
};
void bring_credits(const credit_account& in, const brought_credits& what, timestamp now,
                   std::vector<event>& into);
// Of what Bursar bills, as it is after a decision.
void bring_credits(const organization& state, const billing_account& after, timestamp now,
                   std::vector<event>& into);

// What a decision about credits still needs: when grants are told of before they expire, and the
// alert of a balance that fell.
void complete_credits(const credit_account& before, const credit_rules& rules,
                      std::vector<event>& made);

// A batch of one fails as what is in it does; of more, context.usage says what was rejected.
// invalid_parameter, unprocessable, quota_exceeded; conflict: the id was used for something else.
result<std::vector<event>> decide_usage(const organization& state, const usage_command& wanted,
                                        const decision_context& context);
// As of `until`, whatever of it was said.
std::vector<running_period> running_periods(const organization& state, timestamp until);
// Whom Stripe bills for what is used. Empty: nobody, no subscription of it runs.
std::optional<std::string> metered_customer(const organization& state);

// What an organization may use: a plan's features, of all subscriptions that run, numbers added up;
// its own instead, where it has them. A feature that is named as a meter is a quota of its metric.
struct entitlement {
  scalar value;
  std::optional<std::int64_t> limit;  // empty: it is no number, or unlimited
  std::optional<std::int64_t> used;   // of a metric, in the current period
};
std::map<std::string, entitlement> entitlements_of(const organization& state,
                                                   const catalog& catalog, timestamp now);

namespace stripe {
// What a snapshot means for the business: compares the object before and after it.
std::vector<domain::event> facts(const organization& state, const seen_object& seen,
                                 const decision_context& context);
}  // namespace stripe

// What is different from the state when its standing is asked for.
struct changed_objects {
  std::string subscription_id;
  const stripe::subscription* subscription = nullptr;  // none: all as they are
  std::optional<std::string> deleted_customer;
  const billing_account* billing = nullptr;  // none: as it is
};
standing standing_of(const organization& state, const catalog& catalog,
                     const changed_objects& changed = {});
// A `standing_changed`, where the standing is another one than the state says.
void stand(const organization& state, const catalog& catalog, const changed_objects& changed,
           std::vector<event>& into);

struct access {
  bool read = false;
  bool write = false;
  std::string reason;
};
// Asked on every request of the product: from the standing and the credits alone.
access access_of(const organization& state, timestamp now);

// When time alone changes something next: a timer says so. Empty: never.
std::optional<timestamp> next_due(const organization& of);

// When money was received last, whoever took it. Empty: never.
std::optional<timestamp> last_payment_at(const organization& of);

}  // namespace bursar::domain
