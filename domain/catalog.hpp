// The catalog: plans, credit products, coupons, tax rates, legal entities, meters and credit
// events. Event-sourced in the stream "$catalog"; what an organization's event needs of it is
// copied into that event.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <boost/describe.hpp>

#include "base/error.hpp"
#include "domain/billing/discount.hpp"
#include "domain/billing/legal_entity.hpp"
#include "domain/billing/tax.hpp"
#include "domain/credits/credit_event.hpp"
#include "domain/pricing/price.hpp"
#include "domain/usage/meter.hpp"

namespace bursar::domain {

using scalar = std::variant<bool, std::int64_t, std::string>;

BOOST_DEFINE_ENUM_CLASS(billing_provider, stripe, native)
BOOST_DEFINE_ENUM_CLASS(billing_interval, day, week, month, year)

// Of a change within a period:
// second  seconds of the part / seconds of the period
// day     local days: one that has begun belongs to what begins on it
// none    a part costs nothing and gives nothing back
// day_30  as day, in months of 30 days; a period shorter than a month: as day
BOOST_DEFINE_ENUM_CLASS(proration_basis, second, day, none, day_30)

// What happens when a trial ends and there is nothing to charge.
BOOST_DEFINE_ENUM_CLASS(trial_without_payment_method, pause, cancel, bill)
BOOST_DEFINE_ENUM_CLASS(dunning_end, suspend, cancel)

struct dunning_policy {
  std::vector<std::int64_t> retry_days{1, 3, 5, 7};  // after the first failure
  std::int64_t suspend_after = 3;                    // failed attempts
  dunning_end at_end = dunning_end::suspend;         // after the last retry
  friend bool operator==(const dunning_policy&, const dunning_policy&) = default;
};
BOOST_DESCRIBE_STRUCT(dunning_policy, (), (retry_days, suspend_after, at_end))

inline constexpr std::int64_t agreed_amount_max = 999'999'999'999;  // a minimum or a maximum

struct plan_price {
  std::string currency;
  std::int64_t amount = 0;  // minor units per unit and interval_count intervals
  billing_interval interval = billing_interval::month;
  std::int64_t interval_count = 1;
  std::optional<std::string> stripe_price_id;
  std::optional<charge_model> model{};  // of native plans, instead of the amount
  // Of native plans: what a period comes to at least, and at most. Minor units, before coupons and
  // taxes.
  std::optional<std::int64_t> minimum{}, maximum{};
  // Of native plans: what is used costs, by meter; of each period, once it is over.
  std::optional<std::map<std::string, charge_model>> usage{};
  friend bool operator==(const plan_price&, const plan_price&) = default;
};
BOOST_DESCRIBE_STRUCT(plan_price, (),
                      (currency, amount, interval, interval_count, stripe_price_id, model, minimum,
                       maximum, usage))

// Of native plans: a price that a customer agreed on. invalid_parameter, with pointers below `at`.
result<void> check_agreed(const plan_price& price, const std::map<std::string, meter>& meters,
                          const std::string& at);
charge_model model_of(const plan_price& price);  // its own, or the amount for each unit

struct plan {
  std::string id, name;
  billing_provider provider = billing_provider::stripe;
  std::vector<plan_price> prices;
  std::map<std::string, scalar> features;  // a number is a limit, -1 unlimited
  std::int64_t credits_per_period = 0;
  std::int64_t trial_days = 0;
  bool active = true;
  // Of native plans; what is empty is as the types above say.
  std::optional<std::string> product_class;  // for taxes
  std::optional<proration_basis> proration;
  std::optional<dunning_policy> dunning;
  std::optional<trial_without_payment_method> trial_end;
  friend bool operator==(const plan&, const plan&) = default;
};
BOOST_DESCRIBE_STRUCT(plan, (),
                      (id, name, provider, prices, features, credits_per_period, trial_days, active,
                       product_class, proration, dunning, trial_end))

struct credit_price {
  std::string currency;
  std::int64_t amount = 0;  // minor units
  std::optional<std::string> stripe_price_id;
  friend bool operator==(const credit_price&, const credit_price&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_price, (), (currency, amount, stripe_price_id))

struct credit_product {
  std::string id, name;
  std::int64_t credits = 0;
  std::vector<credit_price> prices;
  bool active = true;
  friend bool operator==(const credit_product&, const credit_product&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_product, (), (id, name, credits, prices, active))

struct catalog {
  std::map<std::string, plan> plans;                  // the newest version of each
  std::map<std::string, std::int64_t> plan_versions;  // its number: the first is 1
  std::map<std::string, credit_product> credit_products;
  std::map<std::string, coupon> coupons;
  std::map<std::string, tax_rate> tax_rates;
  std::map<std::string, legal_entity> legal_entities;
  std::map<std::string, meter> meters = default_meters();
  std::map<std::string, credit_event> credit_events = default_credit_events();
  // Of coupons that only some may redeem: who did, by coupon.
  std::map<std::string, std::set<std::string>> redemptions;
  friend bool operator==(const catalog&, const catalog&) = default;
};
BOOST_DESCRIBE_STRUCT(catalog, (),
                      (plans, plan_versions, credit_products, coupons, tax_rates, legal_entities,
                       meters, credit_events, redemptions))

// Where the catalog keeps what it has of a kind, by id.
template <class Value>
inline constexpr std::map<std::string, Value> catalog::*kept_in = nullptr;
template <>
inline constexpr auto kept_in<plan> = &catalog::plans;
template <>
inline constexpr auto kept_in<credit_product> = &catalog::credit_products;
template <>
inline constexpr auto kept_in<coupon> = &catalog::coupons;
template <>
inline constexpr auto kept_in<tax_rate> = &catalog::tax_rates;
template <>
inline constexpr auto kept_in<legal_entity> = &catalog::legal_entities;
template <>
inline constexpr auto kept_in<meter> = &catalog::meters;
template <>
inline constexpr auto kept_in<credit_event> = &catalog::credit_events;

// -- commands ---

// Creates it, or replaces what is equal to `replaces`.
template <class Value>
struct put {
  Value value;
  std::optional<Value> replaces{};
};
using put_plan = put<plan>;
using put_credit_product = put<credit_product>;
using put_coupon = put<coupon>;
using put_tax_rate = put<tax_rate>;
using put_legal_entity = put<legal_entity>;
using put_meter = put<meter>;
using put_credit_event = put<credit_event>;
// One of a plan's prices, which makes a new version of the plan: another one, or instead of one
// that is equal to `replaces`.
struct put_price {
  std::string plan_id;
  plan_price price;
  std::optional<plan_price> replaces{};
};
// An organization is about to use a coupon; it may do so again.
struct redeem_coupon {
  std::string coupon_id, organization_id;
};
using catalog_command
  = std::variant<put_plan, put_price, put_credit_product, put_coupon, put_tax_rate,
                 put_legal_entity, put_meter, put_credit_event, redeem_coupon>;

// -- events ---

struct plan_published {
  domain::plan plan;
  friend bool operator==(const plan_published&, const plan_published&) = default;
};
BOOST_DESCRIBE_STRUCT(plan_published, (), (plan))
struct credit_product_published {
  domain::credit_product credit_product;
  friend bool operator==(const credit_product_published&, const credit_product_published&)
    = default;
};
BOOST_DESCRIBE_STRUCT(credit_product_published, (), (credit_product))
struct coupon_published {
  domain::coupon coupon;
  friend bool operator==(const coupon_published&, const coupon_published&) = default;
};
BOOST_DESCRIBE_STRUCT(coupon_published, (), (coupon))
struct tax_rate_published {
  domain::tax_rate tax_rate;
  friend bool operator==(const tax_rate_published&, const tax_rate_published&) = default;
};
BOOST_DESCRIBE_STRUCT(tax_rate_published, (), (tax_rate))
struct legal_entity_published {
  domain::legal_entity legal_entity;
  friend bool operator==(const legal_entity_published&, const legal_entity_published&) = default;
};
BOOST_DESCRIBE_STRUCT(legal_entity_published, (), (legal_entity))
struct meter_published {
  domain::meter meter;
  friend bool operator==(const meter_published&, const meter_published&) = default;
};
BOOST_DESCRIBE_STRUCT(meter_published, (), (meter))
struct credit_event_published {
  domain::credit_event credit_event;
  friend bool operator==(const credit_event_published&, const credit_event_published&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_event_published, (), (credit_event))
struct coupon_redeemed {
  std::string coupon_id, organization_id;
  friend bool operator==(const coupon_redeemed&, const coupon_redeemed&) = default;
};
BOOST_DESCRIBE_STRUCT(coupon_redeemed, (), (coupon_id, organization_id))
using catalog_event
  = std::variant<plan_published, credit_product_published, coupon_published, tax_rate_published,
                 legal_entity_published, meter_published, credit_event_published, coupon_redeemed>;

// already_exists, not_found (replaces), invalid_parameter with pointers, conflict (a provider price
// id sold twice; a prefix of invoice numbers given twice; a meter that must go on to sum up; what
// is to be replaced was changed meanwhile), unprocessable (a coupon that may not be redeemed).
result<std::vector<catalog_event>> decide(const catalog& state, const catalog_command& command);
catalog evolve(catalog state, const catalog_event& event);

// -- questions ---

// Whose numbers could be those of a series with this prefix.
const legal_entity* legal_entity_numbered_by(const catalog& in, const std::string& prefix);
const plan* plan_of_stripe_price(const catalog& in, const std::string& stripe_price_id);
// The plan's price in that currency for that interval, and with that id of Stripe's, where one is
// said and it has one. not_found; conflict: it has several.
result<plan_price> price_named(const catalog& in, const std::string& plan_id, const plan_price& by);
// By id; else the one product sold for exactly this amount, if it is the only one.
const credit_product* sold_credit_product(const catalog& in, const std::optional<std::string>& id,
                                          std::optional<std::int64_t> amount,
                                          const std::optional<std::string>& currency);

}  // namespace bursar::domain
