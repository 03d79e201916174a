#include "domain/stripe/mirror_view.hpp"

#include <algorithm>
#include <array>

namespace bursar::domain::stripe {
namespace {

// -- links that no single object tells ---

struct links {
  std::map<std::string, std::string> payment_of_invoice;
  std::map<std::string, std::string> invoice_of_payment;
  std::map<std::string, std::string> session_of_payment;
  std::map<std::string, std::vector<const tracked_charge*>> charges_of_payment;

  void pay(const text& invoice_id, const text& payment_id) {
    if (invoice_id && payment_id) {
      payment_of_invoice.emplace(*invoice_id, *payment_id);
      invoice_of_payment.emplace(*payment_id, *invoice_id);
    }
  }
};

links links_in(const mirror& m) {
  links out;
  for (const auto& [id, invoice] : m.invoices) {
    out.pay(id, invoice.value().payment_intent);
  }
  for (const auto& [id, link] : m.invoice_payments) {
    out.pay(link.value().invoice, link.value().payment_intent);
  }
  for (const auto& [id, payment] : m.payments) {
    out.pay(payment.value().invoice, id);
  }
  for (const auto& [id, charge] : m.charges) {
    out.pay(charge.value().invoice, charge.value().payment_intent);
    if (charge.value().payment_intent) {
      out.charges_of_payment[*charge.value().payment_intent].push_back(&charge);
    }
  }
  for (const auto& [id, session] : m.checkout_sessions) {
    if (session.value().payment_intent) {
      out.session_of_payment.emplace(*session.value().payment_intent, id);
    }
  }
  return out;
}

const std::vector<const tracked_charge*>& charges_of(const links& l, const std::string& payment) {
  static const std::vector<const tracked_charge*> none;
  auto found = l.charges_of_payment.find(payment);
  return found == l.charges_of_payment.end() ? none : found->second;
}

// -- objects ---

customer_view view_of_customer(const organization& of, const std::string& id) {
  customer_view out;
  out.organization = of.id;
  if (auto found = of.stripe.customers.find(id); found != of.stripe.customers.end()) {
    const auto& c = found->second.value();
    out.email = c.email;
    out.name = c.name;
    out.currency = c.currency;
    out.default_payment_method = c.default_payment_method;
    out.balance = c.balance.value_or(0);
    out.delinquent = c.delinquent.value_or(false);
    out.deleted = c.deleted;
  }
  for (const auto& [method_id, method] : of.stripe.payment_methods) {
    if (method.value().customer == id) {
      out.payment_methods.push_back(method_id);
    }
  }
  return out;
}

payment_view view_of_payment(const mirror& m, const links& l, const std::string& id,
                             const tracked_payment& payment) {
  const auto& p = payment.value();
  payment_view out{p.customer, p.status,          p.currency, p.latest_charge,
                   p.amount,   p.amount_received, 0,          {}};
  for (const auto* charge : charges_of(l, id)) {
    out.amount_refunded += charge->value().amount_refunded.value_or(0);
  }
  if (auto paid = l.invoice_of_payment.find(id); paid != l.invoice_of_payment.end()) {
    out.purpose.emplace().emplace("invoice", paid->second);
  } else if (auto sold = l.session_of_payment.find(id); sold != l.session_of_payment.end()) {
    auto& purpose = out.purpose.emplace();
    purpose.emplace("checkout_session", sold->second);
    if (auto credits = m.checkout_sessions.at(sold->second).credits) {
      purpose.emplace("credits", *credits);
    }
  }
  return out;
}

std::int64_t funds_withdrawn(const dispute& d) {
  if (d.status == "won") {
    return 0;
  }
  if (d.withdrawn) {
    return *d.withdrawn;
  }
  bool inquiry = d.status && (d.status->starts_with("warning_") || *d.status == "prevented");
  return inquiry ? 0 : d.amount.value_or(0);
}

integer earliest(integer a, integer b) {
  if (a && b) {
    return std::min(*a, *b);
  }
  return a ? a : b;
}

// When the money came: as the payment and its charges tell.
integer paid_at(const mirror& m, const links& l, const text& payment) {
  integer out;
  if (!payment) {
    return out;
  }
  if (auto found = m.payments.find(*payment); found != m.payments.end()) {
    out = found->second.succeeded_at;
  }
  for (const auto* charge : charges_of(l, *payment)) {
    out = earliest(out, charge->succeeded_at);
  }
  return out;
}

std::vector<purchased_credits> purchases(const mirror& m, const links& l) {
  std::vector<purchased_credits> out;
  for (const auto& [id, session] : m.checkout_sessions) {
    const auto& s = session.value();
    if (!session.credits || !is_paid(s)) {
      continue;
    }
    auto moment = paid_at(m, l, s.payment_intent);
    out.push_back({id, s.payment_intent, s.currency, s.customer, *session.credits, s.amount_total,
                   moment ? moment : session.paid_at});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::tie(a.paid_at, a.checkout_session) < std::tie(b.paid_at, b.checkout_session);
  });
  return out;
}

// -- totals ---

class adding {
 public:
  explicit adding(mirror_view& into) : into_{into} {}
  money_totals& at(const text& customer, const text& currency) {
    auto& by_currency = customer ? into_.totals[*customer] : into_.totals_of_guests;
    return by_currency[currency.value_or("")];
  }

 private:
  mirror_view& into_;
};

void add_payments(const mirror& m, const links& l, adding& sums) {
  for (const auto& [id, payment] : m.payments) {
    const auto& p = payment.value();
    std::int64_t captured = 0;
    std::int64_t refunded = 0;
    for (const auto* charge : charges_of(l, id)) {
      const auto& c = charge->value();
      captured += c.status == "succeeded" ? c.amount_captured.value_or(0) : 0;
      refunded += c.amount_refunded.value_or(0);
    }
    std::int64_t received = p.status == "succeeded" ? p.amount_received.value_or(0) : 0;
    if (captured != 0 || received != 0 || refunded != 0) {
      auto& sum = sums.at(p.customer, p.currency);
      sum.collected += std::max(received, captured);
      sum.refunded += refunded;
    }
  }
  for (const auto& [id, charge] : m.charges) {
    const auto& c = charge.value();
    bool counted = c.payment_intent && m.payments.contains(*c.payment_intent);
    if (!counted && c.status == "succeeded") {
      auto& sum = sums.at(c.customer, c.currency);
      sum.collected += c.amount_captured.value_or(0);
      sum.refunded += c.amount_refunded.value_or(0);
    }
  }
}

text payer_of(const mirror& m, const dispute& d) {
  if (d.charge) {
    if (auto charge = m.charges.find(*d.charge); charge != m.charges.end()) {
      return charge->second.value().customer;
    }
  }
  if (d.payment_intent) {
    if (auto payment = m.payments.find(*d.payment_intent); payment != m.payments.end()) {
      return payment->second.value().customer;
    }
  }
  return {};
}

void add_totals(const mirror& m, const links& l, mirror_view& out) {
  adding sums{out};
  add_payments(m, l, sums);
  for (const auto& [id, dispute] : m.disputes) {
    if (auto taken = funds_withdrawn(dispute.value()); taken != 0) {
      sums.at(payer_of(m, dispute.value()), dispute.value().currency).disputed += taken;
    }
  }
  auto net = [](totals_by_currency& by_currency) {
    for (auto& [currency, sum] : by_currency) {
      sum.net = sum.collected - sum.refunded - sum.disputed;
    }
  };
  for (auto& [customer, by_currency] : out.totals) {
    net(by_currency);
  }
  net(out.totals_of_guests);
}

// -- status history ---

std::size_t usual_place(const std::string& status) {
  static constexpr std::array<std::string_view, 8> order{
    "incomplete", "trialing", "active",   "past_due",
    "unpaid",     "paused",   "canceled", "incomplete_expired"};
  return static_cast<std::size_t>(std::find(order.begin(), order.end(), status) - order.begin());
}

// Of the snapshots of one second that are left, the one that comes next after `status`: the one
// that says it followed it, else the one nobody says it follows, else the usual order.
std::size_t next_of(const std::vector<const status_seen*>& left, const std::string& status) {
  auto weight = [&](const status_seen& x) {
    bool stays = x.status == status;
    bool follows = x.before && *x.before == status;
    bool later = std::any_of(left.begin(), left.end(), [&](const status_seen* y) {
      return y != &x && y->status != x.status && x.before && *x.before == y->status;
    });
    int order = stays ? 0 : follows ? 1 : later ? 3 : 2;
    return std::tuple{order, x.stage, usual_place(x.status), x.event_id};
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < left.size(); ++i) {
    if (weight(*left[i]) < weight(*left[best])) {
      best = i;
    }
  }
  return best;
}

}  // namespace

std::vector<std::pair<std::string, std::int64_t>> status_history(const tracked_subscription& of) {
  std::vector<std::pair<std::string, std::int64_t>> out;
  std::string status;
  for (std::size_t i = 0; i < of.statuses.size();) {
    std::vector<const status_seen*> same_second;
    auto created = of.statuses[i].created;
    for (; i < of.statuses.size() && of.statuses[i].created == created; ++i) {
      same_second.push_back(&of.statuses[i]);
    }
    while (!same_second.empty()) {
      auto at = next_of(same_second, status);
      if (same_second[at]->status != status) {
        status = same_second[at]->status;
        out.emplace_back(status, created);
      }
      same_second.erase(same_second.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  return out;
}

std::map<std::string, std::string> invoices_of_payments(const mirror& of) {
  return links_in(of).invoice_of_payment;
}

integer last_payment_at(const mirror& of) {
  integer out;
  auto later = [&out](const integer& moment) {
    if (moment) {
      out = out ? std::max(*out, *moment) : *moment;
    }
  };
  for (const auto& [id, payment] : of.payments) {
    later(payment.succeeded_at);
  }
  for (const auto& [id, charge] : of.charges) {
    later(charge.succeeded_at);
  }
  for (const auto& [id, invoice] : of.invoices) {
    later(invoice.value().paid_at);
  }
  return out;
}

subscription_view view_of_subscription(const tracked_subscription& of) {
  const auto& s = of.value();
  subscription_view out{s.customer,
                        s.status,
                        s.currency,
                        s.latest_invoice,
                        s.default_payment_method,
                        s.cancel_at_period_end,
                        s.cancel_at,
                        s.canceled_at,
                        s.ended_at,
                        s.trial_end,
                        s.current_period_start,
                        s.current_period_end,
                        s.pause_collection,
                        {},
                        status_history(of)};
  for (const auto& item : s.items) {
    out.items.push_back({item.id, item.price, item.price_key, item.product, item.quantity});
  }
  return out;
}

dispute_view view_of_dispute(const tracked<dispute>& of) {
  const auto& d = of.value();
  return {d.status, d.currency, d.charge, d.payment_intent, d.reason, d.amount, funds_withdrawn(d)};
}

mirror_view view_of(const organization& of) {
  const auto& m = of.stripe;
  auto l = links_in(m);
  mirror_view out;
  for (const auto& id : of.stripe_customer_ids) {
    out.customers.emplace(id, view_of_customer(of, id));
  }
  for (const auto& [id, subscription] : m.subscriptions) {
    out.subscriptions.emplace(id, view_of_subscription(subscription));
  }
  for (const auto& [id, invoice] : m.invoices) {
    if (!invoice.value().deleted) {
      auto& view = out.invoices.emplace(id, invoice.value()).first->second;
      if (auto found = l.payment_of_invoice.find(id); found != l.payment_of_invoice.end()) {
        view.payment_intent = found->second;
      }
    }
  }
  for (const auto& [id, payment] : m.payments) {
    out.payments.emplace(id, view_of_payment(m, l, id, payment));
  }
  for (const auto& [id, refund] : m.refunds) {
    out.refunds.emplace(id, refund.value());
  }
  for (const auto& [id, dispute] : m.disputes) {
    out.disputes.emplace(id, view_of_dispute(dispute));
  }
  for (const auto& [id, note] : m.credit_notes) {
    out.credit_notes.emplace(id, note.value());
  }
  for (const auto& [id, session] : m.checkout_sessions) {
    out.checkout_sessions.emplace(id, session.value());
  }
  out.credits_purchased = purchases(m, l);
  add_totals(m, l, out);
  return out;
}

}  // namespace bursar::domain::stripe
