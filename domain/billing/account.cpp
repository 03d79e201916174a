#include "domain/billing/account.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/assert.hpp"
#include "domain/billing/recorder.hpp"
#include "domain/billing/sale.hpp"

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

// Whose payment came while what it then owes could not be told: it goes on now.
const subscription* first_paid(const billing_account& of) {
  for (const auto& [id, s] : of.subscriptions) {
    if (waits_for_payment(s.status) && !owes_for(of, s)) {
      return &s;
    }
  }
  return nullptr;
}

// Those that are billed together: it alone, or all that fall due at the same moment.
std::vector<const subscription*> due_with(const recorder& to, const subscription& first) {
  std::vector<const subscription*> out{&first};
  for (const auto& [id, s] : to.state().subscriptions) {
    if (to.context().consolidate && id != first.id && next_due(s) == next_due(first)
        && s.terms.currency == first.terms.currency) {
      out.push_back(&s);
    }
  }
  return out;
}

result<void> advance(recorder& to) {
  if (to.is_silent()) {
    return {};  // the timer comes back
  }
  for (;;) {
    if (const auto* s = first_paid(to.state())) {
      if (auto done = go_on_paid(to, *s); !done) {
        return done;
      }
      continue;
    }
    auto [renewal, s] = first_due(to.state().subscriptions);
    auto [collection, invoice] = first_due(to.state().invoices);
    bool of_subscription = renewal && (!collection || *renewal <= *collection);
    auto due = of_subscription ? renewal : collection;
    if (!due || *due > to.now()) {
      return {};
    }
    auto done = of_subscription ? fall_due(to, due_with(to, s->second), *due)
                                : fall_due(to, invoice->second, *due);
    if (!done) {
      return done;
    }
  }
}

template <class Command>
result<void> about_subscription(recorder& to, const Command& c) {
  const auto& all = to.state().subscriptions;
  auto found = all.find(c.subscription_id);
  if (found != all.end()) {
    return act(to, found->second, c);
  }
  if (!c.subscription_id.empty()) {
    return error{errc::not_found, "there is no subscription " + c.subscription_id};
  }
  const auto* runs = running_subscription(to.state());
  if (runs == nullptr) {
    return none_runs(to.state());
  }
  if (count_running(to.state()) > 1) {
    return error{errc::conflict,
                 "several subscriptions run: name one, as subscriptions/" + runs->id};
  }
  return act(to, *runs, c);
}

template <class Command>
result<void> about_invoice(recorder& to, const Command& c) {
  const auto& all = to.state().invoices;
  auto found = all.find(c.invoice_id);
  return found == all.end()
           ? result<void>{error{errc::not_found, "there is no invoice " + c.invoice_id}}
           : act(to, found->second, c);
}

result<void> about_document(recorder& to, const record_invoice_number& c) {
  for (const auto& [id, invoice] : to.state().invoices) {
    const auto& notes = invoice.credit_notes;
    auto note = std::find_if(notes.begin(), notes.end(),
                             [&](const auto& x) { return x.id == c.document_id; });
    if (id == c.document_id || note != notes.end()) {
      return id == c.document_id ? act(to, invoice, c) : act(to, *note, c);
    }
  }
  return error{errc::not_found, "there is no invoice or credit note " + c.document_id};
}

// One place finds what a command is about.
template <class Command>
result<void> follow(recorder& to, const Command& c) {
  if constexpr (std::is_same_v<Command, subscribe>) {
    return act(to, c);
  } else if constexpr (requires { c.subscription_id; }) {
    return about_subscription(to, c);
  } else if constexpr (requires { c.document_id; }) {
    return about_document(to, c);
  } else if constexpr (requires { c.invoice_id; }) {
    return about_invoice(to, c);
  } else if constexpr (std::is_same_v<Command, advance_time>) {
    return {};  // decide() has done it
  } else {
    return act(to, c);
  }
}

}  // namespace

std::int64_t balance_of(const billing_account& of, const std::string& currency) {
  auto found = of.balances.find(currency);
  return found == of.balances.end() ? 0 : found->second;
}

std::optional<timestamp> next_due(const billing_account& of) {
  auto renewal = first_due(of.subscriptions).first;
  auto collection = first_due(of.invoices).first;
  auto out
    = renewal && collection ? std::min(renewal, collection) : (renewal ? renewal : collection);
  const auto* paid = first_paid(of);
  return paid != nullptr ? paid->created_at : out;  // long due
}

bool is_fact(const billing_command& x) {
  return std::holds_alternative<record_payment>(x)
         || std::holds_alternative<record_failed_payment>(x)
         || std::holds_alternative<record_invoice_number>(x);
}

namespace {

// A clock may step back; what is billed does not.
timestamp last_moment(const billing_account& of) {
  timestamp out{};
  for (const auto& [id, s] : of.subscriptions) {
    out = std::max({out, s.created_at, s.period.start});
    for (const auto& billed : s.ledger.intervals) {
      bool begun = billed.interval.start < s.period.end;
      out = begun ? std::max(out, billed.interval.start) : out;
    }
  }
  return out;
}

}  // namespace

// Whoever wants something wants it of today's state: what was due until now comes first.
result<billing_decision> decide(const billing_account& state, const billing_command& wanted,
                                const billing_context& context) {
  auto then = context;
  then.now = std::max(then.now, last_moment(state));
  recorder to{state, then};
  auto done = advance(to);
  if (done) {
    done = std::visit([&](const auto& c) { return follow(to, c); }, wanted);
  }
  if (done) {
    done = advance(to);  // what it made may be due at once
  }
  return done ? result<billing_decision>{std::move(to).decision()} : done.error();
}

}  // namespace bursar::domain
