#include "domain/billing/recorder.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace bursar::domain {
namespace {

// Subscriptions before invoices, where both are due at the same moment: what is billed then is
// opened then.
template <class Map>
auto first_due(const Map& all) {
  std::optional<timestamp> at;
  auto found = all.end();
  for (auto it = all.begin(); it != all.end(); ++it) {
    auto due = next_due(it->second);
    if (due && (!at || *due < *at)) {
      at = due;
      found = it;
    }
  }
  return std::pair{at, found};
}

result<void> advance(recorder& to) {
  for (;;) {
    auto [renewal, s] = first_due(to.state().subscriptions);
    auto [collection, invoice] = first_due(to.state().invoices);
    bool of_subscription = renewal && (!collection || *renewal <= *collection);
    auto due = of_subscription ? renewal : collection;
    if (!due || *due > to.now()) {
      return {};
    }
    auto done
      = of_subscription ? fall_due(to, s->second, *due) : fall_due(to, invoice->second, *due);
    if (!done) {
      return done;
    }
  }
}

result<void> act(recorder&, const advance_time&) {
  return {};  // decide() has done it
}

}  // namespace

error refused(const subscription& s, const std::string& why) {
  return {errc::conflict, "subscription " + s.id + " is "
                            + boost::describe::enum_to_string(s.status, "?") + ": " + why};
}

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
  auto charged
    = charge(std::move(lines), {currency, {}, context_.seller, context_.buyer, context_.tax_rates});
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

std::optional<timestamp> next_due(const billing_account& of) {
  auto renewal = first_due(of.subscriptions).first;
  auto collection = first_due(of.invoices).first;
  return renewal && collection ? std::min(renewal, collection) : (renewal ? renewal : collection);
}

// Whoever wants something wants it of today's state: what was due until now comes first.
result<std::vector<billing_event>> decide(const billing_account& state,
                                          const billing_command& wanted,
                                          const billing_context& context) {
  recorder to{state, context};
  auto done = advance(to);
  if (done) {
    done = std::visit([&](const auto& c) { return act(to, c); }, wanted);
  }
  if (done) {
    done = advance(to);  // what it made may be due at once
  }
  return done ? result<std::vector<billing_event>>{std::move(to).events()} : done.error();
}

}  // namespace bursar::domain
