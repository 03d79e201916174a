#include "domain/billing/subscription_lines.hpp"

#include "base/assert.hpp"

namespace bursar::domain {
namespace {

line_item line_of(const subscription& s, const plan_terms& terms, std::int64_t quantity,
                  const billing_period& of, const billing_period& full, proration_basis by) {
  line_item out;
  out.kind = line_kind::recurring;
  out.description = terms.name;
  out.subscription_id = s.id;
  out.plan_id = terms.plan_id;
  out.product_class = terms.product_class;
  out.period = of;
  out.full = full;
  out.basis.price = terms.price;
  out.basis.price_version = terms.plan_version;
  out.basis.units = quantity;
  // A price that is not prorated is still that of a whole period.
  if (of.start > full.start) {
    out.basis.share = share_from(of.start, full, by, s.anchor.time_zone);
  }
  return out;
}

}  // namespace

line_item whole_line(const subscription& s, const plan_terms& terms, std::int64_t quantity,
                     const billing_period& period) {
  return line_of(s, terms, quantity, period, period, terms.proration);
}

line_item rest_line(const subscription& s, const plan_terms& terms, std::int64_t quantity,
                    timestamp t, const billing_period& full, proration_basis by,
                    std::optional<std::int64_t> at_most) {
  auto out = line_of(s, terms, quantity, {t, full.end}, full, by);
  out.basis.billed = at_most;
  return out;
}

line_item credit_line(const subscription& s, timestamp t, proration_basis by) {
  BURSAR_ASSERT(!s.ledger.intervals.empty(), "nothing is billed that could be given back");
  const auto& last = s.ledger.intervals.back();
  auto out = line_of(s, s.terms, s.quantity, {t, last.interval.end}, last.full, by);
  out.kind = line_kind::proration;
  out.basis.given_back = true;
  out.basis.billed = last.amount;
  return out;
}

}  // namespace bursar::domain
