// What an organization is entitled to, and for which periods its usage counts.
#include "domain/quotas.hpp"

#include <algorithm>

namespace bursar::domain {
namespace {

bool is_running(const subscription& x) {
  using enum subscription_status;
  return x.status == trialing || x.status == active || x.status == past_due;
}

bool is_running(const stripe::subscription& x) {
  auto status = x.status.value_or("");
  return status == "active" || status == "trialing" || status == "past_due";
}

// The subscription whose periods quotas are counted by. Empty: none, it is months.
std::string quota_owner(const organization& state, const std::vector<running_period>& running) {
  auto deciding = state.standing.subscription_id.value_or("");
  auto found = std::find_if(running.begin(), running.end(),
                            [&](const auto& x) { return x.subscription_id == deciding; });
  return found != running.end() ? deciding : running.empty() ? "" : running.front().subscription_id;
}

billing_period quota_period(const std::string& owner, const std::vector<running_period>& running,
                            timestamp now) {
  for (const auto& x : running) {
    if (x.subscription_id == owner) {  // it is over where its end is not billed yet
      return now < x.period.end ? x.period : billing_period{x.period.end, timestamp_max};
    }
  }
  auto month = start_of(now, usage_granularity::month);
  return {month, end_of(month, usage_granularity::month)};
}

// Of a plan that was sold as it was then, of Stripe's as it is today.
std::vector<std::map<std::string, scalar>> sold_features(const organization& state,
                                                         const catalog& in) {
  std::vector<std::map<std::string, scalar>> out;
  auto add_plan = [&](const std::string& id) {
    if (auto plan = in.plans.find(id); plan != in.plans.end()) {
      out.push_back(plan->second.features);
    }
  };
  auto deciding = state.standing.subscription_id;
  for (const auto& [id, x] : state.billing.subscriptions) {
    if (!is_running(x) && id != deciding) {
      continue;
    }
    if (x.terms.features) {
      out.push_back(*x.terms.features);
    } else {
      add_plan(x.terms.plan_id);
    }
  }
  for (const auto& [id, mirrored] : state.stripe.subscriptions) {
    const auto& x = mirrored.value();
    if (!is_running(x) && id != deciding) {
      continue;
    }
    for (const auto& item : x.items) {
      if (const auto* plan = plan_of_stripe_price(in, item.price.value_or(""))) {
        out.push_back(plan->features);
      }
    }
  }
  return out;
}

void add_feature(std::map<std::string, scalar>& to, const std::string& name, const scalar& value) {
  auto [had, is_new] = to.try_emplace(name, value);
  if (is_new) {
    return;
  }
  auto* number = std::get_if<std::int64_t>(&had->second);
  const auto* more = std::get_if<std::int64_t>(&value);
  if (number != nullptr && more != nullptr) {
    bool unlimited = *number < 0 || *more < 0;
    *number = unlimited ? -1 : std::min(quantity_max, *number) + std::min(quantity_max, *more);
  } else if (value == scalar{true}) {
    had->second = value;
  }
}

}  // namespace

quota quota_of(const organization& state, const meter& by, std::int64_t limit, timestamp now) {
  auto running = running_periods(state);
  quota out;
  out.subscription_id = quota_owner(state, running);
  out.period = quota_period(out.subscription_id, running, now);
  out.limit = limit;
  out.by = by;
  out.before = level_before(state.usage, by.id, out.subscription_id, out.period.start);
  if (const auto* period = period_of(state.usage, out.subscription_id, out.period.start)) {
    if (auto used = period->metrics.find(by.id); used != period->metrics.end()) {
      out.used = used->second;
    }
    if (auto told = period->noticed.find(by.id); told != period->noticed.end()) {
      out.noticed = told->second;
    }
  }
  return out;
}

std::map<std::string, scalar> features_of(const organization& state, const catalog& in) {
  std::map<std::string, scalar> out;
  for (const auto& features : sold_features(state, in)) {
    for (const auto& [name, value] : features) {
      add_feature(out, name, value);
    }
  }
  for (const auto& [name, value] : state.usage.overrides) {
    out[name] = value;
  }
  return out;
}

std::optional<std::int64_t> limit_of(const scalar& x) {
  const auto* number = std::get_if<std::int64_t>(&x);
  return number != nullptr && *number >= 0 ? std::optional{*number} : std::nullopt;
}

std::vector<running_period> running_periods(const organization& state) {
  std::vector<running_period> out;
  for (const auto& [id, x] : state.billing.subscriptions) {
    if (is_running(x)) {
      out.push_back({id, x.period});
    }
  }
  for (const auto& [id, mirrored] : state.stripe.subscriptions) {
    const auto& x = mirrored.value();
    if (is_running(x) && x.current_period_start && x.current_period_end
        && *x.current_period_start < *x.current_period_end) {
      out.push_back(
        {id,
         {from_unix_seconds(*x.current_period_start), from_unix_seconds(*x.current_period_end)}});
    }
  }
  return out;
}

std::map<std::string, entitlement> entitlements_of(const organization& state,
                                                   const catalog& catalog, timestamp now) {
  std::map<std::string, entitlement> out;
  for (auto& [name, value] : features_of(state, catalog)) {
    entitlement x{value, limit_of(value), {}};
    if (auto meter = catalog.meters.find(name); meter != catalog.meters.end()) {
      auto quota = quota_of(state, meter->second, x.limit.value_or(0), now);
      x.used = quota.used_with(quota.used);
    }
    out.emplace(name, std::move(x));
  }
  return out;
}

}  // namespace bursar::domain
