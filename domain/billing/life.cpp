// How a subscription lives: what each command and the passing of time do to it, as the events that
// an account records.
#include <algorithm>
#include <tuple>
#include <utility>

#include "base/assert.hpp"
#include "domain/billing/account.hpp"
#include "domain/billing/subscription_lines.hpp"

namespace bursar::domain {
namespace {

using enum subscription_status;

error refused(const subscription& s, const std::string& why) {
  return {errc::conflict, "subscription " + s.id + " is "
                            + boost::describe::enum_to_string(s.status, "?") + ": " + why};
}

bool same_terms(const subscription& s, const plan_terms& terms, std::int64_t quantity) {
  return s.terms == terms && s.quantity == quantity;
}

// From a moment that became the anchor. It is not quite what the anchor says where that has no
// microseconds, or where its local time comes twice.
billing_period first_period(const billing_anchor& anchor, const billing_cadence& cadence,
                            timestamp t) {
  return {t, boundary(anchor, cadence, 1)};
}

// Each step sees what the steps before it did.
class deciding {
 public:
  deciding(const billing_account& state, const billing_context& context)
    : state_{state}, context_{context} {}

  std::vector<billing_event> events() { return std::move(events_); }

  result<void> operator()(const start_subscription& c) {
    if (state_.subscriptions.contains(c.id)) {
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
    if (c.contract_end && *c.contract_end <= context_.now) {
      return error{errc::unprocessable, "the contract would end before it begins"};
    }
    subscription s;
    s.id = c.id;
    s.terms = c.terms;
    s.quantity = c.quantity;
    s.created_at = context_.now;
    s.contract_end = c.contract_end;
    s.anchor = anchor_at(context_.now, c.time_zone);
    if (c.trial_days > 0) {
      auto end = boundary(s.anchor, {billing_interval::day, c.trial_days}, 1);
      s.status = trialing;
      s.trial_end = end;
      s.anchor = anchor_at(end, c.time_zone);
      s.period = {context_.now, end};
      s.ledger.begin = end;
      emit(subscription_created{std::move(s)});
      return {};
    }
    s.status = active;
    s.period = first_period(s.anchor, s.terms.cadence, context_.now);
    s.ledger.begin = context_.now;
    emit(subscription_created{s});
    return bill(context_.now, {whole_line(s, s.terms, s.quantity, s.period)});
  }

  template <class Command>
  requires requires(const Command& c) { c.id; }
  result<void> operator()(const Command& c) {
    auto found = state_.subscriptions.find(c.id);
    return found == state_.subscriptions.end()
             ? result<void>{error{errc::not_found, "no subscription " + c.id}}
             : act(found->second, c);
  }

  result<void> act(const subscription& s, const change_subscription& c) {
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
      return schedule(s, scheduled_change{c.terms, c.quantity});
    }
    if (s.status == paused && is_billed_beyond(s)) {
      return refused(s, "what is billed of it cannot be exchanged; resume it first");
    }
    if (same_terms(s, c.terms, c.quantity)) {
      return s.scheduled ? schedule(s, std::nullopt) : result<void>{};
    }
    return change_now(s, c);
  }

  result<void> act(const subscription& s, const cancel_subscription& c) {
    if (is_final(s.status)) {
      return refused(s, "it has ended");
    }
    bool has_end = is_billed(s.status) || s.status == trialing;
    if (c.when == effective_at::period_end) {
      if (!has_end) {
        return refused(s, "no period of it runs; cancel it now");
      }
      if (s.cancel_at != s.period.end) {
        emit(subscription_schedule_changed{s.id, s.scheduled, s.period.end});
      }
      return {};
    }
    if (c.give_back && is_billed_beyond(s)) {
      if (auto billed = bill(context_.now, {credit_line(s, context_.now)}); !billed) {
        return billed;
      }
    }
    return become(s, cancelled, context_.now, "cancelled");
  }

  result<void> act(const subscription& s, const keep_subscription&) {
    if (!s.cancel_at && !s.scheduled) {
      return refused(s, "nothing is scheduled");
    }
    emit(subscription_schedule_changed{s.id, std::nullopt, std::nullopt});
    return {};
  }

  result<void> act(const subscription& s, const pause_subscription&) {
    if (s.status == trialing) {
      return refused(s, "a trial is not billed; cancel it, or let it end");
    }
    return become(s, paused, context_.now, "paused");
  }

  // The rest of the period is billed where it was not before the pause.
  result<void> act(const subscription& s, const resume_subscription&) {
    if (s.status != paused) {
      return refused(s, "it is not paused");
    }
    if (auto done = become(s, active, context_.now, "resumed"); !done) {
      return done;
    }
    if (billed_until(s.ledger) > context_.now) {
      return {};
    }
    // What never began, because its trial ended with nothing to charge, begins now.
    bool began = s.period.end != s.trial_end;
    auto anchor = began ? s.anchor : anchor_at(context_.now, s.anchor.time_zone);
    auto period = began ? period_at(anchor, s.terms.cadence, context_.now)
                        : first_period(anchor, s.terms.cadence, context_.now);
    return begin(s, period, anchor, {rest_line(s, s.terms, s.quantity, context_.now, period)});
  }

  result<void> operator()(const put_payment_method& c) {
    if (c.token != state_.payment_method) {
      emit(payment_method_changed{c.token});
    }
    return {};
  }

  result<void> operator()(const advance_time&) {
    for (;;) {
      auto next = std::min_element(state_.subscriptions.begin(), state_.subscriptions.end(),
                                   [](const auto& a, const auto& b) {
                                     return next_due(a.second).value_or(timestamp::max())
                                            < next_due(b.second).value_or(timestamp::max());
                                   });
      bool any = next != state_.subscriptions.end();
      auto due = any ? next_due(next->second) : std::nullopt;
      if (!due || *due > context_.now) {
        return {};
      }
      if (auto done = fall_due(next->second, *due); !done) {
        return done;
      }
    }
  }

 private:
  static constexpr std::int64_t trial_days_max = 3650;
  static constexpr std::int64_t quantity_max = 1'000'000'000;

  // References to subscriptions stay good: a map that is moved keeps its nodes.
  template <class Event>
  void emit(Event event) {
    events_.emplace_back(std::move(event));
    state_ = evolve(std::move(state_), events_.back());
  }

  static result<void> check(const plan_terms& terms, std::int64_t quantity) {
    if (quantity < 1 || quantity > quantity_max) {
      return error{errc::unprocessable, "a quantity of " + std::to_string(quantity)};
    }
    if (terms.cadence.count < 1) {
      return error{errc::unprocessable, "a period without length"};
    }
    return domain::check(terms.price);
  }

  result<void> become(const subscription& s, subscription_status to, timestamp at,
                      std::string reason) {
    if (!may_become(s.status, to)) {
      return refused(s, std::string{"it cannot become "} + boost::describe::enum_to_string(to, ""));
    }
    emit(subscription_status_changed{s.id, to, at, std::move(reason)});
    return {};
  }

  // A newer decision replaces an older one; a cancellation stays.
  result<void> schedule(const subscription& s, std::optional<scheduled_change> change) {
    if (change && !is_billed(s.status) && s.status != trialing) {
      return refused(s, "no period of it runs; change it now");
    }
    if (change && same_terms(s, change->terms, change->quantity)) {
      change.reset();
    }
    if (change != s.scheduled) {
      emit(subscription_schedule_changed{s.id, std::move(change), s.cancel_at});
    }
    return {};
  }

  // -- billing ---

  bool is_billed_beyond(const subscription& s) const {
    return !s.ledger.intervals.empty() && context_.now < billed_until(s.ledger);
  }

  result<void> bill(timestamp at, std::vector<line_item> lines) {
    const auto& currency = state_.subscriptions.at(*lines.front().subscription_id).terms.currency;
    auto charged = charge(std::move(lines),
                          {currency, {}, context_.seller, context_.buyer, context_.tax_rates});
    if (!charged) {
      return charged.error();
    }
    native_invoice out;
    out.id = context_.new_invoice_id();
    out.currency = currency;
    out.treatment = charged->treatment;
    out.lines = std::move(charged->lines);
    out.totals = charged->totals;
    out.created_at = at;
    out.finalize_at = at + context_.draft_for;
    emit(invoice_created{std::move(out)});
    return {};
  }

  // -- changes ---

  result<void> change_now(const subscription& s, const change_subscription& c) {
    auto changed = subscription_terms_changed{s.id, c.terms, c.quantity, context_.now};
    if (!is_billed(s.status) || !is_billed_beyond(s)) {  // nothing to give back or to charge yet
      emit(std::move(changed));
      return {};
    }
    bool undone = s.released && s.released->at == context_.now && s.released->terms == c.terms
                  && s.released->quantity == c.quantity;
    std::vector<line_item> lines{credit_line(s, context_.now)};
    if (undone) {
      auto [period, anchor, amount]
        = std::tuple{s.released->period, s.released->anchor, s.released->amount};
      lines.push_back(rest_line(s, c.terms, c.quantity, context_.now, period, amount));
      return begin(s, period, anchor, std::move(lines), std::move(changed));
    }
    if (c.terms.cadence == s.terms.cadence) {
      lines.push_back(rest_line(s, c.terms, c.quantity, context_.now, s.period));
      return begin(s, s.period, s.anchor, std::move(lines), std::move(changed));
    }
    auto anchor = anchor_at(context_.now, s.anchor.time_zone);
    auto period = first_period(anchor, c.terms.cadence, context_.now);
    lines.push_back(whole_line(s, c.terms, c.quantity, period));
    return begin(s, period, anchor, std::move(lines), std::move(changed));
  }

  // The lines first: they are claimed where the last period ended. By value: `s` may hold them.
  result<void> begin(const subscription& s, billing_period period, billing_anchor anchor,
                     std::vector<line_item> lines,
                     std::optional<subscription_terms_changed> changed = {}) {
    bool another = period != s.period || anchor != s.anchor;
    auto at = lines.back().period.start;
    if (auto billed = bill(at, std::move(lines)); !billed) {
      return billed;
    }
    if (changed) {
      emit(std::move(*changed));
    }
    if (another) {
      emit(subscription_period_started{s.id, period, anchor});
    }
    return {};
  }

  // -- time ---

  result<void> fall_due(const subscription& s, timestamp at) {
    if (s.cancel_at && *s.cancel_at <= at) {
      return become(s, cancelled, at, "cancelled");
    }
    if (s.contract_end && *s.contract_end <= at) {
      return become(s, expired, at, "contract ended");
    }
    return s.status == trialing ? end_trial(s, at) : renew(s, at);
  }

  result<void> end_trial(const subscription& s, timestamp at) {
    if (!state_.payment_method && s.terms.trial_end != trial_without_payment_method::bill) {
      bool pause = s.terms.trial_end == trial_without_payment_method::pause;
      return become(s, pause ? paused : cancelled, at, "trial ended without payment method");
    }
    if (auto done = become(s, active, at, "trial ended"); !done) {
      return done;
    }
    return renew(s, at);
  }

  result<void> renew(const subscription& s, timestamp at) {
    auto changed = s.scheduled ? std::optional{subscription_terms_changed{
                     s.id, s.scheduled->terms, s.scheduled->quantity, at}}
                               : std::nullopt;
    const auto& terms = changed ? changed->terms : s.terms;
    auto quantity = changed ? changed->quantity : s.quantity;
    bool other_cadence = terms.cadence != s.terms.cadence;
    auto anchor = other_cadence ? anchor_at(at, s.anchor.time_zone) : s.anchor;
    bool goes_on = !other_cadence && at != s.trial_end;
    auto period
      = goes_on ? period_at(anchor, terms.cadence, at) : first_period(anchor, terms.cadence, at);
    return begin(s, period, anchor, {whole_line(s, terms, quantity, period)}, std::move(changed));
  }

  billing_account state_;
  const billing_context& context_;
  std::vector<billing_event> events_;
};

}  // namespace

result<std::vector<billing_event>> decide(const billing_account& state,
                                          const billing_command& wanted,
                                          const billing_context& context) {
  deciding by{state, context};
  auto done = by(advance_time{});  // whoever wants something wants it of today's state
  if (done) {
    done = std::visit(by, wanted);
  }
  return done ? result<std::vector<billing_event>>{by.events()} : done.error();
}

}  // namespace bursar::domain
