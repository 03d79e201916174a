#include "domain/billing/subscription_lines.hpp"

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

}  // namespace bursar::domain
