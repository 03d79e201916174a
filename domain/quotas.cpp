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
  std::string out;
  for (const auto& x : running) {
    if (x.runs && (out.empty() || x.subscription_id == deciding)) {
      out = x.subscription_id;
    }
  }
  return out;
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
  auto running = running_periods(state, now);
  quota out;
  out.subscription_id = quota_owner(state, running);
  out.period = quota_period(out.subscription_id, running, now);
  out.limit = limit;
  out.by = by;
  out.before = level_before(state.usage, by.id, out.subscription_id, out.period.start);
  out.used = used_in(state.usage, out.subscription_id, by.id, out.period);
  out.noticed = noticed_in(state.usage, out.subscription_id, by.id, out.period);
  return out;
}

std::optional<quota_reached> notice_of(const std::string& metric, const quota& x) {
  auto used = x.used_with(x.used);
  for (std::int64_t percent : {100, 80}) {
    bool reached = used > 0 && wide_integer{used} * 100 >= wide_integer{x.limit} * percent;
    if (reached && x.noticed < percent) {
      return quota_reached{metric, x.subscription_id, percent, x.limit, used, x.period};
    }
  }
  return std::nullopt;
}

bool is_billed(const organization& state, const metered_period& of) {
  auto invoice = state.billing.invoices.find(of.invoice_id.value_or(""));
  return invoice != state.billing.invoices.end() && invoice->second.status != invoice_status::draft;
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

namespace {

// Until when it counts; empty: not at all.
std::optional<timestamp> counts_until(const subscription& x) {
  using enum subscription_status;
  if (is_running(x)) {
    return timestamp_max;
  }
  if (x.status == incomplete || (!x.terms.usage && x.metered.empty())) {
    return std::nullopt;
  }
  if (is_final(x.status)) {
    return x.metered.empty() ? std::nullopt : x.ended_at;
  }
  return x.status == paused ? x.paused_at : x.period.end;
}

constexpr std::size_t periods_ahead_max = 400;

// What timers have not got to yet.
std::vector<billing_period> periods_ahead(const subscription& x, timestamp until) {
  std::vector<billing_period> out;
  if (!is_running(x) || !x.terms.usage) {
    return out;
  }
  for (auto start = x.period.end;
       start <= until + usage_ahead_max && out.size() < periods_ahead_max; start = out.back().end) {
    out.push_back(period_at(x.anchor, x.terms.cadence, start));
    if (out.back().start != start || out.back().end <= start) {
      out.pop_back();
      break;
    }
  }
  return out;
}

}  // namespace

std::vector<running_period> running_periods(const organization& state, timestamp until) {
  std::vector<running_period> out;
  for (const auto& [id, x] : state.billing.subscriptions) {
    auto counted = counts_until(x);
    if (!counted) {
      continue;
    }
    running_period made{
      id, x.period, metered_now(x), {}, periods_ahead(x, until), is_running(x), *counted};
    for (const auto& before : x.metered) {
      made.before.push_back(before.period);
    }
    out.push_back(std::move(made));
  }
  for (const auto& [id, mirrored] : state.stripe.subscriptions) {
    const auto& x = mirrored.value();
    if (is_running(x) && x.current_period_start && x.current_period_end
        && *x.current_period_start < *x.current_period_end) {
      billing_period period{from_unix_seconds(*x.current_period_start),
                            from_unix_seconds(*x.current_period_end)};
      out.push_back({id, period, period, {}, {}});
    }
  }
  return out;
}

std::optional<std::string> metered_customer(const organization& state) {
  std::optional<std::string> out;
  for (const auto& [id, mirrored] : state.stripe.subscriptions) {
    const auto& x = mirrored.value();
    if (is_running(x) && x.customer && (!out || id == state.standing.subscription_id)) {
      out = x.customer;
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
