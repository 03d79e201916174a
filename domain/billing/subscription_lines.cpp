#include "domain/billing/subscription_lines.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/assert.hpp"

namespace bursar::domain {
namespace {

line_item line_of(const subscription& s, const plan_terms& terms, std::int64_t quantity,
                  const billing_period& part, const anchored_period& of, proration_basis by) {
  line_item out;
  out.kind = line_kind::recurring;
  out.description = terms.name;
  out.subscription_id = s.id;
  out.plan_id = terms.plan_id;
  out.product_class = terms.product_class;
  out.period = part;
  out.full = of.period;
  if (s.contract_end && *s.contract_end < part.end) {  // nothing is used after it
    out.period.end = *s.contract_end;
  }
  out.basis.price = terms.price;
  out.basis.price_version = terms.plan_version;
  out.basis.units = quantity;
  out.basis.maximum = terms.maximum;
  out.basis.minimum = terms.minimum;
  if (out.period != out.full) {
    out.basis.share = share_of(out.period, out.full, by, of.anchor.time_zone);
  }
  return out;
}

}  // namespace

line_item whole_line(const subscription& s, const plan_terms& terms, std::int64_t quantity,
                     const anchored_period& of) {
  return line_of(s, terms, quantity, of.period, of, terms.proration);
}

line_item rest_line(const subscription& s, const plan_terms& terms, std::int64_t quantity,
                    timestamp t, const anchored_period& of, proration_basis by,
                    std::optional<billed_amounts> before) {
  auto out = line_of(s, terms, quantity, {t, of.period.end}, of, by);
  out.basis.billed = std::move(before);
  return out;
}

line_item credit_line(const subscription& s, timestamp t, proration_basis by) {
  BURSAR_ASSERT(!s.ledger.intervals.empty(), "nothing is billed that could be given back");
  const auto& last = s.ledger.intervals.back();
  anchored_period of{last.full, s.anchor};
  auto out = line_of(s, s.terms, s.quantity, {t, last.interval.end}, of, by);
  out.kind = line_kind::proration;
  out.basis.given_back = true;
  out.basis.billed = last.billed;
  out.basis.maximum.reset();
  out.basis.minimum.reset();
  out.corrects = line_reference{last.invoice_id, last.line};
  return out;
}

line_item leaving_line(const subscription& s, timestamp t) {
  auto out = credit_line(s, t, s.terms.proration);
  const auto& last = s.ledger.intervals.back();
  out.basis.share = share_left(t, last.interval, last.full, s.terms.proration, s.anchor.time_zone);
  return out;
}

namespace {

line_item minimum_of(const subscription& s, const plan_terms& terms, const billing_period& period,
                     std::int64_t amount) {
  line_item out;
  out.kind = line_kind::minimum;
  out.description = terms.name + ", agreed minimum";
  out.subscription_id = s.id;
  out.plan_id = terms.plan_id;
  out.product_class = terms.product_class;
  out.period = out.full = period;
  out.basis.price.unit_amount = amount;
  out.basis.price_version = terms.plan_version;
  out.basis.units = 1;
  return out;
}

}  // namespace

line_item minimum_back_line(const subscription& s, const line_reference& of,
                            const billed_amounts& rest) {
  auto out = minimum_of(s, s.released->terms, s.released->period, rest.amount);
  out.basis.given_back = true;
  out.basis.billed = rest;
  out.corrects = of;
  return out;
}

namespace {

// Of the metered period, what was billed and what is going to be.
std::int64_t fees_of(const metered_period& of, const std::vector<line_item>& usage) {
  std::int64_t out = 0;
  for (const auto& [metric, billed] : of.usage) {
    out += billed.amount;
  }
  for (const auto& line : usage) {
    auto amount = line.period == of.period ? amount_of(line) : result<std::int64_t>{0};
    out += amount ? *amount : 0;
  }
  return out;
}

}  // namespace

std::vector<line_item> minimum_lines(const subscription& s, const interval_ledger& billed,
                                     const std::vector<line_item>& usage) {
  auto length = [](const billing_period& x) { return unix_seconds(x.end) - unix_seconds(x.start); };
  std::map<std::int64_t, line_item> out;  // by what was agreed
  for (const auto& x : billed.intervals) {
    if (x.minimum && x.full == s.period) {
      auto [line, is_new]
        = out.try_emplace(*x.minimum, minimum_of(s, s.terms, s.period, *x.minimum));
      auto& basis = line->second.basis;
      auto whole = std::max<std::int64_t>(length(s.period), 1);
      basis.share = {std::min((is_new ? 0 : basis.share.part) + length(x.interval), whole), whole};
      basis.counted += x.billed.amount + x.credited;
    }
  }
  for (const auto& of : s.metered) {
    auto line = of.full == s.period ? out.find(of.terms.minimum.value_or(-1)) : out.end();
    if (line != out.end()) {
      line->second.basis.counted += fees_of(of, usage);
    }
  }
  std::vector<line_item> lines;
  for (auto& [minimum, line] : out) {
    auto missing = amount_of(line);
    if (!missing || *missing > 0) {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

}  // namespace bursar::domain
