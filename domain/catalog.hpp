// The catalog: plans and credit products with their prices at the provider. Event-sourced in the
// stream "$catalog"; what an organization's event needs of it is copied into that event.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <boost/describe.hpp>

#include "base/error.hpp"

namespace bursar::domain {

using scalar = std::variant<bool, std::int64_t, std::string>;

BOOST_DEFINE_ENUM_CLASS(billing_provider, stripe, native)
BOOST_DEFINE_ENUM_CLASS(billing_interval, day, week, month, year)

struct plan_price {
  std::string currency;
  std::int64_t amount = 0;  // minor units per interval_count intervals
  billing_interval interval = billing_interval::month;
  std::int64_t interval_count = 1;
  std::optional<std::string> stripe_price_id;
  friend bool operator==(const plan_price&, const plan_price&) = default;
};
BOOST_DESCRIBE_STRUCT(plan_price, (), (currency, amount, interval, interval_count, stripe_price_id))

struct plan {
  std::string id, name;
  billing_provider provider = billing_provider::stripe;
  std::vector<plan_price> prices;
  std::map<std::string, scalar> features;  // a number is a limit, -1 unlimited
  std::int64_t credits_per_period = 0;
  std::int64_t trial_days = 0;
  bool active = true;
  friend bool operator==(const plan&, const plan&) = default;
};
BOOST_DESCRIBE_STRUCT(plan, (),
                      (id, name, provider, prices, features, credits_per_period, trial_days,
                       active))

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
  friend bool operator==(const catalog&, const catalog&) = default;
};
BOOST_DESCRIBE_STRUCT(catalog, (), (plans, plan_versions, credit_products))

// -- commands: put_* creates, or replaces what is equal to `replaces` ---

struct put_plan {
  plan value;
  std::optional<plan> replaces{};
};
struct put_credit_product {
  credit_product value;
  std::optional<credit_product> replaces{};
};
using catalog_command = std::variant<put_plan, put_credit_product>;

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
using catalog_event = std::variant<plan_published, credit_product_published>;

// already_exists, not_found (replaces), invalid_parameter with pointers, conflict (a provider price
// id sold twice; what is to be replaced was changed meanwhile).
result<std::vector<catalog_event>> decide(const catalog& state, const catalog_command& command);
catalog evolve(catalog state, const catalog_event& event);

// -- questions ---

const plan* plan_of_stripe_price(const catalog& in, const std::string& stripe_price_id);
// By id; else the one product sold for exactly this amount, if it is the only one.
const credit_product* sold_credit_product(const catalog& in, const std::optional<std::string>& id,
                                          std::optional<std::int64_t> amount,
                                          const std::optional<std::string>& currency);

}  // namespace bursar::domain
