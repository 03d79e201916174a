#include "domain/catalog.hpp"

#include <algorithm>

#include "base/iso_codes.hpp"
#include "base/limits.hpp"
#include "domain/billing/invoice_numbers.hpp"
#include "domain/catalog_decisions.hpp"
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

result<std::vector<catalog_event>> decide_meter(const catalog& state, const put_meter& command) {
  const auto& meter = command.value;
  bool sums = meter.aggregation == meter_aggregation::sum;
  const auto* plan = sums ? nullptr : plan_with_percentage_of(state, meter.id);
  if (plan != nullptr) {
    return error{errc::conflict, "plan " + plan->id + " takes a percentage of what it sums up"};
  }
  return decide_simple<meter_published>(state, command);
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

void faults::check(bool good, std::string pointer, std::string message) {
  if (!good) {
    found_.push_back({std::move(pointer), std::move(message)});
  }
}

void faults::check_names(const std::string& id, const std::string& name) {
  check(is_catalog_id(id), "/id", "must be 1 to 64 of A-Z a-z 0-9 . _ -");
  check(!name.empty() && name.size() <= limits::text_bytes_max, "/name", "must be 1 to 512 bytes");
}

void faults::check_price(const std::string& at, const std::string& currency, std::int64_t amount) {
  check(is_iso_currency(currency), at + "/currency",
        "must be a currency of ISO 4217 in lower case");
  check(amount >= 0 && amount <= 999'999'999'999, at + "/amount",
        "must be 0 to 999999999999 minor units");
}

void faults::add(const result<void>& part, const std::string& at) {
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

std::string price_at(std::size_t index) {
  return "/prices/" + std::to_string(index);
}

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

result<std::vector<catalog_event>> decide(const catalog& state, const catalog_command& command) {
  return std::visit(
    overloaded{
      [&](const put_plan& x) { return decide_plan(state, x); },
      [&](const put_price& x) { return decide_price(state, x); },
      [&](const put_credit_product& x) { return decide_product(state, x); },
      [&](const put_coupon& x) { return decide_simple<coupon_published>(state, x); },
      [&](const put_tax_rate& x) { return decide_simple<tax_rate_published>(state, x); },
      [&](const put_legal_entity& x) { return decide_entity(state, x); },
      [&](const put_meter& x) { return decide_meter(state, x); },
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

const legal_entity* legal_entity_numbered_by(const catalog& in, const std::string& prefix) {
  for (const auto& [id, entity] : in.legal_entities) {
    if (share_numbers(entity.invoice_number_prefix, prefix)) {
      return &entity;
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
