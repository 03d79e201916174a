#include "io/stripe/kinds.hpp"

#include <algorithm>

namespace bursar::io::stripe {
namespace {

namespace d = domain::stripe;

d::customer customer(const layered& x, std::string_view type) {
  d::customer out;
  out.email = x.string("email");
  out.name = x.string("name");
  out.currency = x.string("currency");
  out.default_payment_method = x.at("invoice_settings").id("default_payment_method");
  out.balance = x.number("balance");
  out.delinquent = x.boolean("delinquent");
  out.deleted = type == "customer.deleted" || x.boolean("deleted").value_or(false);
  return out;
}

d::payment_method payment_method(const layered& x) {
  d::payment_method out;
  out.customer = x.id("customer");
  out.type = x.string("type");
  auto card = x.at("card");
  out.brand = card.string("brand");
  out.last4 = card.string("last4");
  out.exp_month = card.number("exp_month");
  out.exp_year = card.number("exp_year");
  return out;
}

d::subscription_item subscription_item(const layered& x) {
  d::subscription_item out;
  out.id = x.string("id").value_or("");
  auto price = x.at("price").is_object() ? x.at("price") : x.at("plan");
  out.price = price.is_object() ? price.string("id") : x.string("price");
  out.price_key = price.string("lookup_key");
  out.product = price.id("product");
  auto recurring = price.at("recurring").is_object() ? price.at("recurring") : price;
  out.interval = recurring.string("interval");
  out.interval_count = recurring.number("interval_count");
  out.unit_amount = price.number("unit_amount");
  out.quantity = x.number("quantity");
  return out;
}

d::subscription subscription(const layered& x) {
  d::subscription out;
  out.customer = x.id("customer");
  out.status = x.string("status");
  out.currency = x.string("currency");
  out.latest_invoice = x.id("latest_invoice");
  out.default_payment_method = x.id("default_payment_method");
  out.cancel_at_period_end = x.boolean("cancel_at_period_end");
  out.cancel_at = x.number("cancel_at");
  out.canceled_at = x.number("canceled_at");
  out.ended_at = x.number("ended_at");
  out.trial_end = x.number("trial_end");
  if (auto pause = x.at("pause_collection"); pause.is_object()) {
    out.pause_collection
      = d::pause_collection{pause.string("behavior"), pause.number("resumes_at")};
  }
  bool found = false;
  auto items = x.list("items", found);
  if (found) {
    for (auto value : items) {
      auto item = x.item(value);
      if (out.items.empty()) {
        out.current_period_start = item.number("current_period_start");
        out.current_period_end = item.number("current_period_end");
      }
      out.items.push_back(subscription_item(item));
    }
  }
  if (!out.current_period_start) {
    out.current_period_start = x.number("current_period_start");
    out.current_period_end = x.number("current_period_end");
  }
  return out;
}

// What paid it, where `payments` is inlined (since 2025-03-31.basil, when expanded).
d::text inlined_payment(const layered& x) {
  bool found = false;
  auto payments = x.list("payments", found);
  if (found) {
    for (auto value : payments) {
      auto payment = x.item(value).at("payment");
      if (auto id = payment.id("payment_intent")) {
        return id;
      }
    }
  }
  return {};
}

d::invoice invoice(const layered& x, std::string_view type) {
  d::invoice out;
  out.customer = x.id("customer");
  auto details = x.at("parent").at("subscription_details");
  out.subscription = details.id("subscription");
  if (!out.subscription) {
    out.subscription = x.id("subscription");
  }
  out.number = x.string("number");
  out.status = x.string("status");
  out.billing_reason = x.string("billing_reason");
  out.currency = x.string("currency");
  out.total = x.number("total");
  out.amount_due = x.number("amount_due");
  out.amount_paid = x.number("amount_paid");
  out.amount_remaining = x.number("amount_remaining");
  out.attempt_count = x.number("attempt_count");
  out.starting_balance = x.number("starting_balance");
  out.ending_balance = x.number("ending_balance");
  out.post_payment_credit_notes_amount = x.number("post_payment_credit_notes_amount");
  out.pre_payment_credit_notes_amount = x.number("pre_payment_credit_notes_amount");
  out.paid_at = x.at("status_transitions").number("paid_at");
  out.next_payment_attempt = x.number("next_payment_attempt");
  out.period_end = x.number("period_end");
  out.payment_intent = x.id("payment_intent");
  if (!out.payment_intent) {
    out.payment_intent = inlined_payment(x);
  }
  out.deleted = type == "invoice.deleted" || x.boolean("deleted").value_or(false);
  return out;
}

d::payment_intent payment_intent(const layered& x) {
  d::payment_intent out;
  out.customer = x.id("customer");
  out.status = x.string("status");
  out.currency = x.string("currency");
  out.latest_charge = x.id("latest_charge");
  out.amount = x.number("amount");
  out.amount_received = x.number("amount_received");
  out.invoice = x.id("invoice");
  auto problem = x.at("last_payment_error");
  out.failure_code = problem.string("decline_code");
  if (!out.failure_code) {
    out.failure_code = problem.string("code");
  }
  out.failure_message = problem.string("message");
  return out;
}

d::charge charge(const layered& x) {
  d::charge out;
  out.customer = x.id("customer");
  out.status = x.string("status");
  out.currency = x.string("currency");
  out.payment_intent = x.id("payment_intent");
  out.invoice = x.id("invoice");
  out.amount = x.number("amount");
  out.amount_captured = x.number("amount_captured");
  out.amount_refunded = x.number("amount_refunded");
  out.refunded = x.boolean("refunded");
  out.disputed = x.boolean("disputed");
  out.failure_code = x.string("failure_code");
  out.failure_message = x.string("failure_message");
  return out;
}

d::refund refund(const layered& x) {
  return {x.string("status"),     x.string("currency"), x.id("charge"),
          x.id("payment_intent"), x.string("reason"),   x.number("amount")};
}

d::dispute dispute(const layered& x) {
  d::dispute out{x.string("status"),
                 x.string("currency"),
                 x.id("charge"),
                 x.id("payment_intent"),
                 x.string("reason"),
                 x.number("amount"),
                 {}};
  bool found = false;
  auto moved = x.list("balance_transactions", found);
  if (found) {
    std::int64_t sum = 0;
    for (auto value : moved) {
      sum -= x.item(value).number("amount").value_or(0);
    }
    out.withdrawn = std::max<std::int64_t>(0, sum);
  }
  return out;
}

d::credit_note credit_note(const layered& x) {
  d::credit_note out;
  out.customer = x.id("customer");
  out.invoice = x.id("invoice");
  out.type = x.string("type");
  out.status = x.string("status");
  out.currency = x.string("currency");
  out.refund = x.id("refund");
  out.amount = x.number("amount");
  bool found = false;
  auto refunds = x.list("refunds", found);
  if (!out.refund && found) {
    for (auto value : refunds) {
      out.refund = x.item(value).id("refund");
      break;
    }
  }
  return out;
}

d::checkout_session checkout_session(const layered& x) {
  d::checkout_session out;
  out.customer = x.id("customer");
  out.mode = x.string("mode");
  out.status = x.string("status");
  out.payment_status = x.string("payment_status");
  out.currency = x.string("currency");
  out.client_reference_id = x.string("client_reference_id");
  out.subscription = x.id("subscription");
  out.payment_intent = x.id("payment_intent");
  out.invoice = x.id("invoice");
  out.amount_total = x.number("amount_total");
  out.pack = x.at("metadata").string("pack");
  return out;
}

d::invoice_payment invoice_payment(const layered& x) {
  auto payment = x.at("payment");
  return {x.id("invoice"),    payment.id("payment_intent"), payment.id("charge"),
          x.string("status"), x.string("currency"),         x.number("amount_paid")};
}

}  // namespace

std::optional<d::object> read_object(std::string_view kind, std::string_view event_type,
                                     const layered& from) {
  if (kind == "customer")
    return customer(from, event_type);
  if (kind == "payment_method")
    return payment_method(from);
  if (kind == "subscription")
    return subscription(from);
  if (kind == "invoice")
    return invoice(from, event_type);
  if (kind == "payment_intent")
    return payment_intent(from);
  if (kind == "charge")
    return charge(from);
  if (kind == "refund")
    return refund(from);
  if (kind == "dispute")
    return dispute(from);
  if (kind == "credit_note")
    return credit_note(from);
  if (kind == "checkout.session")
    return checkout_session(from);
  if (kind == "invoice_payment")
    return invoice_payment(from);
  return std::nullopt;
}

}  // namespace bursar::io::stripe
