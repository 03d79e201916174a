#include "domain/catalog.hpp"

#include <algorithm>

#include "base/iso_codes.hpp"
#include "base/limits.hpp"
#include "domain/billing/invoice_numbers.hpp"
#include "domain/credits/credit_account.hpp"
#include "domain/overloaded.hpp"

namespace bursar::domain {
namespace {

bool is_catalog_id(const std::string& id) {
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
           || c == '-' || c == '.';
  });
}

class faults {
 public:
  void check(bool good, std::string pointer, std::string message) {
    if (!good) {
      found_.push_back({std::move(pointer), std::move(message)});
    }
  }
  void check_names(const std::string& id, const std::string& name) {
    check(is_catalog_id(id), "/id", "must be 1 to 64 of A-Z a-z 0-9 . _ -");
    check(!name.empty() && name.size() <= limits::text_bytes_max, "/name",
          "must be 1 to 512 bytes");
  }
  void check_price(const std::string& at, const std::string& currency, std::int64_t amount) {
    check(is_iso_currency(currency), at + "/currency",
          "must be a currency of ISO 4217 in lower case");
    check(amount >= 0 && amount <= 999'999'999'999, at + "/amount",
          "must be 0 to 999999999999 minor units");
  }
  // What a part of it says of itself, under the pointer of that part.
  void add(const result<void>& part, const std::string& at) {
    if (part) {
      return;
    }
    auto why = part.error();
    for (const auto& field : why.fields()) {
      found_.push_back({at + field.pointer, field.message});
    }
    if (why.fields().empty()) {
      found_.push_back({at, why.detail()});
    }
  }
  bool any() const { return !found_.empty(); }
  error as_error() { return {errc::invalid_parameter, "it is not valid", found_}; }

 private:
  std::vector<field_error> found_;
};

// Whether another product already sells under this provider price id.
bool price_is_taken(const catalog& state, const std::optional<std::string>& price,
                    const std::string& by_plan, const std::string& by_product) {
  if (!price) {
    return false;
  }
  for (const auto& [id, plan] : state.plans) {
    for (const auto& row : plan.prices) {
      if (id != by_plan && row.stripe_price_id == price) {
        return true;
      }
    }
  }
  for (const auto& [id, product] : state.credit_products) {
    for (const auto& row : product.prices) {
      if (id != by_product && row.stripe_price_id == price) {
        return true;
      }
    }
  }
  return false;
}

// What is to be replaced must still be what the change was made from.
template <class Value>
result<void> check_existence(const catalog& state, const put<Value>& command) {
  const auto& in = state.*kept_in<Value>;
  const auto& [value, replaces] = command;
  const auto& id = value.id;
  auto found = in.find(id);
  if (replaces && found == in.end()) {
    return error{errc::not_found, "the catalog has no " + id};
  }
  if (replaces && found->second != *replaces) {
    return error{errc::conflict, id + " was changed meanwhile; read it and change it again"};
  }
  if (!replaces && found != in.end()) {
    return error{errc::already_exists, "the catalog has " + id + " already"};
  }
  return {};
}

// The event, unless it would say what is so already.
template <class Event, class Value>
result<std::vector<catalog_event>> publish(const catalog& state, const put<Value>& command) {
  const auto& in = state.*kept_in<Value>;
  auto same = in.find(command.value.id);
  if (same != in.end() && same->second == command.value) {
    return std::vector<catalog_event>{};
  }
  return std::vector<catalog_event>{Event{command.value}};
}

std::string price_at(std::size_t index) {
  return "/prices/" + std::to_string(index);
}

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

result<std::vector<catalog_event>> decide_product(const catalog& state,
                                                  const put_credit_product& command) {
  const auto& value = command.value;
  faults found;
  found.check_names(value.id, value.name);
  found.check(value.credits > 0 && value.credits <= credits_max, "/credits",
              "must be 1 to 1000000000000");
  for (std::size_t i = 0; i < value.prices.size(); ++i) {
    found.check_price(price_at(i), value.prices[i].currency, value.prices[i].amount);
  }
  if (found.any()) {
    return found.as_error();
  }
  if (auto exists = check_existence(state, command); !exists) {
    return exists.error();
  }
  for (const auto& price : value.prices) {
    if (price_is_taken(state, price.stripe_price_id, {}, value.id)) {
      return error{errc::conflict, *price.stripe_price_id + " is sold by another product"};
    }
  }
  return publish<credit_product_published>(state, command);
}

// Who redeemed it may do so again: what is counted are organizations.
result<std::vector<catalog_event>> decide_redemption(const catalog& state,
                                                     const redeem_coupon& command) {
  auto found = state.coupons.find(command.coupon_id);
  if (found == state.coupons.end()) {
    return error{errc::not_found, "there is no coupon " + command.coupon_id};
  }
  const auto& coupon = found->second;
  auto redeemed = state.redemptions.find(coupon.id);
  bool known
    = redeemed != state.redemptions.end() && redeemed->second.contains(command.organization_id);
  if (!coupon.max_redemptions || known) {
    return std::vector<catalog_event>{};
  }
  auto many = redeemed == state.redemptions.end() ? 0 : std::ssize(redeemed->second);
  if (!coupon.active || many >= *coupon.max_redemptions) {
    return error{errc::unprocessable, "coupon " + coupon.id + " is not given any more"};
  }
  return std::vector<catalog_event>{coupon_redeemed{coupon.id, command.organization_id}};
}

// What is said by the type itself (`check`), and that it does not exist twice.
template <class Event, class Value>
result<std::vector<catalog_event>> decide_simple(const catalog& state, const put<Value>& command) {
  faults found;
  found.check_names(command.value.id, command.value.name);
  found.add(check(command.value), "");
  if (found.any()) {
    return found.as_error();
  }
  if (auto exists = check_existence(state, command); !exists) {
    return exists.error();
  }
  return publish<Event>(state, command);
}

// Numbers that were given stay: nobody else may ever give them.
result<std::vector<catalog_event>> decide_entity(const catalog& state,
                                                 const put_legal_entity& command) {
  auto decided = decide_simple<legal_entity_published>(state, command);
  if (!decided) {
    return decided;
  }
  const auto& prefix = command.value.invoice_number_prefix;
  if (command.replaces && prefix != command.replaces->invoice_number_prefix) {
    auto stays = "must stay " + command.replaces->invoice_number_prefix;
    return error{errc::invalid_parameter,
                 "a legal entity's prefix of invoice numbers never changes: it may have given some",
                 {{"/invoice_number_prefix", stays}}};
  }
  const auto* other = command.replaces ? nullptr : legal_entity_numbered_by(state, prefix);
  return other == nullptr ? std::move(decided)
                          : error{errc::conflict, "legal entity " + other->id + " numbers with "
                                                    + other->invoice_number_prefix
                                                    + ": its invoices could have the same numbers"};
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

result<std::vector<catalog_event>> decide(const catalog& state, const catalog_command& command) {
  return std::visit(
    overloaded{
      [&](const put_plan& x) { return decide_plan(state, x); },
      [&](const put_credit_product& x) { return decide_product(state, x); },
      [&](const put_coupon& x) { return decide_simple<coupon_published>(state, x); },
      [&](const put_tax_rate& x) { return decide_simple<tax_rate_published>(state, x); },
      [&](const put_legal_entity& x) { return decide_entity(state, x); },
      [&](const put_meter& x) { return decide_simple<meter_published>(state, x); },
      [&](const put_credit_event& x) { return decide_simple<credit_event_published>(state, x); },
      [&](const redeem_coupon& x) { return decide_redemption(state, x); }},
    command);
}

catalog evolve(catalog state, const catalog_event& event) {
  std::visit(
    overloaded{
      [&](const plan_published& x) {
        state.plans[x.plan.id] = x.plan;
        ++state.plan_versions[x.plan.id];
      },
      [&](const credit_product_published& x) {
        state.credit_products[x.credit_product.id] = x.credit_product;
      },
      [&](const coupon_published& x) { state.coupons[x.coupon.id] = x.coupon; },
      [&](const tax_rate_published& x) { state.tax_rates[x.tax_rate.id] = x.tax_rate; },
      [&](const legal_entity_published& x) {
        state.legal_entities[x.legal_entity.id] = x.legal_entity;
      },
      [&](const meter_published& x) { state.meters[x.meter.id] = x.meter; },
      [&](const credit_event_published& x) {
        state.credit_events[x.credit_event.id] = x.credit_event;
      },
      [&](const coupon_redeemed& x) { state.redemptions[x.coupon_id].insert(x.organization_id); }},
    event);
  return state;
}

charge_model model_of(const plan_price& price) {
  charge_model by_unit;
  by_unit.model = pricing_model::per_unit;
  by_unit.unit_amount = price.amount;
  return price.model.value_or(by_unit);
}

const legal_entity* legal_entity_numbered_by(const catalog& in, const std::string& prefix) {
  for (const auto& [id, entity] : in.legal_entities) {
    if (share_numbers(entity.invoice_number_prefix, prefix)) {
      return &entity;
    }
  }
  return nullptr;
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

const credit_product* sold_credit_product(const catalog& in, const std::optional<std::string>& id,
                                          std::optional<std::int64_t> amount,
                                          const std::optional<std::string>& currency) {
  if (id) {
    auto found = in.credit_products.find(*id);
    return found == in.credit_products.end() ? nullptr : &found->second;
  }
  const credit_product* only = nullptr;
  for (const auto& [product_id, product] : in.credit_products) {
    bool sold = std::any_of(product.prices.begin(), product.prices.end(), [&](const auto& price) {
      return amount == price.amount && currency == price.currency;
    });
    if (sold && only != nullptr) {
      return nullptr;
    }
    if (sold) {
      only = &product;
    }
  }
  return only;
}

}  // namespace bursar::domain
