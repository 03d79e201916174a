#include "domain/catalog.hpp"

#include <algorithm>

#include "base/iso_codes.hpp"
#include "base/limits.hpp"
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
  void check_price(std::size_t index, const std::string& currency, std::int64_t amount) {
    auto at = "/prices/" + std::to_string(index);
    check(is_iso_currency(currency), at + "/currency",
          "must be a currency of ISO 4217 in lower case");
    check(amount >= 0 && amount <= 999'999'999'999, at + "/amount",
          "must be 0 to 999999999999 minor units");
  }
  bool any() const { return !found_.empty(); }
  error as_error() { return {errc::invalid_parameter, "the product is not valid", found_}; }

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
template <class Map, class Value>
result<void> check_existence(const Map& in, const std::string& id,
                             const std::optional<Value>& replaces) {
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

result<std::vector<catalog_event>> decide_plan(const catalog& state, const put_plan& command) {
  const auto& value = command.value;
  faults found;
  found.check_names(value.id, value.name);
  found.check(value.credits_per_period >= 0, "/credits_per_period", "must not be negative");
  found.check(value.trial_days >= 0 && value.trial_days <= 730, "/trial_days", "must be 0 to 730");
  for (std::size_t i = 0; i < value.prices.size(); ++i) {
    found.check_price(i, value.prices[i].currency, value.prices[i].amount);
    found.check(value.prices[i].interval_count >= 1 && value.prices[i].interval_count <= 366,
                "/prices/" + std::to_string(i) + "/interval_count", "must be 1 to 366");
  }
  if (found.any()) {
    return found.as_error();
  }
  if (auto exists = check_existence(state.plans, value.id, command.replaces); !exists) {
    return exists.error();
  }
  for (const auto& price : value.prices) {
    if (price_is_taken(state, price.stripe_price_id, value.id, {})) {
      return error{errc::conflict, *price.stripe_price_id + " is sold by another product"};
    }
  }
  if (auto same = state.plans.find(value.id); same != state.plans.end() && same->second == value) {
    return std::vector<catalog_event>{};
  }
  return std::vector<catalog_event>{plan_published{value}};
}

result<std::vector<catalog_event>> decide_product(const catalog& state,
                                                  const put_credit_product& command) {
  const auto& value = command.value;
  faults found;
  found.check_names(value.id, value.name);
  found.check(value.credits > 0 && value.credits <= 1'000'000'000'000, "/credits",
              "must be 1 to 1000000000000");
  for (std::size_t i = 0; i < value.prices.size(); ++i) {
    found.check_price(i, value.prices[i].currency, value.prices[i].amount);
  }
  if (found.any()) {
    return found.as_error();
  }
  if (auto exists = check_existence(state.credit_products, value.id, command.replaces); !exists) {
    return exists.error();
  }
  for (const auto& price : value.prices) {
    if (price_is_taken(state, price.stripe_price_id, {}, value.id)) {
      return error{errc::conflict, *price.stripe_price_id + " is sold by another product"};
    }
  }
  if (auto same = state.credit_products.find(value.id);
      same != state.credit_products.end() && same->second == value) {
    return std::vector<catalog_event>{};
  }
  return std::vector<catalog_event>{credit_product_published{value}};
}

}  // namespace

result<std::vector<catalog_event>> decide(const catalog& state, const catalog_command& command) {
  return std::visit(
    overloaded{[&](const put_plan& x) { return decide_plan(state, x); },
               [&](const put_credit_product& x) { return decide_product(state, x); }},
    command);
}

catalog evolve(catalog state, const catalog_event& event) {
  std::visit(overloaded{[&](const plan_published& x) {
                          state.plans[x.plan.id] = x.plan;
                          ++state.plan_versions[x.plan.id];
                        },
                        [&](const credit_product_published& x) {
                          state.credit_products[x.credit_product.id] = x.credit_product;
                        }},
             event);
  return state;
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
