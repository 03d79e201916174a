#include "domain/billing/recorder.hpp"

#include <algorithm>
#include <utility>

namespace bursar::domain {

result<void> recorder::become(const subscription& s, subscription_status to, timestamp at,
                              std::string reason) {
  if (!may_become(s.status, to)) {
    return refused(s, std::string{"it cannot become "} + boost::describe::enum_to_string(to, ""));
  }
  emit(subscription_status_changed{s.id, to, at, std::move(reason)});
  return {};
}

const subscription& recorder::subscription_of(const std::vector<line_item>& lines) const {
  return state_.subscriptions.at(*lines.front().subscription_id);
}

// An amount off is of a period: what of it was used in this one is not had again.
std::vector<coupon> recorder::coupons_of(const subscription& s,
                                         const std::vector<line_item>& lines) const {
  auto taken = std::find_if(lines.begin(), lines.end(), [](const line_item& line) {
    return line.kind == line_kind::recurring && !line.basis.billed;
  });
  if (!s.coupon || taken == lines.end() || !applies_to(*s.coupon, taken->full)) {
    return {};
  }
  auto out = s.coupon->coupon;
  if (!out.amount_off) {
    return {out};
  }
  auto use = [&](const std::vector<discount_amount>& discounts) {
    for (const auto& discount : discounts) {
      *out.amount_off += discount.coupon_id == out.id ? discount.amount : 0;
    }
  };
  for (const auto& billed : s.ledger.intervals) {
    if (billed.full == taken->full) {
      use(billed.billed.discounts);
    }
  }
  for (const auto& line : lines) {
    if (auto before = line.full == taken->full ? settled_before(line) : std::nullopt) {
      use(before->discounts);
    }
  }
  return *out.amount_off > 0 ? std::vector{out} : std::vector<coupon>{};
}

charge_terms recorder::charged_at(timestamp at, const std::string& currency) const {
  charge_terms out{at, currency, context_.seller, context_.buyer, {}, context_.taxes};
  for (const auto& [id, rate] : context_.catalog->tax_rates) {
    out.tax_rates.push_back(rate);
  }
  return out;
}

// As the invoice's would be that it is not.
std::string recorder::new_credit_note_id() const {
  auto id = context_.new_invoice_id();
  return id.starts_with("in_") ? "cn_" + id.substr(3) : "cn_" + id;
}

result<void> recorder::bill(timestamp at, std::vector<std::vector<line_item>> lines) {
  const auto& currency = subscription_of(lines.front()).terms.currency;
  bool waits = false;
  std::vector<discounted_lines> all;
  for (auto& x : lines) {
    const auto& s = subscription_of(x);
    waits |= s.status == subscription_status::incomplete;
    auto coupons = coupons_of(s, x);
    all.push_back({std::move(x), std::move(coupons)});
  }
  auto charged = charge(std::move(all), charged_at(at, currency));
  if (!charged) {
    return charged.error();
  }
  native_invoice out;
  out.id = context_.new_invoice_id();
  out.legal_entity = context_.legal_entity;
  out.currency = currency;
  out.treatment = charged->treatment;
  out.tax_calculation = std::move(charged->tax_calculation);
  out.lines = std::move(charged->lines);
  out.totals = charged->totals;
  out.created_at = at;
  out.finalize_at = waits ? at : at + context_.draft_for;
  emit(invoice_created{std::move(out)});
  return {};
}

}  // namespace bursar::domain
