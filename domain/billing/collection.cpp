// How an invoice is collected: opened, paid from the account's credit, tried, tried again, given
// up.
#include <algorithm>
#include <tuple>
#include <utility>

#include "domain/billing/recorder.hpp"

namespace bursar::domain {
namespace {

using enum invoice_status;

// What waited for its payment goes on.
result<void> reactivate(recorder& to, const native_invoice& invoice) {
  if (to.is_silent()) {
    return {};
  }
  for (const auto* s : subscriptions_of(invoice, to.state())) {
    if (!waits_for_payment(s->status) || owes_for(to.state(), *s)) {
      continue;
    }
    if (auto done = go_on_paid(to, *s); !done) {
      return done;
    }
  }
  return {};
}

bool may_charge(const recorder& to) {
  return to.context().has_gateway && to.state().payment_method;
}

// Asks for the money where there is a way to get it.
void attempt(recorder& to, const native_invoice& invoice, timestamp at) {
  if (may_charge(to) && amount_due(invoice) > 0 && !invoice.requested_at) {
    to.emit(payment_requested{invoice.id, amount_due(invoice), at, to.state().payment_method});
  }
}

result<void> open_invoice(recorder& to, const native_invoice& invoice, timestamp at) {
  if (auto revised = revise(to, invoice, at); !revised) {
    return revised;
  }
  auto credit = balance_of(to.state(), invoice.currency);
  auto from_balance = std::min(credit, invoice.totals.total);  // below zero: the account gets it
  auto due_after = waits_for_first(invoice, to.state()) ? std::chrono::seconds{first_payment_within}
                                                        : to.context().due_after;
  to.emit(invoice_opened{invoice.id, at, at + due_after, from_balance});
  if (amount_due(invoice) > 0) {
    attempt(to, invoice, at);
    return {};
  }
  if (auto done = close(to, invoice, paid, at); !done) {
    return done;
  }
  return set_off(to, invoice.currency, at, invoice.lines);
}

struct failure {
  std::optional<std::string> code;
  timestamp at{};
  bool for_good = false;
};

// One more attempt came to nothing: when is the next, and what becomes of what it bills.
result<void> fail(recorder& to, const native_invoice& invoice, const failure& why) {
  const auto& method = to.state().payment_method;
  if (method && invoice.requested_at && method != invoice.requested_with) {
    auto as_before = invoice.collection;  // what the old one says is not about the new one
    ++as_before.failed_attempts;
    to.emit(invoice_payment_failed{invoice.id, as_before, why.code, why.at});
    if (auto done = set_off(to, invoice.currency, why.at); !done) {
      return done;
    }
    attempt(to, invoice, why.at);
    return {};
  }
  if (waits_for_first(invoice, to.state())) {
    return fail_first(to, invoice, why.code, why.at);
  }
  auto of = subscriptions_of(invoice, to.state());
  auto policy = of.empty() ? dunning_policy{} : of.front()->terms.dunning;
  auto step = after_failure(invoice.collection, policy, why.at, why.for_good);
  to.emit(invoice_payment_failed{invoice.id, step.next, why.code, why.at});
  if (auto done = set_off(to, invoice.currency, why.at); !done) {
    return done;
  }
  for (const auto* s : of) {
    if (amount_due(invoice) > 0 && s->status != step.status && may_become(s->status, step.status)) {
      if (auto done = to.become(*s, step.status, why.at, "payment failed"); !done) {
        return done;
      }
    }
  }
  return {};
}

}  // namespace

bool waits_for_payment(subscription_status x) {
  using enum subscription_status;
  return x == past_due || x == suspended || x == incomplete;
}

error refused(const native_invoice& of, const std::string& why) {
  return {
    errc::invalid_transition,
    "invoice " + of.id + " is " + boost::describe::enum_to_string(of.status, "?") + ": " + why};
}

// Only the gateway's answer ends what it was asked for: nobody knows whether it has the money.
result<void> not_under_way(const recorder& to, const native_invoice& invoice) {
  return to.context().has_gateway && invoice.requested_at
           ? refused(invoice, "a payment of it is under way")
           : result<void>{};
}

result<void> close(recorder& to, const native_invoice& invoice, invoice_status as, timestamp at) {
  if (!may_become(invoice.status, as)) {
    return refused(invoice,
                   std::string{"it cannot become "} + boost::describe::enum_to_string(as, ""));
  }
  to.emit(invoice_closed{invoice.id, as, at});
  return as == paid || as == voided ? reactivate(to, invoice) : result<void>{};
}

result<void> set_off(recorder& to, const std::string& currency, timestamp at,
                     const std::vector<line_item>& given_back) {
  auto comes_first = [&](const native_invoice& x) {
    return std::any_of(given_back.begin(), given_back.end(), [&](const line_item& line) {
      return line.corrects && line.corrects->invoice_id == x.id;
    });
  };
  std::vector<const native_invoice*> owed;
  if (balance_of(to.state(), currency) == 0) {
    return {};
  }
  for (const auto& [id, invoice] : to.state().invoices) {
    if (invoice.currency == currency && amount_due(invoice) > 0 && !invoice.requested_at) {
      owed.push_back(&invoice);
    }
  }
  std::sort(owed.begin(), owed.end(), [&](const auto* a, const auto* b) {
    return std::tuple{!comes_first(*a), a->opened_at, a->id}
           < std::tuple{!comes_first(*b), b->opened_at, b->id};
  });
  for (const auto* invoice : owed) {
    auto amount = std::min(balance_of(to.state(), currency), amount_due(*invoice));
    if (amount == 0) {
      break;
    }
    to.emit(balance_applied{invoice->id, amount, at});
    if (amount_due(*invoice) == 0) {
      if (auto done = close(to, *invoice, paid, at); !done) {
        return done;
      }
    }
  }
  return {};
}

result<void> fall_due(recorder& to, const native_invoice& invoice, timestamp at) {
  if (invoice.status == draft) {
    return open_invoice(to, invoice, at);
  }
  if (waits_for_first(invoice, to.state())) {
    return give_up_waiting(to, invoice, at);
  }
  if (!may_charge(to) || invoice.collection.declined_for_good) {
    return fail(to, invoice, {std::string{nothing_to_charge}, at, false});
  }
  attempt(to, invoice, at);
  return {};
}

result<void> act(recorder& to, const put_payment_method& c) {
  if (c.token == to.state().payment_method) {
    return {};
  }
  to.emit(payment_method_changed{c.token});
  std::vector<const native_invoice*> waiting;  // to be asked for changes the map
  for (const auto& [id, invoice] : to.state().invoices) {
    if (invoice.status == open) {
      waiting.push_back(&invoice);
    }
  }
  for (const auto* invoice : waiting) {
    attempt(to, *invoice, to.now());
  }
  return {};
}

result<void> act(recorder& to, const remove_payment_method& c) {
  if (to.state().payment_method != c.token) {
    return error{errc::not_found, "there is no payment method " + c.token};
  }
  to.emit(payment_method_changed{});
  return {};
}

result<void> act(recorder& to, const native_invoice& invoice, const finalize_invoice&) {
  return invoice.status == draft ? open_invoice(to, invoice, to.now())
                                 : refused(invoice, "only a draft is finalized");
}

result<void> act(recorder& to, const native_invoice& invoice, const record_invoice_number& c) {
  if (invoice.status == draft) {
    return refused(invoice, "a draft has no number");
  }
  if (invoice.number && invoice.number != c.number) {
    return refused(invoice, "its number is " + *invoice.number);
  }
  if (!invoice.number) {
    to.emit(invoice_numbered{invoice.id, c.number});
  }
  return {};
}

result<void> act(recorder& to, const native_invoice& invoice, const record_payment& c) {
  auto known = std::find_if(invoice.payments.begin(), invoice.payments.end(),
                            [&](const auto& p) { return p.id == c.payment_id; });
  if (known != invoice.payments.end()) {
    bool same = !c.amount || *c.amount == known->amount;
    return same ? result<void>{}
                : refused(invoice, "payment " + c.payment_id + " was one of "
                                     + std::to_string(known->amount));
  }
  if (invoice.status != open && invoice.status != uncollectible) {
    return refused(invoice, "nothing of it can be paid");
  }
  if (auto may = c.of_gateway ? result<void>{} : not_under_way(to, invoice); !may) {
    return may;
  }
  auto due = amount_due(invoice);
  auto amount = c.amount.value_or(due);
  if (amount < 1 || amount > due) {
    return error{errc::unprocessable, "a payment of " + std::to_string(amount) + " where "
                                        + std::to_string(due) + " is due"};
  }
  to.emit(invoice_payment_recorded{invoice.id, c.payment_id, amount, to.now()});
  return amount_due(invoice) == 0 ? close(to, invoice, paid, to.now())
                                  : set_off(to, invoice.currency, to.now());
}

result<void> act(recorder& to, const native_invoice& invoice, const record_failed_payment& c) {
  if (invoice.status != open) {
    return refused(invoice, "no payment of it can fail");
  }
  return fail(to, invoice, {c.failure_code, to.now(), c.for_good});
}

result<void> act(recorder& to, const native_invoice& invoice, const void_invoice&) {
  if (auto may = not_under_way(to, invoice); !may) {
    return may;
  }
  if (is_settled(invoice)) {
    return refused(invoice, "part of it is settled; a credit note gives that back");
  }
  if (is_given_back(invoice)) {
    return refused(invoice,
                   invoice.status == draft
                     ? "part of it was given back; once it is open, a credit note takes the "
                       "rest"
                     : "part of it was given back; a credit note takes the rest");
  }
  if (gives_back(invoice)) {
    return refused(invoice, "it gives back what another one billed; change the subscription back");
  }
  return close(to, invoice, voided, to.now());
}

result<void> act(recorder& to, const native_invoice& invoice, const write_off_invoice&) {
  if (waits_for_first(invoice, to.state())) {
    return refused(invoice, "a subscription waits for its payment; cancel that");
  }
  auto may = not_under_way(to, invoice);
  return may ? close(to, invoice, uncollectible, to.now()) : may;
}

}  // namespace bursar::domain
