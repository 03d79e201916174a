// Invoices, what paid them, and credit notes against them.
#include "io/stripe/mirrored_kinds.hpp"

namespace bursar::io::stripe {
namespace {

// Inlined only when asked for; the default payment is the one Stripe collects with.
text payment_intent_of(const json_view& in) {
  text first;
  text preferred;
  in.each("payments.data", [&](const json_view& payment) {
    auto id = payment.id_at("payment.payment_intent");
    if (id && payment.flag_at("is_default").value_or(false)) {
      preferred = either(std::move(preferred), id);
    }
    first = either(std::move(first), std::move(id));
  });
  return either(std::move(preferred), std::move(first));
}

}  // namespace

domain::stripe::object read_invoice(const json_view& in) {
  domain::stripe::invoice out;
  out.customer = in.customer();
  out.subscription
    = either(in.id_at("parent.subscription_details.subscription"), in.id_at("subscription"));
  out.number = in.text_at("number");
  out.status = in.text_at("status");
  out.billing_reason = in.text_at("billing_reason");
  out.currency = in.currency_at("currency");
  out.total = in.amount_at("total");
  out.amount_due = in.owed_amount_at("amount_due");
  out.amount_paid = in.owed_amount_at("amount_paid");
  out.amount_remaining = in.amount_at("amount_remaining");
  out.attempt_count = in.count_at("attempt_count");
  out.starting_balance = in.amount_at("starting_balance");
  out.ending_balance = in.amount_at("ending_balance");
  out.post_payment_credit_notes_amount = in.owed_amount_at("post_payment_credit_notes_amount");
  out.pre_payment_credit_notes_amount = in.owed_amount_at("pre_payment_credit_notes_amount");
  out.paid_at = in.time_at("status_transitions.paid_at");
  out.next_payment_attempt = in.time_at("next_payment_attempt");
  out.period_end = in.time_at("period_end");
  out.payment_intent = either(payment_intent_of(in), in.id_at("payment_intent"));
  out.deleted = in.flag_at("deleted").value_or(false);
  return out;
}

domain::stripe::object read_invoice_payment(const json_view& in) {
  domain::stripe::invoice_payment out;
  out.invoice = in.id_at("invoice");
  out.payment_intent = in.id_at("payment.payment_intent");
  out.charge = in.id_at("payment.charge");
  out.status = in.text_at("status");
  out.currency = in.currency_at("currency");
  out.amount_paid = in.owed_amount_at("amount_paid");
  return out;
}

domain::stripe::object read_credit_note(const json_view& in) {
  domain::stripe::credit_note out;
  out.customer = in.customer();
  out.invoice = in.id_at("invoice");
  out.type = in.text_at("type");
  out.status = in.text_at("status");
  out.currency = in.currency_at("currency");
  out.refund
    = either(in.first("refunds", [](const json_view& item) { return item.id_at("refund"); }),
             in.id_at("refund"));
  out.amount = in.owed_amount_at("amount");
  return out;
}

}  // namespace bursar::io::stripe
