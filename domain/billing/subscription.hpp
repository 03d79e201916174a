// A subscription that Bursar bills by itself: its life, and what it was sold for.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "domain/billing/interval_ledger.hpp"
#include "domain/pricing/calendar.hpp"
#include "domain/pricing/price.hpp"
#include "domain/pricing/proration.hpp"
#include "domain/usage/meter.hpp"

namespace bursar::domain {

// incomplete  waits for its first payment
// past_due    a payment failed and is tried again
// suspended   payments failed too often; read only
// cancelled   ended by somebody; final
// expired     its contract ended and was not renewed; final
BOOST_DEFINE_ENUM_CLASS(subscription_status, incomplete, trialing, active, past_due, suspended,
                        paused, cancelled, expired)

// The edges of product.md §3; whatever is not among them is refused.
bool may_become(subscription_status from, subscription_status to);
bool is_final(subscription_status x);
// Whether its periods are billed.
bool is_billed(subscription_status x);

inline constexpr std::int64_t agreed_version = 0;  // of a price that no version of the plan has

// What was sold: a copy of a plan's version, so that a later version changes nothing.
struct plan_terms {
  std::string plan_id;
  std::int64_t plan_version = 1;
  std::string name, currency;
  billing_cadence cadence;
  charge_model price;                            // of the quantity, per period and in advance
  std::optional<std::int64_t> minimum, maximum;  // of a period, before coupons and taxes
  std::optional<std::map<std::string, charge_model>> usage{};  // by meter, in arrears
  std::optional<std::map<std::string, scalar>> features;       // what may be used, and its limits
  std::optional<std::int64_t> credits_per_period;
  std::optional<std::string> product_class;
  proration_basis proration = proration_basis::second;
  dunning_policy dunning;
  trial_without_payment_method trial_end = trial_without_payment_method::pause;
  friend bool operator==(const plan_terms&, const plan_terms&) = default;
};
BOOST_DESCRIBE_STRUCT(plan_terms, (),
                      (plan_id, plan_version, name, currency, cadence, price, minimum, maximum,
                       usage, features, credits_per_period, product_class, proration, dunning,
                       trial_end))

struct scheduled_change {  // at the end of the period
  plan_terms terms;
  std::int64_t quantity = 1;
  friend bool operator==(const scheduled_change&, const scheduled_change&) = default;
};
BOOST_DESCRIBE_STRUCT(scheduled_change, (), (terms, quantity))

struct line_reference {
  std::string invoice_id;
  std::int64_t line = 0;  // from 0
  friend bool operator==(const line_reference&, const line_reference&) = default;
};
BOOST_DESCRIBE_STRUCT(line_reference, (), (invoice_id, line))

// A line that billed what may be counted again later: usage, or what a minimum missed for it.
struct billed_line {
  std::string invoice_id;
  std::int64_t line = 0;    // from 0
  std::int64_t amount = 0;  // that it billed, less what was corrected of it; as its owner says
  friend bool operator==(const billed_line&, const billed_line&) = default;
};
BOOST_DESCRIBE_STRUCT(billed_line, (), (invoice_id, line, amount))

struct billed_usage {
  meter_aggregation aggregation = meter_aggregation::sum;  // as it was when the period ended
  decimal units;                                           // that were billed
  std::int64_t amount = 0;         // what they came to; minor units, before discounts and taxes
  std::int64_t discount = 0;       // zero or less: what was beyond the agreed maximum
  std::vector<billed_line> lines;  // that billed them; after discounts: amount + discount in all
  friend bool operator==(const billed_usage&, const billed_usage&) = default;
};
BOOST_DESCRIBE_STRUCT(billed_usage, (), (aggregation, units, amount, discount, lines))

// A period, or part of one, of which all that was used was used on the same terms, and which is
// over. It is kept for as long as usage of it may come, and until that is billed.
struct metered_period {
  billing_period period;
  billing_period full;  // whose prices they are
  plan_terms terms;
  std::map<std::string, billed_usage> usage;  // by meter: of each that the terms have a price for
  std::optional<std::string> invoice_id;      // the first that came after it
  std::optional<std::int64_t> at_most;        // that its usage costs: what a maximum leaves
  friend bool operator==(const metered_period&, const metered_period&) = default;
};
BOOST_DESCRIBE_STRUCT(metered_period, (), (period, full, terms, usage, invoice_id, at_most))

// Of a period that is over: what usage has to come to for nothing to miss is the share of what was
// agreed less what is counted. Kept for as long as the period's usage is.
struct agreed_minimum {
  billing_period full;
  std::int64_t agreed = 0;         // of a whole period
  period_share share{1, 1};        // for which it was
  std::int64_t counted = 0;        // what the price itself came to
  std::vector<billed_line> lines;  // that billed what missed; before discounts
  friend bool operator==(const agreed_minimum&, const agreed_minimum&) = default;
};
BOOST_DESCRIBE_STRUCT(agreed_minimum, (), (full, agreed, share, counted, lines))

// What was given back last, so that a change that is undone at the same instant costs nothing.
struct last_release {
  timestamp at{};
  plan_terms terms;
  std::int64_t quantity = 1;
  billed_amounts billed;
  billing_period period;
  billing_anchor anchor;
  std::vector<line_reference> minimums;  // lines, of the period that the change ended
  friend bool operator==(const last_release&, const last_release&) = default;
};
BOOST_DESCRIBE_STRUCT(last_release, (), (at, terms, quantity, billed, period, anchor, minimums))

// Each period of which it took something off counts once.
struct redeemed_coupon {
  domain::coupon coupon;  // as it was then
  std::int64_t periods = 0;
  billing_period last;
  friend bool operator==(const redeemed_coupon&, const redeemed_coupon&) = default;
};
BOOST_DESCRIBE_STRUCT(redeemed_coupon, (), (coupon, periods, last))

bool applies_to(const redeemed_coupon& x, const billing_period& full);

struct subscription {
  std::string id;
  subscription_status status = subscription_status::incomplete;
  plan_terms terms;
  std::int64_t quantity = 1;
  billing_anchor anchor;
  billing_period period;  // the current one; of a trial, the trial
  interval_ledger ledger;
  timestamp created_at{};
  std::optional<timestamp> trial_end, cancel_at, contract_end, paused_at, ended_at;
  std::optional<scheduled_change> scheduled;
  std::optional<last_release> released;
  std::optional<redeemed_coupon> coupon;
  // Since when usage is metered on today's terms; empty: since the period began.
  std::optional<timestamp> metered_since{};
  std::vector<metered_period> metered{};   // in the order of time
  std::vector<agreed_minimum> minimums{};  // the same
  friend bool operator==(const subscription&, const subscription&) = default;
};
BOOST_DESCRIBE_STRUCT(subscription, (),
                      (id, status, terms, quantity, anchor, period, ledger, created_at, trial_end,
                       cancel_at, contract_end, paused_at, ended_at, scheduled, released, coupon,
                       metered_since, metered, minimums))

// conflict: what its status does not allow, and why.
error refused(const subscription& s, const std::string& why);

// Of what is used now: until when its usage is metered on today's terms, if nothing changes.
billing_period metered_now(const subscription& of);

// When time alone changes it next: the end of its period or trial, its cancellation, the end of
// its contract; once it ended, when no more usage of it can come. Empty: it waits for somebody.
std::optional<timestamp> next_due(const subscription& of);

}  // namespace bursar::domain
