// Plans and their prices: what can be sold.
#include <algorithm>

#include "base/iso_codes.hpp"
#include "base/limits.hpp"
#include "domain/catalog_decisions.hpp"
#include "domain/credits/credit_account.hpp"

namespace bursar::domain {
namespace {

void check_row(const plan_price& price, const std::string& at, faults& found) {
  found.check_price(at, price.currency, price.amount);
  found.check(price.interval_count >= 1 && price.interval_count <= 366, at + "/interval_count",
              "must be 1 to 366");
}

constexpr std::size_t usage_prices_max = 100;

void check_usage(const plan_price& price, const std::map<std::string, meter>& meters,
                 const std::string& at, faults& found) {
  found.check(!price.usage || (!price.usage->empty() && price.usage->size() <= usage_prices_max),
              at + "/usage", "must have 1 to 100 meters");
  for (const auto& [metric, model] : price.usage.value_or(std::map<std::string, charge_model>{})) {
    auto place = at + "/usage/" + metric;
    auto meter = meters.find(metric);
    found.check(meter != meters.end(), place, "has no meter");
    found.check(!needs_each_amount(model), place + "/model",
                "prices each amount, and a meter has their sum");
    bool is_sum = meter == meters.end() || meter->second.aggregation == meter_aggregation::sum;
    found.check(is_sum || model.model != pricing_model::percentage, place + "/model",
                "must be of a meter that sums up");
    found.add(check(model), place);
  }
}

void check_native_row(const plan_price& price, const std::map<std::string, meter>& meters,
                      const std::string& at, faults& found) {
  check_usage(price, meters, at, found);
  auto minimum = price.minimum.value_or(0);
  found.check(minimum >= 0 && minimum <= agreed_amount_max, at + "/minimum",
              "must be 0 to 999999999999 minor units");
  found.check(price.maximum.value_or(1) <= agreed_amount_max, at + "/maximum",
              "must be at most 999999999999 minor units");
  found.check(!price.maximum || *price.maximum >= std::max<std::int64_t>(minimum, 1),
              at + "/maximum", "must be above 0, and not below the minimum");
  if (price.model) {
    found.check(price.amount == 0, at + "/amount", "must be 0 where there is a model");
    bool of_usage
      = price.model->model == pricing_model::percentage || needs_each_amount(*price.model);
    found.check(!of_usage, at + "/model/model", "prices usage, not a quantity");
    found.add(check(*price.model), at + "/model");
  }
}

void check_native(const plan& value, const std::map<std::string, meter>& meters, faults& found) {
  bool native = value.provider == billing_provider::native;
  bool of_native = value.product_class || value.proration || value.dunning || value.trial_end;
  found.check(native || !of_native, "/provider",
              "must be native: proration, dunning, trial_end and product_class are Bursar's own");
  if (value.dunning) {
    const auto& days = value.dunning->retry_days;
    bool good
      = days.size() <= 32 && (days.empty() || (days.front() >= 1 && days.back() <= 365))
        && std::adjacent_find(days.begin(), days.end(), std::greater_equal<>{}) == days.end();
    found.check(good, "/dunning/retry_days", "must be up to 32 rising days from 1 to 365");
    found.check(value.dunning->suspend_after >= 1 && value.dunning->suspend_after <= 100,
                "/dunning/suspend_after", "must be 1 to 100");
  }
  for (std::size_t i = 0; i < value.prices.size(); ++i) {
    const auto& price = value.prices[i];
    auto at = price_at(i);
    found.check(native || !price.model, at + "/model", "is of native plans");
    found.check(native || !(price.minimum || price.maximum), at + "/minimum",
                "and maximum are of native plans");
    found.check(native || !price.usage, at + "/usage", "is of native plans");
    bool twice = std::any_of(value.prices.begin(), value.prices.begin() + std::ssize(value.prices),
                             [&](const plan_price& other) {
                               return &other < &price && other.currency == price.currency
                                      && other.interval == price.interval;
                             });
    found.check(!native || !twice, at, "is of a currency and interval that has a price already");
    check_native_row(price, meters, at, found);
  }
}

}  // namespace

result<void> check_agreed(const plan_price& price, const std::map<std::string, meter>& meters,
                          const std::string& at) {
  faults found;
  check_row(price, at, found);
  check_native_row(price, meters, at, found);
  found.check(!price.stripe_price_id, at + "/stripe_price_id", "is of a plan, not of one customer");
  return found.any() ? result<void>{found.as_error()} : result<void>{};
}

result<std::vector<catalog_event>> decide_plan(const catalog& state, const put_plan& command) {
  const auto& value = command.value;
  faults found;
  found.check_names(value.id, value.name);
  found.check(value.credits_per_period >= 0 && value.credits_per_period <= credits_max,
              "/credits_per_period", "must be 0 to 1000000000000");
  found.check(value.trial_days >= 0 && value.trial_days <= 730, "/trial_days", "must be 0 to 730");
  for (std::size_t i = 0; i < value.prices.size(); ++i) {
    check_row(value.prices[i], price_at(i), found);
  }
  check_native(value, state.meters, found);
  if (found.any()) {
    return found.as_error();
  }
  if (auto exists = check_existence(state, command); !exists) {
    return exists.error();
  }
  for (const auto& price : value.prices) {
    if (price_is_taken(state, price.stripe_price_id, value.id, {})) {
      return error{errc::conflict, *price.stripe_price_id + " is sold by another product"};
    }
  }
  return publish<plan_published>(state, command);
}

// What is wrong with it is said of the price alone; what is wrong with another one of the plan, of
// the plan.
result<std::vector<catalog_event>> decide_price(const catalog& state, const put_price& command) {
  auto of = state.plans.find(command.plan_id);
  if (of == state.plans.end()) {
    return error{errc::not_found, "the catalog has no " + command.plan_id};
  }
  auto changed = of->second;
  auto& prices = changed.prices;
  auto same = [](const plan_price& x, const plan_price& y) {
    return x.currency == y.currency && x.interval == y.interval
           && x.stripe_price_id == y.stripe_price_id;
  };
  auto at = std::find_if(prices.begin(), prices.end(), [&](const plan_price& x) {
    return command.replaces ? x == *command.replaces : same(x, command.price);
  });
  if (!command.replaces && at != prices.end()) {
    return error{errc::already_exists, "the plan has that price already: change it"};
  }
  if (command.replaces && at == prices.end()) {
    auto named = price_named(state, command.plan_id, *command.replaces);
    return named ? error{errc::conflict, "it was changed meanwhile; read it and change it again"}
                 : named.error();
  }
  auto place = price_at(static_cast<std::size_t>(at - prices.begin()));
  if (at == prices.end()) {
    prices.push_back(command.price);
  } else {
    *at = command.price;
  }
  auto decided = decide_plan(state, put_plan{std::move(changed), of->second});
  if (decided || decided.error().fields().empty()) {
    return decided;
  }
  faults found;
  auto why = decided.error();
  for (const auto& x : why.fields()) {
    bool is_its = x.pointer == place || x.pointer.starts_with(place + "/");
    found.check(false, is_its ? x.pointer.substr(place.size()) : "/plan_id",
                is_its ? x.message : "has another price: " + x.pointer + " " + x.message);
  }
  return found.as_error();
}

result<plan_price> price_named(const catalog& in, const std::string& plan_id,
                               const plan_price& by) {
  auto of = in.plans.find(plan_id);
  if (of == in.plans.end()) {
    return error{errc::not_found, "the catalog has no " + plan_id};
  }
  std::vector<plan_price> found;
  for (const auto& x : of->second.prices) {
    bool same = x.currency == by.currency && x.interval == by.interval;
    if (same && by.stripe_price_id && x.stripe_price_id == by.stripe_price_id) {
      return x;
    }
    if (same && (!by.stripe_price_id || !x.stripe_price_id)) {
      found.push_back(x);
    }
  }
  if (found.empty()) {
    return error{errc::not_found, "the plan has no such price"};
  }
  return found.size() == 1
           ? result<plan_price>{found.front()}
           : error{errc::conflict, "the plan has several such prices; name its stripe_price_id"};
}

const plan* plan_with_percentage_of(const catalog& in, const std::string& meter) {
  for (const auto& [id, plan] : in.plans) {
    for (const auto& price : plan.prices) {
      auto of = price.usage.value_or(std::map<std::string, charge_model>{});
      auto found = of.find(meter);
      if (found != of.end() && found->second.model == pricing_model::percentage) {
        return &plan;
      }
    }
  }
  return nullptr;
}

charge_model model_of(const plan_price& price) {
  charge_model by_unit;
  by_unit.model = pricing_model::per_unit;
  by_unit.unit_amount = price.amount;
  return price.model.value_or(by_unit);
}

const plan* plan_of_stripe_price(const catalog& in, const std::string& stripe_price_id) {
  for (const auto& [id, plan] : in.plans) {
    for (const auto& price : plan.prices) {
      if (price.stripe_price_id == stripe_price_id) {
        return &plan;
      }
    }
  }
  return nullptr;
}

}  // namespace bursar::domain
