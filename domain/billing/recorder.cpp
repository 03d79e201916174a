#include "domain/billing/recorder.hpp"

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

result<void> recorder::bill(timestamp at, std::vector<line_item> lines) {
  const auto& currency = state_.subscriptions.at(*lines.front().subscription_id).terms.currency;
  charge_terms by{currency, {}, context_.seller, context_.buyer, {}};
  for (const auto& [id, rate] : context_.catalog->tax_rates) {
    by.tax_rates.push_back(rate);
  }
  auto charged = charge(std::move(lines), by);
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

}  // namespace bursar::domain
