// What an organization's subscriptions together mean: status, access, tier, yearly amount.
#include <algorithm>
#include <array>
#include <string_view>

#include "base/money.hpp"
#include "domain/organization.hpp"

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

std::int64_t periods_per_year(const stripe::subscription_item& item) {
  auto interval = item.interval.value_or("month");
  return interval == "day" ? 365 : interval == "week" ? 52 : interval == "year" ? 1 : 12;
}

void add_running(standing& out, const stripe::subscription& x) {
  if (out.currency && x.currency && out.currency != x.currency) {
    return;  // amounts of different currencies are never added
  }
  for (const auto& item : x.items) {
    if (!item.unit_amount) {
      continue;
    }
    auto count = std::max<std::int64_t>(1, item.interval_count.value_or(1));
    auto product
      = int128{*item.unit_amount} * item.quantity.value_or(1) * periods_per_year(item) / count;
    auto sum = product + out.annual_amount.value_or(0);
    if (sum >= 0 && sum <= INT64_MAX) {
      out.annual_amount = static_cast<std::int64_t>(sum);
      out.currency = x.currency;
    }
  }
  bool renews = !x.cancel_at_period_end.value_or(false) && x.current_period_end;
  if (renews && (!out.next_billing_at || *x.current_period_end < *out.next_billing_at)) {
    out.next_billing_at = x.current_period_end;
  }
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
  std::size_t best_row = statuses.size();
  const stripe::subscription* best = nullptr;
  auto consider = [&](const std::string& id, const stripe::subscription& x) {
    auto row = row_of(x, deleted(x.customer));
    if (row < best_row) {
      best_row = row;
      best = &x;
      out.subscription_id = id;
    }
    if (statuses[row].running) {
      add_running(out, x);
    }
  };
  bool considered = changed.subscription == nullptr;
  for (const auto& [id, subscription] : state.stripe.subscriptions) {
    if (!considered && changed.subscription_id <= id) {
      consider(changed.subscription_id, *changed.subscription);
      considered = true;
    }
    if (changed.subscription == nullptr || id != changed.subscription_id) {
      consider(id, subscription.value());
    }
  }
  if (!considered) {
    consider(changed.subscription_id, *changed.subscription);
  }
  if (best != nullptr) {
    out.subscription_status = statuses[best_row].ours;
    out.read = statuses[best_row].read;
    out.write = statuses[best_row].write;
    if (!best->items.empty() && best->items.front().price) {
      if (const auto* plan = plan_of_stripe_price(catalog, *best->items.front().price)) {
        out.billing_tier = plan->id;
      }
    }
  }
  return out;
}

std::int64_t credit_balance(const organization& state) {
  std::int64_t sum = 0;
  for (const auto& [id, grant] : state.credit_grants) {
    sum += grant.amount;
  }
  return sum;
}

access access_of(const organization& state) {
  const auto& s = state.standing;
  if (s.subscription_status == "none") {
    bool credits = credit_balance(state) > 0;
    return {true, credits, credits ? "prepaid_credits" : "no_subscription"};
  }
  return {s.read, s.write, "subscription_" + s.subscription_status};
}

}  // namespace bursar::domain
