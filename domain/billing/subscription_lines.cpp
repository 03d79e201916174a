#include "domain/billing/subscription_lines.hpp"

#include <algorithm>
#include <utility>

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
  out.basis.maximum = terms.maximum;
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
                    std::optional<billed_amounts> before) {
  auto out = line_of(s, terms, quantity, {t, full.end}, full, by);
  out.basis.billed = std::move(before);
  return out;
}

line_item credit_line(const subscription& s, timestamp t, proration_basis by) {
  BURSAR_ASSERT(!s.ledger.intervals.empty(), "nothing is billed that could be given back");
  const auto& last = s.ledger.intervals.back();
  auto out = line_of(s, s.terms, s.quantity, {t, last.interval.end}, last.full, by);
  out.kind = line_kind::proration;
  out.basis.given_back = true;
  out.basis.billed = last.billed;
  out.basis.maximum.reset();
  out.corrects = line_reference{last.invoice_id, last.line};
  return out;
}

std::optional<line_item> minimum_line(const subscription& s, const interval_ledger& billed) {
  line_item out;
  out.kind = line_kind::minimum;
  out.description = s.terms.name + ", agreed minimum";
  out.subscription_id = s.id;
  out.plan_id = s.terms.plan_id;
  out.product_class = s.terms.product_class;
  out.period = out.full = s.period;
  out.basis.price.unit_amount = s.terms.minimum.value_or(0);
  out.basis.price_version = s.terms.plan_version;
  out.basis.units = 1;
  auto length = [](const billing_period& x) { return unix_seconds(x.end) - unix_seconds(x.start); };
  out.basis.share = {0, std::max<std::int64_t>(length(s.period), 1)};
  for (const auto& x : billed.intervals) {
    out.basis.share.part += length(x.interval);
    out.basis.counted += x.billed.amount;
  }
  out.basis.share.part = std::min(out.basis.share.part, out.basis.share.whole);
  auto missing = s.terms.minimum ? amount_of(out.basis) : result<std::int64_t>{0};
  return !missing || *missing > 0 ? std::optional{std::move(out)} : std::nullopt;
}

}  // namespace bursar::domain
