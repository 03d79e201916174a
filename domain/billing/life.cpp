// How a subscription lives: what each command does to it, as the events that an account records.
#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "domain/billing/recorder.hpp"
#include "domain/billing/subscription_lines.hpp"

namespace bursar::domain {
namespace {

using enum subscription_status;

bool same_terms(const subscription& s, const plan_terms& terms, std::int64_t quantity) {
  return s.terms == terms && s.quantity == quantity;
}

constexpr std::int64_t trial_days_max = 3650;
constexpr std::int64_t quantity_max = 1'000'000'000;

result<void> check(const plan_terms& terms, std::int64_t quantity) {
  if (quantity < 1 || quantity > quantity_max) {
    return error{errc::unprocessable, "a quantity of " + std::to_string(quantity)
                                        + "; it must be 1 to " + std::to_string(quantity_max)};
  }
  if (terms.cadence.count < 1) {
    return error{errc::unprocessable, "a period without length"};
  }
  if (auto good = domain::check(terms.price); !good) {
    return good;
  }
  for (const auto& [metric, price] : terms.usage.value_or(std::map<std::string, charge_model>{})) {
    if (auto good = domain::check(price); !good) {
      return good;
    }
  }
  for (const auto& agreed : {terms.minimum, terms.maximum}) {
    if (agreed.value_or(0) < 0 || agreed.value_or(0) > agreed_amount_max) {
      return error{errc::unprocessable,
                   "an agreed minimum or maximum of " + std::to_string(*agreed)};
    }
  }
  // Or no period of it could ever be billed.
  auto amount = rounded(rate(terms.price, {quantity, {}}).amount);
  return amount ? result<void>{} : amount.error();
}

// A newer decision replaces an older one; a cancellation stays.
result<void> schedule(recorder& to, const subscription& s, std::optional<scheduled_change> change) {
  if (change && !is_billed(s.status) && s.status != trialing) {
    return refused(s, "no period of it runs; change it now");
  }
  if (change && same_terms(s, change->terms, change->quantity)) {
    change.reset();
  }
  if (change != s.scheduled) {
    to.emit(subscription_schedule_changed{s.id, std::move(change), s.cancel_at});
  }
  return {};
}

bool is_billed_beyond(const recorder& to, const subscription& s) {
  return !s.ledger.intervals.empty() && to.now() < billed_until(s.ledger);
}

// Of a period that ends before its time, and of which that is given back.
void fix_minimums_after(recorder& to, const subscription& s, const line_item& credit) {
  auto part = settled_before(credit);
  auto left = part ? release(s.ledger, credit.period.start, negated(std::move(*part))) : s.ledger;
  if (left) {
    fix_minimums(to, s, *left);
  }
}

void append(std::vector<line_item>& to, std::vector<line_item> more) {
  std::move(more.begin(), more.end(), std::back_inserter(to));
}

// What began this very moment, in the middle of a period, is exchanged for what it cost.
proration_basis basis_of(const subscription& s, proration_basis by, timestamp now) {
  bool began_now = s.ledger.intervals.back().interval.start == now;
  return by == proration_basis::none && began_now ? proration_basis::second : by;
}

result<void> change_now(recorder& to, const subscription& s, const change_subscription& c) {
  auto changed = subscription_terms_changed{s.id, c.terms, c.quantity, to.now()};
  // What was used until now was used at the prices of until now.
  if (c.terms.usage != s.terms.usage || c.terms.cadence != s.terms.cadence) {
    close_usage(to, s, to.now());
  }
  if (!is_billed(s.status) || !is_billed_beyond(to, s)) {  // nothing to give back or to charge yet
    to.emit(std::move(changed));
    return {};
  }
  bool undone = s.released && s.released->at == to.now() && s.released->terms == c.terms
                && s.released->quantity == c.quantity;
  auto given_back_by = basis_of(s, c.proration.value_or(s.terms.proration), to.now());
  auto taken_by = basis_of(s, c.proration.value_or(c.terms.proration), to.now());
  bool free_of_charge = given_back_by == proration_basis::none && taken_by == given_back_by
                        && c.terms.cadence == s.terms.cadence && to.now() > s.period.start;
  if (free_of_charge) {  // what is billed stays billed, and can be given back
    to.emit(std::move(changed));
    return {};
  }
  std::vector<line_item> lines{credit_line(s, to.now(), given_back_by)};
  bool ends_period = !undone && c.terms.cadence != s.terms.cadence;
  if (ends_period) {
    fix_minimums_after(to, s, lines.front());
  }
  auto goes_on = undone ? std::optional{s.released->period} : std::nullopt;
  append(lines, late_lines(to, s, goes_on));
  if (undone) {
    anchored_period before{s.released->period, s.released->anchor};
    append(lines, released_minimums(to, s));
    lines.push_back(
      rest_line(s, c.terms, c.quantity, to.now(), before, taken_by, s.released->billed));
    return begin(to, {{&s, std::move(before), std::move(lines), std::move(changed)}});
  }
  if (!ends_period) {
    anchored_period same{s.period, s.anchor};
    lines.push_back(rest_line(s, c.terms, c.quantity, to.now(), same, taken_by));
    return begin(to, {{&s, std::move(same), std::move(lines), std::move(changed)}});
  }
  auto first = first_period(to, s, c.terms, to.now());
  lines.push_back(first_line(s, c.terms, c.quantity, first, to.now()));
  bool leaves = s.cancel_at == s.period.end;
  auto done = begin(to, {{&s, first, std::move(lines), std::move(changed)}});
  if (done && leaves) {  // with the new period, which is billed to its end
    to.emit(subscription_schedule_changed{s.id, std::nullopt, first.period.end});
  }
  return done;
}

}  // namespace

result<void> act(recorder& to, const start_subscription& c) {
  if (to.state().subscriptions.contains(c.id)) {
    return error{errc::already_exists, "there is a subscription " + c.id};
  }
  if (auto good = check(c.terms, c.quantity); !good) {
    return good;
  }
  if (!is_time_zone(c.time_zone)) {
    return error{errc::unprocessable, "no time zone: " + c.time_zone};
  }
  if (c.pay_first && c.trial_days > 0) {
    return error{errc::unprocessable, "in a trial there is nothing to pay first"};
  }
  if (c.trial_days < 0 || c.trial_days > trial_days_max) {
    return error{errc::unprocessable, "a trial of " + std::to_string(c.trial_days) + " days"};
  }
  if (c.contract_end && *c.contract_end <= to.now()) {
    return error{errc::unprocessable, "the contract would end before it begins"};
  }
  subscription s;
  s.id = c.id;
  s.terms = c.terms;
  s.quantity = c.quantity;
  s.created_at = to.now();
  s.contract_end = c.contract_end;
  if (c.coupon) {
    s.coupon = redeemed_coupon{*c.coupon, 0, {}};
  }
  s.anchor = anchor_at(to.now(), c.time_zone);
  if (c.trial_days > 0) {
    auto end = boundary(s.anchor, {billing_interval::day, c.trial_days}, 1);
    s.status = trialing;
    s.trial_end = end;
    s.anchor = anchor_at(end, c.time_zone);
    s.period = {to.now(), end};
    s.ledger.begin = end;
    to.emit(subscription_created{std::move(s)});
    return {};
  }
  s.status = c.pay_first ? incomplete : active;
  auto first = first_period(to, s, s.terms, to.now());
  s.period = first.period;
  s.anchor = first.anchor;
  s.ledger.begin = to.now();
  if (first.period.start < to.now()) {
    s.metered_since = to.now();
  }
  to.emit(subscription_created{s});
  return to.bill(to.now(), {{first_line(s, s.terms, s.quantity, first, to.now())}});
}

result<void> act(recorder& to, const subscription& s, const change_subscription& c) {
  if (is_final(s.status) || s.status == suspended || s.status == incomplete) {
    return refused(s, "its plan and quantity cannot change");
  }
  if (auto good = check(c.terms, c.quantity); !good) {
    return good;
  }
  if (c.terms.currency != s.terms.currency) {
    return refused(s, "it is billed in " + s.terms.currency + ", not in " + c.terms.currency);
  }
  if (c.when == effective_at::period_end) {
    return schedule(to, s, scheduled_change{c.terms, c.quantity});
  }
  if (s.status == paused && is_billed_beyond(to, s)) {
    return refused(s, "what is billed of it cannot be exchanged; resume it first");
  }
  if (same_terms(s, c.terms, c.quantity)) {
    return s.scheduled ? schedule(to, s, std::nullopt) : result<void>{};
  }
  auto done = change_now(to, s, c);
  return done ? correct_usage(to, s, to.now()) : done;
}

result<void> act(recorder& to, const subscription& s, const cancel_subscription& c) {
  if (is_final(s.status)) {
    return refused(s, "it has ended");
  }
  bool has_end = is_billed(s.status) || s.status == trialing;
  if (c.when == effective_at::period_end) {
    if (!has_end) {
      return refused(s, "no period of it runs; cancel it now");
    }
    if (s.cancel_at != s.period.end) {
      to.emit(subscription_schedule_changed{s.id, s.scheduled, s.period.end});
    }
    return {};
  }
  if (s.status == incomplete) {
    return give_up(to, s, cancelled, to.now(), "cancelled");
  }
  if (c.give_back && is_billed_beyond(to, s)) {
    if (auto billed = to.bill(to.now(), {{leaving_line(s, to.now())}}); !billed) {
      return billed;
    }
  }
  return finish(to, s, cancelled, to.now(), "cancelled");
}

result<void> act(recorder& to, const subscription& s, const keep_subscription&) {
  if (!s.cancel_at && !s.scheduled) {
    return refused(s, "nothing is scheduled");
  }
  auto scheduled = s.cancel_at ? s.scheduled : std::nullopt;  // the cancellation came last
  to.emit(subscription_schedule_changed{s.id, scheduled, std::nullopt});
  return {};
}

// The periods after it begin where it ends, so they are moved with it; so is the cancellation that
// was to come there.
result<void> act(recorder& to, const subscription& s, const change_trial& c) {
  if (s.status != trialing) {
    return refused(s, "its trial is over");
  }
  auto end = c.end.value_or(to.now());
  auto latest = s.created_at + std::chrono::days{trial_days_max};
  if (end < to.now() || end > latest) {
    return error{errc::unprocessable,
                 "a trial ends from now on, and until " + format_rfc3339(latest)};
  }
  if (end == s.trial_end) {
    return {};
  }
  bool leaves = s.cancel_at == s.trial_end;
  to.emit(subscription_trial_changed{s.id, end, anchor_at(end, s.anchor.time_zone)});
  if (leaves) {
    to.emit(subscription_schedule_changed{s.id, s.scheduled, end});
  }
  return {};
}

result<void> act(recorder& to, const subscription& s, const pause_subscription&) {
  if (s.status == trialing) {
    return refused(s, "a trial is not billed; cancel it, or let it end");
  }
  return to.become(s, paused, to.now(), "paused");
}

// The rest of the period is billed where it was not before the pause.
result<void> act(recorder& to, const subscription& s, const resume_subscription&) {
  if (s.status != paused) {
    return refused(s, "it is not paused");
  }
  if (owes_for(to.state(), s)) {
    return refused(s, "an invoice of it was not paid; pay it first");
  }
  auto done = go_on(to, s, "resumed");
  return done ? correct_usage(to, s, to.now()) : done;
}

}  // namespace bursar::domain
