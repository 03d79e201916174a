// Which invoices a subscription waits for; and one that waits for its first payment: it begins with
// that, or not at all.
#include <algorithm>
#include <utility>

#include "domain/billing/recorder.hpp"

namespace bursar::domain {
namespace {

using enum invoice_status;

// Whether what it bills of the subscription has to be paid before that goes on.
bool is_owing(const native_invoice& invoice, const subscription& s) {
  if (s.status == subscription_status::incomplete) {
    return invoice.status == draft || amount_due(invoice) > 0;
  }
  return invoice.collection.failed_attempts > 0 && amount_due(invoice) > 0;
}

// The credit note that takes all of it back.
std::string note_of(const native_invoice& invoice) {
  return "cn_" + invoice.id;
}

// Whether the first invoice was paid, and while what it bills could still be used.
bool is_paid_for(const native_invoice& first, const subscription& s, timestamp now) {
  return first.status == paid && (is_settled(first) || first.totals.total <= 0)
         && billed_until(s.ledger) > now && (!s.contract_end || *s.contract_end > now);
}

// Its first invoice was taken back, or paid too late: what was paid is the account's credit.
result<void> never_begin(recorder& to, const subscription& s, const native_invoice& first) {
  auto ended = to.become(s, subscription_status::expired, to.now(), "it was not paid in time");
  if (!ended || first.status != paid || !is_settled(first)) {
    return ended;
  }
  return act(to, first, issue_credit_note{first.id, note_of(first), {}, {}, {}});
}

}  // namespace

std::vector<const subscription*> subscriptions_of(const native_invoice& invoice,
                                                  const billing_account& in) {
  std::vector<const subscription*> out;
  for (const auto& line : invoice.lines) {
    if (line.subscription_id) {
      const auto* s = &in.subscriptions.at(*line.subscription_id);
      if (std::find(out.begin(), out.end(), s) == out.end()) {
        out.push_back(s);
      }
    }
  }
  return out;
}

std::vector<const native_invoice*> owed_for(const billing_account& in, const subscription& s) {
  std::vector<const native_invoice*> out;
  for (const auto& [id, invoice] : in.invoices) {
    auto of = subscriptions_of(invoice, in);
    if (is_owing(invoice, s) && std::find(of.begin(), of.end(), &s) != of.end()) {
      out.push_back(&invoice);
    }
  }
  return out;
}

bool owes_for(const billing_account& in, const subscription& s) {
  return !owed_for(in, s).empty();
}

bool is_settled(const native_invoice& invoice) {
  return invoice.paid > 0 || invoice.from_balance != 0;
}

bool is_given_back(const native_invoice& invoice) {
  return std::any_of(invoice.returned.begin(), invoice.returned.end(),
                     [](const billed_amounts& x) { return x.amount != 0; });
}

bool waits_for_first(const native_invoice& invoice, const billing_account& in) {
  auto of = subscriptions_of(invoice, in);
  return std::any_of(of.begin(), of.end(),
                     [](const auto* s) { return s->status == subscription_status::incomplete; });
}

result<void> go_on_paid(recorder& to, const subscription& s) {
  if (s.status == subscription_status::incomplete) {
    const auto& first = to.state().invoices.at(s.ledger.intervals.back().invoice_id);
    if (!is_paid_for(first, s, to.now())) {
      return never_begin(to, s, first);
    }
  }
  return go_on(to, s, "paid");
}

result<void> fail_first(recorder& to, const native_invoice& invoice,
                        const std::optional<std::string>& code, timestamp at) {
  auto next = invoice.collection;
  ++next.failed_attempts;
  next.first_failed_at = next.first_failed_at.value_or(at);
  next.next_attempt_at = invoice.due_at;
  to.emit(invoice_payment_failed{invoice.id, std::move(next), code, at});
  return set_off(to, invoice.currency, at);
}

result<void> give_up_waiting(recorder& to, const native_invoice& invoice, timestamp at) {
  for (const auto* s : subscriptions_of(invoice, to.state())) {
    if (s->status == subscription_status::incomplete) {
      return give_up(to, *s, subscription_status::expired, at, "its first invoice was not paid");
    }
  }
  return {};
}

result<void> give_up(recorder& to, const subscription& s, subscription_status as, timestamp at,
                     std::string reason) {
  auto owed = owed_for(to.state(), s);
  for (const auto* invoice : owed) {
    if (auto may = not_under_way(to, *invoice); !may) {
      return may;
    }
  }
  if (auto ended = to.become(s, as, at, std::move(reason)); !ended) {
    return ended;
  }
  for (const auto* invoice : owed) {
    bool settled = is_settled(*invoice) || is_given_back(*invoice);
    auto done = settled
                  ? act(to, *invoice, issue_credit_note{invoice->id, note_of(*invoice), {}, {}, {}})
                  : close(to, *invoice, voided, at);
    if (!done) {
      return done;
    }
  }
  return {};
}

}  // namespace bursar::domain
