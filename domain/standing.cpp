// What an organization's subscriptions together mean: status, access, tier, yearly amount.
#include <algorithm>
#include <array>
#include <string_view>

#include "base/assert.hpp"
#include "domain/organization.hpp"
#include "domain/pricing/price.hpp"
#include "domain/stripe/mirror_view.hpp"

namespace bursar::domain {
namespace {

struct status_row {
  std::string_view stripe;
  std::string_view ours;
  bool running;
  bool read;
  bool write;
};

// Best first: the first status any subscription has is the organization's. Stripe's "unpaid" is
// our "suspended": retries are exhausted, the customer may read and export.
constexpr std::array statuses{
  status_row{"active", "active", true, true, true},
  status_row{"trialing", "trialing", true, true, true},
  status_row{"past_due", "past_due", true, true, true},
  status_row{"paused", "paused", false, true, false},
  status_row{"unpaid", "suspended", true, true, false},
  status_row{"incomplete", "incomplete", false, false, false},
  status_row{"canceled", "cancelled", false, false, false},
  status_row{"incomplete_expired", "expired", false, false, false},
};

// Unknown statuses (Stripe's enums are open) are as good as incomplete: no access, nothing ended.
// Who is deleted has no subscription any more, whether or not Stripe has said so already.
std::size_t row_of(const stripe::subscription& x, bool customer_deleted) {
  auto status = x.status.value_or("incomplete");
  if (customer_deleted && !stripe::is_ended(x)) {
    status = "canceled";
  }
  auto found = std::find_if(statuses.begin(), statuses.end(),
                            [&](const auto& row) { return row.stripe == status; });
  constexpr std::size_t incomplete = 5;
  return found == statuses.end() ? incomplete : static_cast<std::size_t>(found - statuses.begin());
}

// The row of a subscription that Bursar bills.
std::size_t row_of(const subscription& x) {
  std::string_view status = boost::describe::enum_to_string(x.status, "");
  auto found = std::find_if(statuses.begin(), statuses.end(),
                            [&](const auto& row) { return row.ours == status; });
  BURSAR_ASSERT(found != statuses.end(), "a status that means nothing");
  return static_cast<std::size_t>(found - statuses.begin());
}

std::int64_t periods_per_year(billing_interval interval) {
  switch (interval) {
    case billing_interval::day: return 365;
    case billing_interval::week: return 52;
    case billing_interval::month: return 12;
    case billing_interval::year: return 1;
  }
  BURSAR_ASSERT(false, "an interval that is none");
}

// Amounts of different currencies are never added, nor what cannot be represented.
void add_yearly(standing& out, const std::optional<std::string>& currency, const exact& amount) {
  if (out.currency && currency && out.currency != currency) {
    return;
  }
  exact sum = amount + out.annual_amount.value_or(0);
  if (sum >= 0 && sum <= INT64_MAX) {
    out.annual_amount = static_cast<std::int64_t>(numerator(sum) / denominator(sum));
    out.currency = currency;
  }
}

void add_renewal(standing& out, std::optional<std::int64_t> at) {
  if (at && (!out.next_billing_at || *at < *out.next_billing_at)) {
    out.next_billing_at = at;
  }
}

void add_running(standing& out, const stripe::subscription& x) {
  for (const auto& item : x.items) {
    if (!item.unit_amount) {
      continue;
    }
    auto interval = billing_interval::month;
    boost::describe::enum_from_string(item.interval.value_or("month").c_str(), interval);
    auto count = std::max<std::int64_t>(1, item.interval_count.value_or(1));
    add_yearly(
      out, x.currency,
      exact{*item.unit_amount} * item.quantity.value_or(1) * periods_per_year(interval) / count);
  }
  if (!x.cancel_at_period_end.value_or(false)) {
    add_renewal(out, x.current_period_end);
  }
}

void add_running(standing& out, const subscription& x) {
  auto per_period = rate(x.terms.price, {x.quantity, {}}).amount;
  add_yearly(out, x.terms.currency,
             per_period * periods_per_year(x.terms.cadence.interval) / x.terms.cadence.count);
  bool renews = (!x.cancel_at || *x.cancel_at > x.period.end)
                && (!x.contract_end || *x.contract_end > x.period.end);
  if (renews) {
    add_renewal(out, unix_seconds(x.period.end));
  }
}

std::optional<std::string> tier_of(const stripe::subscription& x, const catalog& in) {
  if (x.items.empty() || !x.items.front().price) {
    return std::nullopt;
  }
  const auto* plan = plan_of_stripe_price(in, *x.items.front().price);
  return plan == nullptr ? std::nullopt : std::optional{plan->id};
}

std::optional<std::string> tier_of(const subscription& x, const catalog&) {
  return x.terms.plan_id;
}

}  // namespace

standing standing_of(const organization& state, const catalog& catalog,
                     const changed_objects& changed) {
  standing out;
  auto deleted = [&](const std::optional<std::string>& customer) {
    if (!customer) {
      return false;
    }
    if (customer == changed.deleted_customer) {
      return true;
    }
    auto found = state.stripe.customers.find(*customer);
    return found != state.stripe.customers.end() && found->second.value().deleted;
  };
  std::size_t best = statuses.size();
  auto consider = [&](const std::string& id, std::size_t row, const auto& x) {
    if (row < best) {
      best = row;
      out.subscription_id = id;
      out.billing_tier = tier_of(x, catalog);
    }
    if (statuses[row].running) {
      add_running(out, x);
    }
  };
  auto consider_stripe = [&](const std::string& id, const stripe::subscription& x) {
    consider(id, row_of(x, deleted(x.customer)), x);
  };
  bool considered = changed.subscription == nullptr;
  for (const auto& [id, subscription] : state.stripe.subscriptions) {
    if (!considered && changed.subscription_id <= id) {
      consider_stripe(changed.subscription_id, *changed.subscription);
      considered = true;
    }
    if (changed.subscription == nullptr || id != changed.subscription_id) {
      consider_stripe(id, subscription.value());
    }
  }
  if (!considered) {
    consider_stripe(changed.subscription_id, *changed.subscription);
  }
  const auto& native = changed.billing == nullptr ? state.billing : *changed.billing;
  for (const auto& [id, subscription] : native.subscriptions) {
    consider(id, row_of(subscription), subscription);
  }
  if (best < statuses.size()) {
    out.subscription_status = statuses[best].ours;
    out.read = statuses[best].read;
    out.write = statuses[best].write;
  }
  return out;
}

void stand(const organization& state, const catalog& catalog, const changed_objects& changed,
           std::vector<event>& into) {
  auto now = standing_of(state, catalog, changed);
  if (now != state.standing) {
    into.push_back(standing_changed{std::move(now), state.standing.subscription_status});
  }
}

std::optional<timestamp> last_payment_at(const organization& of) {
  std::optional<timestamp> out;
  if (auto mirrored = stripe::last_payment_at(of.stripe)) {
    out = from_unix_seconds(*mirrored);
  }
  for (const auto& [id, invoice] : of.billing.invoices) {
    for (const auto& payment : invoice.payments) {
      out = out ? std::max(*out, payment.at) : payment.at;
    }
  }
  return out;
}

access access_of(const organization& state, timestamp now) {
  const auto& s = state.standing;
  if (s.subscription_status == "none") {
    bool credits = balance_of(state.credits, now) > 0;
    return {true, credits, credits ? "prepaid_credits" : "no_subscription"};
  }
  if (s.subscription_status == "incomplete" && balance_of(state.credits, now) > 0) {
    return {true, true, "prepaid_credits"};
  }
  return {s.read, s.write, "subscription_" + s.subscription_status};
}

}  // namespace bursar::domain
