// What a snapshot means for the business. Each fact is found by comparing an object before and
// after the snapshot; because lifecycles only go forward, each is found exactly once, in whatever
// order, and however often, the snapshots come.
#include <algorithm>

#include "domain/organization.hpp"
#include "domain/overloaded.hpp"
#include "domain/pricing/exact.hpp"

namespace bursar::domain::stripe {
namespace {

using events = std::vector<domain::event>;

// An object as it is kept, before and after the snapshot.
template <class Tracked>
struct change {
  const Tracked* before;  // null: it was never seen
  Tracked after;
};

template <class Tracked>
change<Tracked> merged(const std::map<std::string, Tracked>& in, const seen_object& seen) {
  auto found = in.find(seen.seen.id);
  change<Tracked> out{found == in.end() ? nullptr : &found->second, {}};
  if (out.before != nullptr) {
    out.after = *out.before;
  }
  merge(out.after, seen);
  return out;
}

std::optional<std::string> plan_id(const subscription& x, const catalog& in) {
  if (x.items.empty() || !x.items.front().price) {
    return std::nullopt;
  }
  const auto* plan = plan_of_stripe_price(in, *x.items.front().price);
  return plan == nullptr ? std::nullopt : std::optional{plan->id};
}

void facts_of(const organization& state, const seen_object& seen, const subscription&,
              const decision_context& context, events& out) {
  const auto& id = seen.seen.id;
  auto x = merged(state.stripe.subscriptions, seen);
  const auto& after = x.after.value();
  auto status = after.status.value_or("");
  auto plan = plan_id(after, *context.catalog);
  if (x.before == nullptr) {
    out.push_back(subscription_started{id, status, plan});
  } else if (const auto& before = x.before->value();
             before.status != after.status || before.items != after.items) {
    out.push_back(subscription_updated{id, status, before.status.value_or(""), plan,
                                       plan_id(before, *context.catalog)});
  }
  bool had_ended = x.before != nullptr && is_ended(x.before->value());
  if (is_ended(after) && !had_ended) {
    out.push_back(subscription_ended{id, status, after.ended_at});
  }
  stand(state, *context.catalog, {id, &after, {}}, out);
  bool runs = status == "trialing" || status == "active" || status == "past_due";
  if ((runs || is_ended(after)) && after.current_period_start && after.current_period_end) {
    auto amount = runs && plan ? context.catalog->plans.at(*plan).credits_per_period : 0;
    brought_credits what{id, amount, from_unix_seconds(*after.current_period_start),
                         from_unix_seconds(*after.current_period_end)};
    bring_credits(state.credits, what, context.now, out);
  }
}

// Ends what it was subscribed to, also when that is told later or never.
void facts_of(const organization& state, const seen_object& seen, const customer&,
              const decision_context& context, events& out) {
  auto x = merged(state.stripe.customers, seen);
  if (x.after.value().deleted) {
    stand(state, *context.catalog, {{}, nullptr, seen.seen.id}, out);
  }
}

void facts_of(const organization& state, const seen_object& seen, const invoice&,
              const decision_context&, events& out) {
  auto x = merged(state.stripe.invoices, seen);
  const auto& after = x.after.value();
  bool was_paid = x.before != nullptr && x.before->value().status == "paid";
  if (after.status == "paid" && !was_paid) {
    out.push_back(
      invoice_paid{seen.seen.id, after.number, after.currency, after.amount_paid, after.paid_at});
  }
}

void facts_of(const organization& state, const seen_object& seen, const payment_intent& shown,
              const decision_context&, events& out) {
  auto x = merged(state.stripe.payments, seen);
  const auto& after = x.after.value();
  bool had_succeeded = x.before != nullptr && x.before->value().status == "succeeded";
  if (after.status == "succeeded" && !had_succeeded) {
    out.push_back(
      payment_succeeded{seen.seen.id, after.amount_received, after.currency, after.customer});
  }
  for (const auto& attempt : x.after.failed_attempts) {
    bool known = x.before != nullptr
                 && std::binary_search(x.before->failed_attempts.begin(),
                                       x.before->failed_attempts.end(), attempt);
    if (!known) {
      out.push_back(payment_failed{seen.seen.id, attempt, shown.amount, shown.currency,
                                   shown.customer, shown.failure_code, shown.failure_message});
    }
  }
}

// -- packs of credits whose payment went back ---

// What is known of one payment, with the snapshot in it.
mirror known_of(const mirror& in, const std::string& payment, const seen_object& seen) {
  mirror out;
  auto add = [&](auto kind) {
    for (const auto& [id, x] : in.*kind) {
      if (x.value().payment_intent == payment) {
        (out.*kind).emplace(id, x);
      }
    }
  };
  add(&mirror::checkout_sessions);
  add(&mirror::charges);
  add(&mirror::disputes);
  merge(out, seen);
  return out;
}

// How many of its credits go with what was refunded, and what a lost dispute took.
std::int64_t credits_refunded(const credit_grant& pack, const mirror& known) {
  exact back{0};
  for (const auto& [id, x] : known.charges) {
    back += x.value().amount_refunded.value_or(0);
  }
  for (const auto& [id, x] : known.disputes) {
    back += x.value().status == "lost" ? x.value().amount.value_or(0) : 0;
  }
  auto paid = pack.paid.value_or(0);
  if (back <= 0 || back >= paid) {
    return back <= 0 ? 0 : pack.amount;
  }
  return rounded(back * pack.amount / paid).value();
}

// What was taken back before, by whomever, counts.
void revoke(const std::string& id, const granted_credits& pack, const mirror& known, timestamp now,
            events& out) {
  auto left = has_expired(pack.grant, now) ? 0 : remaining(pack);
  auto taken = std::min(left, credits_refunded(pack.grant, known) - pack.reversed);
  if (taken > 0) {
    out.push_back(credit_grant_reversed{id, taken, "its payment was refunded"});
  }
}

void revoke_packs(const organization& state, const text& payment, const seen_object& seen,
                  const decision_context& context, events& out) {
  if (!payment || !context.credits.revoke_on_refund) {
    return;
  }
  auto known = known_of(state.stripe, *payment, seen);
  for (const auto& [id, session] : known.checkout_sessions) {
    auto pack = state.credits.grants.find(id);
    if (pack != state.credits.grants.end()) {
      revoke(id, pack->second, known, context.now, out);
    }
  }
}

void facts_of(const organization& state, const seen_object& seen, const charge&,
              const decision_context& context, events& out) {
  auto x = merged(state.stripe.charges, seen);
  const auto& after = x.after.value();
  std::int64_t was = x.before == nullptr ? 0 : x.before->value().amount_refunded.value_or(0);
  std::int64_t is = after.amount_refunded.value_or(0);
  if (was != is) {
    out.push_back(payment_refunded{seen.seen.id, after.payment_intent, after.currency, is, was});
    revoke_packs(state, after.payment_intent, seen, context, out);
  }
}

void facts_of(const organization& state, const seen_object& seen, const dispute&,
              const decision_context& context, events& out) {
  auto x = merged(state.stripe.disputes, seen);
  const auto& after = x.after.value();
  if (x.before == nullptr) {
    out.push_back(
      dispute_opened{seen.seen.id, after.charge, after.currency, after.reason, after.amount});
  }
  bool was_closed = x.before != nullptr && is_closed(x.before->value());
  if (is_closed(after) && !was_closed) {
    out.push_back(dispute_closed{seen.seen.id, after.status.value_or("")});
    revoke_packs(state, after.payment_intent, seen, context, out);
  }
}

// Credits are granted once per session, whichever of its events shows it paid first.
void facts_of(const organization& state, const seen_object& seen, const checkout_session&,
              const decision_context& context, events& out) {
  auto x = merged(state.stripe.checkout_sessions, seen);
  bool sold = x.after.credits && is_paid(x.after.value());
  if (sold && !state.credits.grants.contains(seen.seen.id)) {
    credit_grant grant;
    grant.kind = credit_kind::purchased;
    grant.amount = *x.after.credits;
    grant.granted_at = context.now;
    grant.paid = x.after.value().amount_total;
    grant.currency = x.after.value().currency;
    grant.credit_product = x.after.credit_product;
    grant.checkout_session = seen.seen.id;
    out.push_back(credits_granted{seen.seen.id, grant});
    const auto& payment = x.after.value().payment_intent;
    if (payment && context.credits.revoke_on_refund) {  // it may have gone back before
      granted_credits pack;
      pack.grant = std::move(grant);
      revoke(seen.seen.id, pack, known_of(state.stripe, *payment, seen), context.now, out);
    }
  }
}

template <class Quiet>
void facts_of(const organization&, const seen_object&, const Quiet&, const decision_context&,
              events&) {
  // Payment methods, refunds, credit notes and links: the mirror alone tells them.
}

}  // namespace

std::vector<domain::event> facts(const organization& state, const seen_object& seen,
                                 const decision_context& context) {
  events out;
  std::visit([&](const auto& kind) { facts_of(state, seen, kind, context, out); }, seen.seen.after);
  return out;
}

}  // namespace bursar::domain::stripe
