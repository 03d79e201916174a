// How a subscription lives: what each command and the passing of time do to it, as the events that
// an account records.
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

// From a moment that became the anchor. It is not quite what the anchor says where that has no
// microseconds, or where its local time comes twice.
billing_period first_period(const billing_anchor& anchor, const billing_cadence& cadence,
                            timestamp t) {
  return {t, boundary(anchor, cadence, 1)};
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
  constexpr std::int64_t agreed_max = 999'999'999'999;
  for (const auto& agreed : {terms.minimum, terms.maximum}) {
    if (agreed.value_or(0) < 0 || agreed.value_or(0) > agreed_max) {
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

// The lines first: they are claimed where the last period ended. By value: `s` may hold them.
result<void> begin(recorder& to, const subscription& s, billing_period period,
                   billing_anchor anchor, std::vector<line_item> lines,
                   std::optional<subscription_terms_changed> changed = {}) {
  bool another = period != s.period || anchor != s.anchor;
  auto at = lines.back().period.start;
  if (auto billed = to.bill(at, std::move(lines)); !billed) {
    return billed;
  }
  if (changed) {
    to.emit(std::move(*changed));
  }
  if (another) {
    to.emit(subscription_period_started{s.id, period, std::move(anchor)});
  }
  return {};
}

// What a period that ends before its time came to less than agreed.
std::vector<line_item> minimums_after(const subscription& s, const line_item& credit) {
  auto part = settled_before(credit);
  auto left = part ? release(s.ledger, credit.period.start, negated(std::move(*part))) : s.ledger;
  return left ? minimum_lines(s, *left) : std::vector<line_item>{};
}

void append(std::vector<line_item>& to, std::vector<line_item> more) {
  std::move(more.begin(), more.end(), std::back_inserter(to));
}

result<void> finish(recorder& to, const subscription& s, subscription_status as, timestamp at,
                    std::string reason) {
  if (auto missing = minimum_lines(s, s.ledger); may_become(s.status, as) && !missing.empty()) {
    if (auto billed = to.bill(at, std::move(missing)); !billed) {
      return billed;
    }
  }
  return to.become(s, as, at, std::move(reason));
}

result<void> change_now(recorder& to, const subscription& s, const change_subscription& c) {
  auto changed = subscription_terms_changed{s.id, c.terms, c.quantity, to.now()};
  if (!is_billed(s.status) || !is_billed_beyond(to, s)) {  // nothing to give back or to charge yet
    to.emit(std::move(changed));
    return {};
  }
  bool undone = s.released && s.released->at == to.now() && s.released->terms == c.terms
                && s.released->quantity == c.quantity;
  auto given_back_by = c.proration.value_or(s.terms.proration);
  auto taken_by = c.proration.value_or(c.terms.proration);
  std::vector<line_item> lines{credit_line(s, to.now(), given_back_by)};
  if (undone) {
    auto [period, anchor, billed]
      = std::tuple{s.released->period, s.released->anchor, s.released->billed};
    for (const auto& minimum : s.released->minimums) {
      const auto& invoice = to.state().invoices.at(minimum.invoice_id);
      auto rest = rest_of(invoice, static_cast<std::size_t>(minimum.line));
      lines.push_back(minimum_back_line(s, minimum, rest));
    }
    lines.push_back(rest_line(s, c.terms, c.quantity, to.now(), period, taken_by, billed));
    return begin(to, s, period, anchor, std::move(lines), std::move(changed));
  }
  if (c.terms.cadence == s.terms.cadence) {
    lines.push_back(rest_line(s, c.terms, c.quantity, to.now(), s.period, taken_by));
    return begin(to, s, s.period, s.anchor, std::move(lines), std::move(changed));
  }
  auto anchor = anchor_at(to.now(), s.anchor.time_zone);
  auto period = first_period(anchor, c.terms.cadence, to.now());
  append(lines, minimums_after(s, lines.front()));
  lines.push_back(whole_line(s, c.terms, c.quantity, period));
  bool leaves = s.cancel_at == s.period.end;
  auto done = begin(to, s, period, anchor, std::move(lines), std::move(changed));
  if (done && leaves) {  // with the new period, which is billed whole
    to.emit(subscription_schedule_changed{s.id, std::nullopt, period.end});
  }
  return done;
}

result<void> renew(recorder& to, const subscription& s, timestamp at) {
  auto changed = s.scheduled ? std::optional{subscription_terms_changed{s.id, s.scheduled->terms,
                                                                        s.scheduled->quantity, at}}
                             : std::nullopt;
  const auto& terms = changed ? changed->terms : s.terms;
  auto quantity = changed ? changed->quantity : s.quantity;
  bool other_cadence = terms.cadence != s.terms.cadence;
  auto anchor = other_cadence ? anchor_at(at, s.anchor.time_zone) : s.anchor;
  bool goes_on = !other_cadence && at != s.trial_end;
  auto period
    = goes_on ? period_at(anchor, terms.cadence, at) : first_period(anchor, terms.cadence, at);
  auto lines = minimum_lines(s, s.ledger);
  lines.push_back(whole_line(s, terms, quantity, period));  // before the terms are moved
  return begin(to, s, period, anchor, std::move(lines), std::move(changed));
}

result<void> end_trial(recorder& to, const subscription& s, timestamp at) {
  if (!to.state().payment_method && s.terms.trial_end != trial_without_payment_method::bill) {
    bool pause = s.terms.trial_end == trial_without_payment_method::pause;
    return to.become(s, pause ? paused : cancelled, at, "trial ended without payment method");
  }
  if (auto done = to.become(s, active, at, "trial ended"); !done) {
    return done;
  }
  return renew(to, s, at);
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
  s.status = active;
  s.period = first_period(s.anchor, s.terms.cadence, to.now());
  s.ledger.begin = to.now();
  to.emit(subscription_created{s});
  return to.bill(to.now(), {whole_line(s, s.terms, s.quantity, s.period)});
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
  return change_now(to, s, c);
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
  if (c.give_back && is_billed_beyond(to, s)) {
    if (auto billed = to.bill(to.now(), {credit_line(s, to.now(), s.terms.proration)}); !billed) {
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
  return go_on(to, s, "resumed");
}

result<void> go_on(recorder& to, const subscription& s, std::string reason) {
  bool is_billed_still = billed_until(s.ledger) > to.now();
  auto lines = minimum_lines(s, s.ledger);
  if (auto done = to.become(s, active, to.now(), std::move(reason)); !done || is_billed_still) {
    return done;
  }
  // What never began, because its trial ended with nothing to charge, begins now.
  bool began = s.period.end != s.trial_end;
  auto anchor = began ? s.anchor : anchor_at(to.now(), s.anchor.time_zone);
  auto period = began ? period_at(anchor, s.terms.cadence, to.now())
                      : first_period(anchor, s.terms.cadence, to.now());
  // Even where changes are not prorated: by pausing, the rest of a period would be had for nothing.
  auto by = s.terms.proration;
  by = by == proration_basis::none ? proration_basis::second : by;
  if (period == s.period) {
    lines.clear();
  }
  lines.push_back(rest_line(s, s.terms, s.quantity, to.now(), period, by));
  return begin(to, s, period, anchor, std::move(lines));
}

result<void> fall_due(recorder& to, const subscription& s, timestamp at) {
  if (s.cancel_at && *s.cancel_at <= at) {
    return finish(to, s, cancelled, at, "cancelled");
  }
  if (s.contract_end && *s.contract_end <= at) {
    return finish(to, s, expired, at, "contract ended");
  }
  return s.status == trialing ? end_trial(to, s, at) : renew(to, s, at);
}

}  // namespace bursar::domain
