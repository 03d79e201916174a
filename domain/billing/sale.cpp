#include "domain/billing/sale.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "domain/billing/recorder.hpp"

namespace bursar::domain {
namespace {

error unsold(const plan& x, const std::string& why) {
  return {errc::unprocessable, "plan " + x.id + " " + why};
}

result<const plan_price*> price_of(const plan& x, const wanted_price& wanted) {
  std::vector<const plan_price*> found;
  for (const auto& price : x.prices) {
    bool fits = (!wanted.currency || price.currency == *wanted.currency)
                && (!wanted.interval || price.interval == *wanted.interval);
    if (fits) {
      found.push_back(&price);
    }
  }
  if (found.size() > 1) {
    return unsold(x, "has several prices: name a currency and an interval");
  }
  if (found.empty()) {
    auto in = wanted.currency ? " in " + *wanted.currency : std::string{};
    auto per = wanted.interval ? boost::describe::enum_to_string(*wanted.interval, "") : nullptr;
    return unsold(x, "has no price" + in + (per == nullptr ? "" : std::string{" per "} + per));
  }
  return found.front();
}

// The price of the interval that a subscription has, where another plan has one, too.
std::optional<billing_interval> interval_of(const subscription& runs, const change_plan& c,
                                            const catalog& in) {
  auto plan = in.plans.find(*c.plan_id);
  auto is_like_it = [&](const plan_price& price) {
    return price.interval == runs.terms.cadence.interval && price.currency == runs.terms.currency;
  };
  bool has_same
    = !c.interval && plan != in.plans.end()
      && std::any_of(plan->second.prices.begin(), plan->second.prices.end(), is_like_it);
  return has_same ? std::optional{runs.terms.cadence.interval} : c.interval;
}

bool had_trial(const billing_account& of) {
  return std::any_of(of.subscriptions.begin(), of.subscriptions.end(),
                     [](const auto& entry) { return entry.second.trial_end.has_value(); });
}

// Any that is sold, and by Bursar.
result<const plan*> plan_of(const catalog& in, const std::string& plan_id) {
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
  return &plan;
}

plan_terms terms_at(const plan& plan, std::int64_t version, const plan_price& price) {
  plan_terms out;
  out.plan_id = plan.id;
  out.plan_version = version;
  out.name = plan.name;
  out.currency = price.currency;
  out.cadence = {price.interval, price.interval_count};
  out.price = model_of(price);
  out.features = plan.features;
  out.credits_per_period = plan.credits_per_period;
  out.minimum = price.minimum;
  out.maximum = price.maximum;
  out.usage = price.usage;
  out.product_class = plan.product_class;
  out.proration = plan.proration.value_or(out.proration);
  out.dunning = plan.dunning.value_or(out.dunning);
  out.trial_end = plan.trial_end.value_or(out.trial_end);
  return out;
}

}  // namespace

result<plan_terms> terms_of(const catalog& in, const std::string& plan_id,
                            const wanted_price& wanted) {
  auto plan = plan_of(in, plan_id);
  if (!plan) {
    return plan.error();
  }
  auto price = price_of(**plan, wanted);
  return price ? result<plan_terms>{terms_at(**plan, in.plan_versions.at(plan_id), **price)}
               : price.error();
}

result<plan_terms> agreed_terms(const catalog& in, const std::string& plan_id,
                                const plan_price& price) {
  auto plan = plan_of(in, plan_id);
  if (!plan) {
    return plan.error();
  }
  if (auto good = check_agreed(price, in.meters, "/price"); !good) {
    return good.error();
  }
  return terms_at(**plan, agreed_version, price);
}

const subscription* running_subscription(const billing_account& of) {
  auto found = std::find_if(of.subscriptions.begin(), of.subscriptions.end(),
                            [](const auto& x) { return !is_final(x.second.status); });
  return found == of.subscriptions.end() ? nullptr : &found->second;
}

std::int64_t count_running(const billing_account& of) {
  return std::count_if(of.subscriptions.begin(), of.subscriptions.end(),
                       [](const auto& x) { return !is_final(x.second.status); });
}

const subscription* current_subscription(const billing_account& of) {
  if (const auto* runs = running_subscription(of)) {
    return runs;
  }
  auto last = std::max_element(of.subscriptions.begin(), of.subscriptions.end(),
                               [](const auto& a, const auto& b) {
                                 return std::tie(a.second.ended_at, a.second.created_at)
                                        < std::tie(b.second.ended_at, b.second.created_at);
                               });
  return last == of.subscriptions.end() ? nullptr : &last->second;
}

std::vector<const subscription*> running_on(const billing_account& of, const std::string& plan_id) {
  std::vector<const subscription*> out;
  for (const auto& [id, s] : of.subscriptions) {
    if (!is_final(s.status) && s.terms.plan_id == plan_id) {
      out.push_back(&s);
    }
  }
  return out;
}

const subscription* find_subscription(const billing_account& of, const std::string& id) {
  if (id.empty()) {
    return current_subscription(of);
  }
  auto found = of.subscriptions.find(id);
  return found == of.subscriptions.end() ? nullptr : &found->second;
}

namespace {

// Whether its redemptions are used up the catalog says, once somebody wants one (redeem_coupon).
result<coupon> coupon_of(const catalog& in, const billing_account& of, const std::string& id,
                         const std::string& currency) {
  auto found = in.coupons.find(id);
  if (found == in.coupons.end()) {
    return error{errc::not_found, "there is no coupon " + id};
  }
  const auto& x = found->second;
  if (!x.active) {
    return error{errc::unprocessable, "coupon " + id + " is not given any more"};
  }
  bool is_used = std::any_of(of.subscriptions.begin(), of.subscriptions.end(), [&](const auto& s) {
    const auto& used = s.second.coupon;
    return used && used->coupon.id == id && used->coupon.duration != coupon_duration::forever
           && (used->periods > 0 || !is_final(s.second.status));
  });
  if (is_used) {
    return error{errc::unprocessable, "coupon " + id + " is used by another subscription, or was"};
  }
  if (x.currency && *x.currency != currency) {
    return error{errc::unprocessable,
                 "coupon " + id + " is of " + *x.currency + ", not " + currency};
  }
  return x;
}

}  // namespace

// conflict: one runs already.
result<void> act(recorder& to, const subscribe& c) {
  if (const auto* runs = running_subscription(to.state()); runs != nullptr && !c.beside_others) {
    return refused(*runs, "change it, or cancel it first");
  }
  for (const auto& [id, s] : to.state().subscriptions) {
    if (!is_final(s.status) && waits_for_payment(s.status) && owes_for(to.state(), s)) {
      return refused(s, "pay what is open first");
    }
  }
  if (count_running(to.state()) >= subscriptions_max) {
    return error{errc::unprocessable, "an organization has at most "
                                        + std::to_string(subscriptions_max)
                                        + " subscriptions at a time"};
  }
  const auto& in = *to.context().catalog;
  auto currency = c.currency ? c.currency : to.context().buyer_currency;
  auto terms = c.price ? agreed_terms(in, c.plan_id, *c.price)
                       : terms_of(in, c.plan_id, {currency, c.interval});
  if (!terms) {
    return terms.error();
  }
  start_subscription out;
  out.id = c.subscription_id;
  out.terms = std::move(*terms);
  out.quantity = c.quantity;
  out.trial_days
    = c.trial_days.value_or(had_trial(to.state()) ? 0 : in.plans.at(c.plan_id).trial_days);
  out.time_zone = to.context().buyer_time_zone.value_or("UTC");
  out.contract_end = c.contract_end;
  out.pay_first = c.pay_first;
  if (c.coupon_id) {
    auto coupon = coupon_of(in, to.state(), *c.coupon_id, out.terms.currency);
    if (!coupon) {
      return coupon.error();
    }
    out.coupon = std::move(*coupon);
  }
  if (c.payment_method) {
    if (auto put = act(to, put_payment_method{c.payment_method}); !put) {
      return put;
    }
  }
  return act(to, out);
}

error none_runs(const billing_account& of) {
  const auto* last = current_subscription(of);
  return last == nullptr ? error{errc::not_found, "no subscription runs that Bursar bills"}
                         : refused(*last, "what is wanted is of one that runs; subscribe again");
}

result<void> act(recorder& to, const subscription& s, const change_plan& c) {
  change_subscription out;
  out.subscription_id = s.id;
  out.terms = s.terms;
  if (c.interval && !c.plan_id) {
    return error{errc::invalid_parameter,
                 "another interval is another price",
                 {{"/plan_id", "is required where there is an interval"}}};
  }
  if (c.plan_id) {
    const auto& in = *to.context().catalog;
    auto terms = terms_of(in, *c.plan_id, {s.terms.currency, interval_of(s, c, in)});
    if (!terms) {
      return terms.error();
    }
    out.terms = std::move(*terms);
  }
  out.quantity = c.quantity.value_or(s.quantity);
  out.when = c.when;
  out.proration = c.proration;
  return act(to, s, out);
}

// Whoever has the newest, or leaves the plan anyway, or agreed on a price, keeps what it has.
result<void> act(recorder& to, const migrate_plan& c) {
  auto newest = to.context().catalog->plan_versions.find(c.plan_id);
  for (const auto* s : running_on(to.state(), c.plan_id)) {
    auto version = s->scheduled ? s->scheduled->terms.plan_version : s->terms.plan_version;
    bool leaves = s->cancel_at || (s->scheduled && s->scheduled->terms.plan_id != c.plan_id);
    if (leaves || version == agreed_version
        || (newest != to.context().catalog->plan_versions.end() && version == newest->second)) {
      continue;
    }
    change_plan change{c.plan_id, {}, c.when, {}, s->terms.cadence.interval, s->id};
    if (s->scheduled) {
      change.quantity = s->scheduled->quantity;
    }
    if (auto done = act(to, *s, change); !done) {
      return done;
    }
  }
  return {};
}

}  // namespace bursar::domain
