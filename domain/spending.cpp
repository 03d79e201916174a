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

// Whoever never had a subscription that began may use what it bought.
result<void> may_spend(const standing& of) {
  if (of.write || of.subscription_status == "none" || of.subscription_status == "incomplete") {
    return {};
  }
  bool ended = of.subscription_status == "cancelled" || of.subscription_status == "expired";
  return error{ended ? errc::subscription_cancelled : errc::subscription_suspended,
               "the subscription is " + of.subscription_status};
}

result<void> is_another(const std::string& receiver, const std::string& sender) {
  if (receiver == sender) {
    return error{errc::unprocessable,
                 "an organization has its own credits",
                 {{"/to_organization_id", "must be another organization"}}};
  }
  return {};
}

template <class Command>
constexpr bool spends
  = std::is_same_v<Command, consume_credits> || std::is_same_v<Command, hold_credits>;

// The ids of what a subscription brought for a period begin so.
std::string id_of(const brought_credits& what) {
  return what.subscription_id + "-" + std::to_string(what.period_start.time_since_epoch().count());
}

// Of grants that have not expired, what is left is taken back.
class taking_back {
 public:
  taking_back(timestamp now, std::vector<event>& into) : now_{now}, into_{into} {}

  std::int64_t left_of(const granted_credits& x) const {
    return has_expired(x.grant, now_) ? 0 : remaining(x);
  }
  // At most `amount`; how much it was.
  std::int64_t take(const std::string& id, const granted_credits& x, std::int64_t amount) {
    auto taken = std::min(left_of(x), amount);
    if (taken > 0) {
      into_.emplace_back(credit_grant_reversed{id, taken, "the period or its plan has changed"});
    }
    return taken;
  }

 private:
  timestamp now_;
  std::vector<event>& into_;
};

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
      } else if constexpr (std::is_same_v<std::decay_t<decltype(c)>, transfer_credits>) {
        return is_another(c.to_organization_id, state.id);
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
  if (what.period_end <= now) {
    return;
  }
  taking_back back{now, into};
  auto base = id_of(what);
  auto is_of_period = [&](const std::string& id, const granted_credits& x) {
    return id.starts_with(base) && x.grant.expires_at == what.period_end;
  };
  for (const auto& id : in.order) {  // of periods that were left, or have another end now
    const auto& x = in.grants.at(id);
    if (x.grant.subscription_id == what.subscription_id && !is_of_period(id, x)) {
      back.take(id, x, credits_max);
    }
  }
  std::int64_t had = 0, parts = 0;  // used, given away, held or left of what this period brought
  auto first = in.grants.lower_bound(base);
  for (auto at = first; at != in.grants.end() && at->first.starts_with(base); ++at, ++parts) {
    const auto& [id, x] = *at;
    had += x.consumed + x.transferred + x.held + (is_of_period(id, x) ? back.left_of(x) : 0);
  }
  for (auto at = first; at != in.grants.end() && at->first.starts_with(base); ++at) {
    if (had > what.amount && is_of_period(at->first, at->second)) {
      had -= back.take(at->first, at->second, had - what.amount);
    }
  }
  if (had < what.amount) {
    credit_grant grant;
    grant.kind = credit_kind::subscription;
    grant.amount = what.amount - had;
    grant.expires_at = what.period_end;
    grant.granted_at = now;
    grant.subscription_id = what.subscription_id;
    into.emplace_back(credits_granted{base + "-" + std::to_string(parts), std::move(grant)});
  }
}

void bring_credits(const organization& state, const billing_account& after, timestamp now,
                   std::vector<event>& into) {
  for (const auto& [id, s] : after.subscriptions) {
    bool runs = s.status == subscription_status::trialing || s.status == subscription_status::active
                || s.status == subscription_status::past_due;
    if (runs || is_final(s.status)) {
      auto amount = runs ? s.terms.credits_per_period.value_or(0) : 0;
      bring_credits(state.credits, {id, amount, s.period.start, s.period.end}, now, into);
    }
  }
}

void complete_credits(const credit_account& before, const credit_rules& rules,
                      std::vector<event>& made) {
  std::int64_t change = 0;
  for (auto& e : made) {
    std::visit(
      [&](auto& x) {
        using type = std::decay_t<decltype(x)>;
        if constexpr (std::is_same_v<type, credits_granted>) {
          x.grant.notice_at = notice_of(x.grant, rules);
        }
        if constexpr (boost::mp11::mp_contains<credit_account_event, type>::value) {
          change += change_by(x, before);
        }
      },
      e);
  }
  if (rules.low_balance == 0 || change >= 0) {
    return;
  }
  std::int64_t was = 0;  // with what expired and was not told yet, which changes it, too
  for (const auto& id : before.order) {
    was += remaining(before.grants.at(id));
  }
  if (was >= rules.low_balance && was + change < rules.low_balance) {
    made.emplace_back(credit_balance_low{was + change, rules.low_balance});
  }
}

std::optional<timestamp> next_due(const organization& of) {
  auto billing = next_due(of.billing);
  auto credits = due_at(of.credits);
  return billing && credits ? std::min(*billing, *credits) : billing ? billing : credits;
}

}  // namespace bursar::domain
