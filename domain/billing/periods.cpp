// How a subscription goes from period to period: what the passing of time does to it.
#include <algorithm>
#include <iterator>
#include <utility>

#include "domain/billing/recorder.hpp"
#include "domain/billing/subscription_lines.hpp"

namespace bursar::domain {
namespace {

using enum subscription_status;

// Another one whose periods it shares, so that they are billed together: the oldest of its cadence.
const subscription* companion(const recorder& to, const subscription& s, const plan_terms& terms) {
  if (!to.context().consolidate) {
    return nullptr;
  }
  for (const auto& [id, other] : to.state().subscriptions) {
    if (id != s.id && is_billed(other.status) && other.terms.cadence == terms.cadence
        && other.terms.currency == terms.currency) {
      return &other;
    }
  }
  return nullptr;
}

// What its period leaves to be billed once it is over.
std::vector<line_item> arrears(recorder& to, const subscription& s, timestamp at) {
  close_usage(to, s, at);
  fix_minimums(to, s, s.ledger);
  return late_lines(to, s);
}

begun_period renewal(recorder& to, const subscription& s, timestamp at) {
  begun_period out;
  out.of = &s;
  if (s.scheduled) {
    out.changed = subscription_terms_changed{s.id, s.scheduled->terms, s.scheduled->quantity, at};
  }
  const auto& terms = out.changed ? out.changed->terms : s.terms;
  auto quantity = out.changed ? out.changed->quantity : s.quantity;
  out.lines = arrears(to, s, at);
  if (terms.cadence != s.terms.cadence || at == s.trial_end) {
    out.next = first_period(to, s, terms, at);
    out.lines.push_back(first_line(s, terms, quantity, out.next, at));
  } else {
    out.next = {period_at(s.anchor, terms.cadence, at), s.anchor};
    out.lines.push_back(whole_line(s, terms, quantity, out.next));
  }
  return out;
}

// Whether it goes on, and is billed.
result<bool> end_trial(recorder& to, const subscription& s, timestamp at) {
  if (!to.state().payment_method && s.terms.trial_end != trial_without_payment_method::bill) {
    bool pause = s.terms.trial_end == trial_without_payment_method::pause;
    auto done = to.become(s, pause ? paused : cancelled, at, "trial ended without payment method");
    return done ? result<bool>{false} : done.error();
  }
  auto done = to.become(s, active, at, "trial ended");
  return done ? result<bool>{true} : done.error();
}

// The same: false where it ended.
result<bool> goes_on(recorder& to, const subscription& s, timestamp at) {
  if (s.cancel_at && *s.cancel_at <= at) {
    auto done = finish(to, s, cancelled, at, "cancelled");
    return done ? result<bool>{false} : done.error();
  }
  if (s.contract_end && *s.contract_end <= at) {
    auto done = finish(to, s, expired, at, "contract ended");
    return done ? result<bool>{false} : done.error();
  }
  return s.status == trialing ? end_trial(to, s, at) : result<bool>{true};
}

}  // namespace

anchored_period first_period(const recorder& to, const subscription& s, const plan_terms& terms,
                             timestamp t) {
  if (const auto* other = companion(to, s, terms)) {
    return {period_at(other->anchor, terms.cadence, t), other->anchor};
  }
  // Its start is not quite what the anchor says where that has no microseconds, or where its local
  // time comes twice.
  auto anchor = anchor_at(t, s.anchor.time_zone);
  return {{t, boundary(anchor, terms.cadence, 1)}, anchor};
}

// Even where changes are not prorated: a rest that costs nothing would be had for nothing.
line_item first_line(const subscription& s, const plan_terms& terms, std::int64_t quantity,
                     const anchored_period& of, timestamp t) {
  auto by = terms.proration == proration_basis::none ? proration_basis::second : terms.proration;
  return rest_line(s, terms, quantity, t, of, by);
}

// The lines first: they are claimed where the last period ended.
result<void> begin(recorder& to, std::vector<begun_period> all) {
  auto at = all.front().lines.back().period.start;
  std::vector<std::vector<line_item>> lines;
  for (auto& x : all) {
    lines.push_back(std::move(x.lines));
  }
  if (auto billed = to.bill(at, std::move(lines)); !billed) {
    return billed;
  }
  for (auto& x : all) {
    const auto& s = *x.of;
    if (x.changed) {
      to.emit(std::move(*x.changed));
    }
    if (x.next.period != s.period || x.next.anchor != s.anchor) {
      to.emit(subscription_period_started{s.id, x.next.period, std::move(x.next.anchor)});
    }
  }
  return {};
}

// What the last period left is told before it is active again: then nothing of it is left to bill.
result<void> go_on(recorder& to, const subscription& s, std::string reason) {
  bool is_billed_still = billed_until(s.ledger) > to.now();
  // What never began, because its trial ended with nothing to charge, begins now.
  bool began = s.period.end != s.trial_end;
  auto next = began ? anchored_period{period_at(s.anchor, s.terms.cadence, to.now()), s.anchor}
                    : first_period(to, s, s.terms, to.now());
  bool is_another = !is_billed_still && next.period != s.period;
  auto lines = is_another ? arrears(to, s, to.now()) : std::vector<line_item>{};
  if (auto done = to.become(s, active, to.now(), std::move(reason)); !done || is_billed_still) {
    return done;
  }
  lines.push_back(first_line(s, s.terms, s.quantity, next, to.now()));
  return begin(to, {{&s, std::move(next), std::move(lines), {}}});
}

result<void> finish(recorder& to, const subscription& s, subscription_status as, timestamp at,
                    std::string reason) {
  auto lines = may_become(s.status, as) ? arrears(to, s, at) : std::vector<line_item>{};
  if (comes_to_something(lines)) {
    if (auto billed = to.bill(at, {std::move(lines)}); !billed) {
      return billed;
    }
  }
  return to.become(s, as, at, std::move(reason));
}

result<void> fall_due(recorder& to, const std::vector<const subscription*>& all, timestamp at) {
  std::vector<begun_period> begun;
  for (const auto* s : all) {
    if (is_final(s->status)) {
      if (auto done = settle_usage(to, *s, at); !done) {
        return done;
      }
      continue;
    }
    auto on = goes_on(to, *s, at);
    if (!on) {
      return on.error();
    }
    if (*on) {
      begun.push_back(renewal(to, *s, at));
    }
  }
  if (begun.empty()) {
    return {};
  }
  std::vector<const subscription*> renewed;
  for (const auto& x : begun) {
    renewed.push_back(x.of);
  }
  auto done = begin(to, std::move(begun));
  for (auto s = renewed.begin(); done && s != renewed.end(); ++s) {
    done = correct_usage(to, **s, at);
  }
  return done;
}

}  // namespace bursar::domain
