#include "domain/billing/sale.hpp"

#include <algorithm>

namespace bursar::domain {
namespace {

error unsold(const plan& x, const std::string& why) {
  return {errc::unprocessable, "plan " + x.id + " " + why};
}

result<const plan_price*> price_of(const plan& x, const std::optional<std::string>& currency) {
  if (x.prices.empty()) {
    return unsold(x, "has no price");
  }
  if (!currency && x.prices.size() > 1) {
    return unsold(x, "has several prices: name a currency");
  }
  auto found = std::find_if(x.prices.begin(), x.prices.end(), [&](const plan_price& price) {
    return !currency || price.currency == *currency;
  });
  if (found == x.prices.end()) {
    return unsold(x, "has no price in " + *currency);
  }
  return &*found;
}

}  // namespace

result<plan_terms> terms_of(const catalog& in, const std::string& plan_id,
                            const std::optional<std::string>& currency) {
  auto found = in.plans.find(plan_id);
  if (found == in.plans.end()) {
    return error{errc::not_found, "there is no plan " + plan_id};
  }
  const auto& plan = found->second;
  if (!plan.active) {
    return unsold(plan, "is not sold any more");
  }
  if (plan.provider != billing_provider::native) {
    return unsold(plan, "is billed by Stripe: subscribe there");
  }
  auto price = price_of(plan, currency);
  if (!price) {
    return price.error();
  }
  plan_terms out;
  out.plan_id = plan.id;
  out.plan_version = in.plan_versions.at(plan.id);
  out.name = plan.name;
  out.currency = (*price)->currency;
  out.cadence = {(*price)->interval, (*price)->interval_count};
  out.price.model = pricing_model::per_unit;
  out.price.unit_amount = (*price)->amount;
  return out;
}

const subscription* running_subscription(const billing_account& of) {
  auto found = std::find_if(of.subscriptions.begin(), of.subscriptions.end(),
                            [](const auto& x) { return !is_final(x.second.status); });
  return found == of.subscriptions.end() ? nullptr : &found->second;
}

result<billing_command> sale(const billing_account& to, const subscribe& wanted, const catalog& in,
                             const std::optional<std::string>& currency_of_buyer,
                             const std::optional<std::string>& time_zone_of_buyer) {
  if (const auto* runs = running_subscription(to)) {
    return refused(*runs, "change it, or cancel it first");
  }
  auto terms = terms_of(in, wanted.plan_id, wanted.currency ? wanted.currency : currency_of_buyer);
  if (!terms) {
    return terms.error();
  }
  start_subscription out;
  out.id = wanted.subscription_id;
  out.terms = std::move(*terms);
  out.quantity = wanted.quantity;
  out.trial_days = wanted.trial_days.value_or(in.plans.at(wanted.plan_id).trial_days);
  out.time_zone = time_zone_of_buyer.value_or("UTC");
  out.contract_end = wanted.contract_end;
  return billing_command{std::move(out)};
}

result<billing_command> sale(const billing_account& to, const change_plan& wanted,
                             const catalog& in) {
  const auto* runs = running_subscription(to);
  if (runs == nullptr) {
    return error{errc::not_found, "no subscription runs that Bursar bills"};
  }
  change_subscription out;
  out.subscription_id = runs->id;
  out.terms = runs->terms;
  if (wanted.plan_id) {
    auto terms = terms_of(in, *wanted.plan_id, runs->terms.currency);
    if (!terms) {
      return terms.error();
    }
    out.terms = std::move(*terms);
  }
  out.quantity = wanted.quantity.value_or(runs->quantity);
  out.when = wanted.when;
  return billing_command{std::move(out)};
}

}  // namespace bursar::domain
