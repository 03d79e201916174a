// What was used is billed once its period is over: metered periods, their lines, and what is
// reported late.
#include <algorithm>
#include <iterator>
#include <utility>

#include "domain/billing/recorder.hpp"
#include "domain/usage/usage_account.hpp"

namespace bursar::domain {
namespace {

std::int64_t seconds_of(const billing_period& x) {
  return unix_seconds(x.end) - unix_seconds(x.start);
}

// Of what stands at some height, a part of a period costs a part of its price; what is counted is
// counted, however long that took.
bool is_level(meter_aggregation x) {
  using enum meter_aggregation;
  return x == max || x == latest || x == weighted_sum;
}

std::string name_of(const std::string& metric, const catalog& in) {
  auto found = in.meters.find(metric);
  return found == in.meters.end() ? metric : found->second.name;
}

late_usage_policy policy_of(const std::string& metric, const catalog& in) {
  auto found = in.meters.find(metric);
  auto policy = found == in.meters.end() ? std::nullopt : found->second.late_usage;
  return policy.value_or(late_usage_policy::next_invoice);
}

// Whether all that it was billed can be credited. Where some of it was forgiven, that stays so; an
// invoice whose lines give back more than the rest of it bills has no room for a note. Then the
// difference is billed instead.
bool can_be_reissued(const recorder& to, const std::string& metric, const billed_usage& billed) {
  auto has_room = [&](const billed_line& line) {
    const auto& invoice = to.state().invoices.at(line.invoice_id);
    auto room = invoice.totals.total;
    for (const auto& note : invoice.credit_notes) {
      room -= note.total;
    }
    auto rest = rest_of(invoice, static_cast<std::size_t>(line.line));
    bool is_owed = invoice.status != invoice_status::voided
                   && rest.amount + discount_of(rest.discounts) >= line.amount;
    return is_owed && total_of(rest) <= room;
  };
  return policy_of(metric, *to.context().catalog) == late_usage_policy::reissue && billed.amount > 0
         && std::all_of(billed.lines.begin(), billed.lines.end(), has_room);
}

bool came_late(const metered_period& of, const billed_usage& billed) {
  return of.invoice_id || !billed.lines.empty();
}

// What usage of [period) comes to at most: of the agreed maximum what the price itself leaves.
std::optional<std::int64_t> left_of_maximum(const subscription& s, const billing_period& period) {
  if (!s.terms.maximum) {
    return std::nullopt;
  }
  auto whole = std::max<std::int64_t>(seconds_of(s.period), 1);
  exact left = prorated(*s.terms.maximum, {seconds_of(period), whole});
  for (const auto& x : s.ledger.intervals) {
    billing_period both{std::max(x.interval.start, period.start),
                        std::min(x.interval.end, period.end)};
    if (x.full == s.period && both.start < both.end) {
      exact billed = x.billed.amount;
      for (const auto& discount : x.billed.discounts) {
        billed += discount.coupon_id ? 0 : discount.amount;
      }
      left
        -= prorated(billed, {seconds_of(both), std::max<std::int64_t>(seconds_of(x.interval), 1)});
    }
  }
  auto out = rounded(left);
  return out ? std::max<std::int64_t>(*out, 0) : 0;
}

// Of a metric in a metered period: what was used until now, and what is billed of it.
struct metered_line {
  std::string metric;
  const billed_usage* billed = nullptr;
  line_item line;  // of all of it; its amount is for charge() to say
};

line_item line_of(const subscription& s, const metered_period& of, const std::string& metric,
                  const billed_usage& billed, const catalog& in) {
  line_item out;
  out.kind = line_kind::usage;
  out.description = of.terms.name + ", " + name_of(metric, in);
  out.subscription_id = s.id;
  out.plan_id = of.terms.plan_id;
  out.product_class = of.terms.product_class;
  out.period = of.period;
  out.full = of.full;
  out.basis.price = of.terms.usage->at(metric);
  out.basis.price_version = of.terms.plan_version;
  if (is_level(billed.aggregation) && of.period != of.full) {
    out.basis.share = {seconds_of(of.period), std::max<std::int64_t>(seconds_of(of.full), 1)};
  }
  return out;
}

// Only what differs from what is billed, and can be billed at all: an amount beyond what an
// invoice can say waits for somebody to look at it, and holds nothing else up.
std::vector<metered_line> unbilled(const recorder& to, const subscription& s,
                                   const metered_period& of) {
  std::vector<metered_line> out;
  const auto* usage = to.context().usage;
  for (const auto& [metric, billed] : of.usage) {
    auto used = usage == nullptr ? std::nullopt
                                 : units_in(*usage, s.id, metric, billed.aggregation, of.period);
    if (!used) {
      continue;
    }
    metered_line made{metric, &billed, line_of(s, of, metric, billed, *to.context().catalog)};
    made.line.basis.units = used->units;
    made.line.usage = metered_units{metric, billed.aggregation, used->events, {}};
    auto amount = amount_of(made.line);
    if (!amount || (used->units == billed.units && *amount == billed.amount)) {
      continue;
    }
    if (!billed.lines.empty()) {
      made.line.usage->billed = billed.units;
    }
    out.push_back(std::move(made));
  }
  return out;
}

// What the maximum leaves for one line after the other. `left` is what it leaves for all.
void cap(line_item& line, std::optional<std::int64_t>& left) {
  if (left) {
    line.basis.at_most = *left;
    auto amount = amount_of(line);
    *left -= std::min(amount ? *amount : 0, *left);
  }
}

std::optional<std::int64_t> left_for_usage(const metered_period& of) {
  auto out = of.at_most;
  for (const auto& [metric, billed] : of.usage) {
    out = out ? std::optional{std::max<std::int64_t>(*out - billed.amount - billed.discount, 0)}
              : out;
  }
  return out;
}

}  // namespace

void close_usage(recorder& to, const subscription& s, timestamp t) {
  auto now = metered_now(s);
  now.end = std::min(now.end, t);
  bool is_trial = s.status == subscription_status::trialing || s.period.end == s.trial_end;
  if (!s.terms.usage || is_trial || now.end <= now.start) {
    return;
  }
  usage_period_closed out{s.id, now, {}, left_of_maximum(s, now)};
  for (const auto& [metric, price] : *s.terms.usage) {
    auto meter = to.context().catalog->meters.find(metric);
    bool known = meter != to.context().catalog->meters.end();
    bool of_sum = !known || price.model == pricing_model::percentage;
    out.metrics[metric] = of_sum ? meter_aggregation::sum : meter->second.aggregation;
  }
  to.emit(std::move(out));
}

std::vector<line_item> usage_lines(const recorder& to, const subscription& s) {
  std::vector<line_item> out;
  for (const auto& of : s.metered) {
    auto left = left_for_usage(of);
    for (auto& x : unbilled(to, s, of)) {
      x.line.basis.counted = x.billed->amount;
      bool late = came_late(of, *x.billed);
      auto amount = amount_of(x.line);
      if (late && (*amount == 0 || can_be_reissued(to, x.metric, *x.billed))) {
        continue;
      }
      cap(x.line, left);
      out.push_back(std::move(x.line));
    }
  }
  return out;
}

std::vector<line_item> late_lines(recorder& to, const subscription& s,
                                  const std::optional<billing_period>& goes_on) {
  auto out = usage_lines(to, s);
  auto missing = missing_minimums(to, s, out, goes_on);
  std::move(missing.begin(), missing.end(), std::back_inserter(out));
  return out;
}

// -- a draft that is opened ---

namespace {

struct revision {
  std::vector<line_item> lines;
  bool differs = false;
};

// What a later invoice billed of it is for the next one to go on with.
void revise(revision& to, const recorder& by, const subscription& s, const metered_period& of) {
  for (auto& x : unbilled(by, s, of)) {
    if (!x.billed->lines.empty() && x.billed->lines.back().invoice_id != of.invoice_id) {
      continue;
    }
    auto had = std::find_if(to.lines.begin(), to.lines.end(), [&](const line_item& line) {
      return line.usage && line.usage->metric == x.metric && line.subscription_id == s.id
             && line.period == of.period;
    });
    auto before = had == to.lines.end() ? 0 : had->amount;
    x.line.basis.counted = x.billed->amount - before;
    if (had != to.lines.end()) {
      x.line.usage->billed = had->usage->billed;
    }
    auto left = left_for_usage(of);
    if (left && had != to.lines.end()) {
      *left += had->amount + discount_of(*had);
    }
    cap(x.line, left);
    if (had == to.lines.end()) {
      to.lines.push_back(std::move(x.line));
    } else {
      *had = std::move(x.line);
    }
    to.differs = true;
  }
}

}  // namespace

result<void> revise(recorder& to, const native_invoice& invoice, timestamp at) {
  if (!invoice.returned.empty()) {  // what was given back of it stays; the next one bills the rest
    return {};
  }
  revision made;
  made.lines = invoice.lines;
  for (const auto* s : subscriptions_of(invoice, to.state())) {
    for (const auto& of : s->metered) {
      if (of.invoice_id == invoice.id) {
        revise(made, to, *s, of);
      }
    }
    recount_minimums(made.lines, invoice, *s);
  }
  if (!made.differs) {
    return {};
  }
  for (auto& line : made.lines) {
    bool is_new = line.kind == line_kind::usage || line.kind == line_kind::minimum;
    if (auto amount = amount_of(line); is_new && amount && !line.basis.billed) {
      line.amount = *amount;
      line.discounts.clear();
      if (auto beyond = beyond_maximum(line.basis, line.amount); beyond > 0) {
        line.discounts.push_back({{}, -beyond});
      }
    }
  }
  auto charged = recharge(std::move(made.lines), to.charged_at(at, invoice.currency));
  if (!charged) {
    return charged.error();
  }
  to.emit(invoice_revised{invoice.id, std::move(charged->lines), charged->totals,
                          charged->treatment, std::move(charged->tax_calculation)});
  return {};
}

// -- what was billed too much, or is billed anew ---

namespace {

struct correction {
  timestamp period_start{};
  std::string metric;
  billed_usage billed;
  decimal units;
  std::int64_t amount = 0;    // that they come to
  std::int64_t discount = 0;  // what of it is beyond the agreed maximum; zero or less
  bool anew = false;

  std::int64_t too_much() const {
    return billed.amount + billed.discount - (anew ? 0 : amount + discount);
  }
};

std::vector<correction> corrections_of(const recorder& to, const subscription& s) {
  std::vector<correction> out;
  for (const auto& of : s.metered) {
    for (const auto& x : unbilled(to, s, of)) {
      auto whole = *amount_of(x.line);
      auto left = left_for_usage(of);
      auto at_most = left ? *left + x.billed->amount + x.billed->discount : whole;
      correction made{of.period.start,    x.metric, *x.billed,
                      x.line.basis.units, whole,    std::min<std::int64_t>(at_most - whole, 0)};
      made.anew = whole != x.billed->amount && can_be_reissued(to, x.metric, *x.billed);
      if (!x.billed->lines.empty() && made.too_much() > 0) {
        out.push_back(std::move(made));
      }
    }
  }
  return out;
}

}  // namespace

result<void> correct_usage(recorder& to, const subscription& s, timestamp at) {
  bool anew = false;
  for (const auto& x : corrections_of(to, s)) {
    if (!can_be_credited(to, x.billed.lines)) {
      continue;
    }
    auto lines = x.billed.lines;
    auto credited = credit(to, lines, x.too_much(), "less was used than was billed");
    bool all = credited == x.too_much();
    if (credited == 0) {
      continue;
    }
    usage_corrected out{
      s.id, x.period_start, x.metric, x.billed.units, x.billed.amount - credited, x.anew && all};
    out.lines = std::move(lines);
    if (out.anew) {
      out.units = 0;
      out.amount = 0;
    } else if (all) {
      out.units = x.units;
      out.amount = x.amount;
      out.discount = x.discount;
    }
    to.emit(std::move(out));
    anew |= x.anew && all;
  }
  auto lines = anew ? late_lines(to, s) : missing_minimums(to, s, {});
  return lines.empty() ? result<void>{} : to.bill(at, {std::move(lines)});
}

bool comes_to_something(const std::vector<line_item>& lines) {
  return std::any_of(lines.begin(), lines.end(), [](const line_item& line) {
    auto amount = amount_of(line);
    return !amount || *amount != 0;
  });
}

result<void> settle_usage(recorder& to, const subscription& s, timestamp at) {
  if (auto lines = late_lines(to, s); comes_to_something(lines)) {
    if (auto billed = to.bill(at, {std::move(lines)}); !billed) {
      return billed;
    }
  }
  if (auto done = correct_usage(to, s, at); !done) {
    return done;
  }
  to.emit(usage_settled{s.id});
  return {};
}

}  // namespace bursar::domain
