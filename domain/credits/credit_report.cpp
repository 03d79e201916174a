#include "domain/credits/credit_report.hpp"

#include <algorithm>

#include "domain/overloaded.hpp"

namespace bursar::domain {

void credits_report_builder::see(const credit_account& before, const credit_account_event& happened,
                                 timestamp at) {
  auto& month = out_[month_of(at)];
  auto of = [&](const std::string& grant_id) -> credits_month& {
    return month[before.grants.at(grant_id).grant.kind];
  };
  auto add = [&](const std::vector<credit_draw>& draws, std::int64_t credits_month::*figure,
                 std::int64_t sign = 1) {
    for (const auto& draw : draws) {
      of(draw.grant_id).*figure += sign * draw.amount;
    }
  };
  std::visit(
    overloaded{
      [&](const credits_granted& e) {
        auto& x = month[e.grant.kind];
        (e.grant.from_organization_id ? x.transferred_in : x.granted) += e.grant.amount;
      },
      [&](const credits_consumed& e) { add(e.draws, &credits_month::consumed); },
      [&](const credit_hold_confirmed& e) { add(e.draws, &credits_month::consumed); },
      [&](const credit_consumption_reversed& e) { add(e.draws, &credits_month::given_back); },
      [&](const credit_grant_reversed& e) { of(e.grant_id).reversed += e.amount; },
      [&](const credits_expired& e) { of(e.grant_id).expired += e.amount; },
      [&](const credits_transferred& e) { add(e.draws, &credits_month::transferred_out); },
      [&](const credit_transfer_returned& e) { add(e.draws, &credits_month::transferred_out, -1); },
      [](const auto&) {}},
    happened);
}

credits_report credits_report_builder::finish(year_month until) && {
  if (out_.empty()) {
    return {};
  }
  std::map<credit_kind, std::int64_t> left;
  for (auto when = out_.begin()->first; when <= std::max(until, out_.rbegin()->first);
       when = next(when)) {
    auto& month = out_[when];
    for (const auto& [kind, amount] : left) {
      if (amount != 0) {
        month.try_emplace(kind);
      }
    }
    for (auto& [kind, x] : month) {
      left[kind] += x.granted + x.transferred_in + x.given_back - x.consumed - x.expired
                    - x.reversed - x.transferred_out;
      x.outstanding = left[kind];
    }
  }
  return std::move(out_);
}

}  // namespace bursar::domain
