// What an organization does with its credits, and what its subscriptions bring of them.
#include <algorithm>

#include "domain/organization.hpp"
#include "domain/overloaded.hpp"

namespace bursar::domain {
namespace {

error no_such_event(const std::string& name, const char* why) {
  return {errc::unprocessable, "credit event " + name + " " + why, {{"/event_name", why}}};
}

// The amount of a use that names a credit event.
result<void> price(credit_use& use, const catalog& in) {
  if (!use.event_name) {
    return {};
  }
  auto found = in.credit_events.find(*use.event_name);
  if (found == in.credit_events.end()) {
    return no_such_event(*use.event_name, "is not in the catalog");
  }
  if (!found->second.active) {
    return no_such_event(*use.event_name, "is not active");
  }
  auto quantity = use.quantity.value_or(1);
  if (quantity < 1 || quantity > credits_max / found->second.cost) {
    auto most = "must be 1 to " + std::to_string(credits_max / found->second.cost);
    return error{errc::unprocessable, "a quantity " + most, {{"/quantity", most}}};
  }
  use.quantity = quantity;
  use.amount = found->second.cost * quantity;
  return {};
}

// Whoever never had a subscription may use what it bought.
result<void> may_spend(const standing& of) {
  if (of.write || of.subscription_status == "none") {
    return {};
  }
  bool ended = of.subscription_status == "cancelled" || of.subscription_status == "expired";
  return error{ended ? errc::subscription_cancelled : errc::subscription_suspended,
               "the subscription is " + of.subscription_status};
}

template <class Command>
constexpr bool spends
  = std::is_same_v<Command, consume_credits> || std::is_same_v<Command, hold_credits>;

std::int64_t brought(const credit_account& in, const std::string& subscription_id,
                     timestamp period_end) {
  std::int64_t out = 0;
  for (const auto& [id, x] : in.grants) {
    if (x.grant.subscription_id == subscription_id && x.grant.expires_at == period_end) {
      out += x.grant.amount;
    }
  }
  return out;
}

}  // namespace

result<std::vector<event>> decide_credits(const organization& state, credit_command wanted,
                                          const decision_context& context) {
  if (state.id.empty()) {
    return error{errc::not_found, "no such organization"};
  }
  auto allowed = std::visit(
    [&](auto& c) -> result<void> {
      if constexpr (spends<std::decay_t<decltype(c)>>) {
        auto may = may_spend(state.standing);
        return may ? price(c.use, *context.catalog) : may;
      }
      return {};
    },
    wanted);
  if (!allowed) {
    return allowed.error();
  }
  auto decided = decide(state.credits, wanted, context.now, context.sequence);
  if (!decided) {
    return decided.error();
  }
  std::vector<event> out;
  for (auto& e : *decided) {
    std::visit([&](auto& x) { out.emplace_back(std::move(x)); }, e);
  }
  return out;
}

void bring_credits(const credit_account& in, const brought_credits& what, timestamp now,
                   std::vector<event>& into) {
  if (what.amount <= 0 || what.period_end <= now) {
    return;
  }
  auto already = brought(in, what.subscription_id, what.period_end);
  if (already >= what.amount) {
    return;
  }
  credit_grant grant;
  grant.kind = credit_kind::subscription;
  grant.amount = what.amount - already;
  grant.expires_at = what.period_end;
  grant.granted_at = now;
  grant.subscription_id = what.subscription_id;
  // More of the same period, of a plan that brings more, has what there was in its id.
  auto id = what.subscription_id + "-" + std::to_string(unix_seconds(what.period_start));
  into.emplace_back(
    credits_granted{already == 0 ? id : id + "-" + std::to_string(already), std::move(grant)});
}

void bring_credits(const organization& state, const billing_account& after, timestamp now,
                   std::vector<event>& into) {
  for (const auto& [id, s] : after.subscriptions) {
    bool runs = s.status == subscription_status::trialing || s.status == subscription_status::active
                || s.status == subscription_status::past_due;
    if (runs && s.terms.credits_per_period) {
      bring_credits(state.credits, {id, *s.terms.credits_per_period, s.period.start, s.period.end},
                    now, into);
    }
  }
}

std::optional<timestamp> next_due(const organization& of) {
  auto billing = next_due(of.billing);
  auto credits = due_at(of.credits);
  return billing && credits ? std::min(*billing, *credits) : billing ? billing : credits;
}

}  // namespace bursar::domain
