#include "domain/billing/subscription.hpp"

#include <algorithm>
#include <array>

namespace bursar::domain {
namespace {

using enum subscription_status;

struct edge {
  subscription_status from, to;
};

constexpr std::array edges{
  edge{incomplete, active},                                // its first payment came
  edge{incomplete, cancelled}, edge{incomplete, expired},  // its first payment did not come
  edge{trialing, active},                                  // the trial is over
  edge{trialing, past_due},                                // and its first payment failed
  edge{trialing, paused},                                  // and there is nothing to charge
  edge{trialing, cancelled},   edge{trialing, expired},
  edge{active, past_due},   // a payment failed
  edge{active, suspended},  // the same, without patience
  edge{active, paused},        edge{active, cancelled},
  edge{active, expired},      // the contract ended
  edge{past_due, active},     // paid
  edge{past_due, suspended},  // failed too often
  edge{past_due, paused},      edge{past_due, cancelled},
  edge{past_due, expired},     edge{suspended, active},  // paid
  edge{suspended, cancelled},  edge{suspended, expired},
  edge{paused, active},  // resumed
  edge{paused, cancelled},     edge{paused, expired},
};

}  // namespace

bool may_become(subscription_status from, subscription_status to) {
  return std::any_of(edges.begin(), edges.end(),
                     [&](const edge& x) { return x.from == from && x.to == to; });
}

bool is_final(subscription_status x) {
  return x == cancelled || x == expired;
}

bool is_billed(subscription_status x) {
  return x == active || x == past_due;
}

bool applies_to(const redeemed_coupon& x, const billing_period& full) {
  if (x.periods > 0 && full == x.last) {
    return true;
  }
  switch (x.coupon.duration) {
    case coupon_duration::once: return x.periods == 0;
    case coupon_duration::repeating: return x.periods < x.coupon.periods.value_or(0);
    case coupon_duration::forever: break;
  }
  return true;
}

error refused(const subscription& s, const std::string& why) {
  return {
    errc::invalid_transition,
    "subscription " + s.id + " is " + boost::describe::enum_to_string(s.status, "?") + ": " + why};
}

billing_period metered_now(const subscription& of) {
  return {std::max(of.period.start, of.metered_since.value_or(of.period.start)), of.period.end};
}

std::optional<timestamp> next_due(const subscription& of) {
  std::optional<timestamp> out;
  auto consider = [&out](const std::optional<timestamp>& t) {
    if (t && (!out || *t < *out)) {
      out = t;
    }
  };
  if (is_final(of.status)) {
    return of.metered.empty()
             ? out
             : std::optional{of.ended_at.value_or(of.created_at) + usage_behind_max};
  }
  if (of.status == incomplete) {
    return out;  // its first invoice says how long it waits
  }
  consider(of.cancel_at);
  consider(of.contract_end);
  if (of.status == trialing) {
    consider(of.trial_end);
  } else if (is_billed(of.status)) {
    consider(of.period.end);
  }
  return out;
}

}  // namespace bursar::domain
