// What moves money: payment intents, charges, refunds, disputes, and the Checkout that starts it.
#include <algorithm>
#include <cstdint>

#include "io/stripe/mirrored_kinds.hpp"

namespace bursar::io::stripe {
namespace {

// Money taken back by the card's bank and not returned; empty when the snapshot does not tell.
integer withdrawn_by(const json_view& in) {
  std::int64_t sum = 0;
  bool fits = true;
  bool told = in.each("balance_transactions", [&](const json_view& entry) {
    fits = fits && !__builtin_add_overflow(sum, entry.amount_at("amount").value_or(0), &sum);
  });
  if (!fits) {
    in.fail("balance_transactions", "out of range");
    return {};
  }
  return told ? integer{std::max<std::int64_t>(0, -sum)} : integer{};
}

}  // namespace

domain::stripe::object read_payment_intent(const json_view& in) {
  domain::stripe::payment_intent out;
  out.customer = in.customer();
  out.status = in.text_at("status");
  out.currency = in.currency_at("currency");
  out.latest_charge
    = either(in.id_at("latest_charge"),
             in.first("charges.data", [](const json_view& charge) { return charge.id_at("id"); }));
  out.amount = in.owed_amount_at("amount");
  out.amount_received = in.owed_amount_at("amount_received");
  out.invoice = in.id_at("invoice");
  if (in.has("last_payment_error")) {
    out.failure_code = either(in.text_at("last_payment_error.decline_code"),
                              in.text_at("last_payment_error.code"));
    out.failure_message = in.text_at("last_payment_error.message");
  }
  return out;
}

domain::stripe::object read_charge(const json_view& in) {
  domain::stripe::charge out;
  out.customer = in.customer();
  out.status = in.text_at("status");
  out.currency = in.currency_at("currency");
  out.payment_intent = in.id_at("payment_intent");
  out.invoice = in.id_at("invoice");
  out.amount = in.owed_amount_at("amount");
  out.amount_captured = in.owed_amount_at("amount_captured");
  out.amount_refunded = in.owed_amount_at("amount_refunded");
  out.refunded = in.flag_at("refunded");
  out.disputed = in.flag_at("disputed");
  out.failure_code = in.text_at("failure_code");
  out.failure_message = in.text_at("failure_message");
  return out;
}

domain::stripe::object read_refund(const json_view& in) {
  domain::stripe::refund out;
  out.status = in.text_at("status");
  out.currency = in.currency_at("currency");
  out.charge = in.id_at("charge");
  out.payment_intent = in.id_at("payment_intent");
  out.reason = in.text_at("reason");
  out.amount = in.owed_amount_at("amount");
  return out;
}

domain::stripe::object read_dispute(const json_view& in) {
  domain::stripe::dispute out;
  out.status = in.text_at("status");
  out.currency = in.currency_at("currency");
  out.charge = in.id_at("charge");
  out.payment_intent = in.id_at("payment_intent");
  out.reason = in.text_at("reason");
  out.amount = in.owed_amount_at("amount");
  out.withdrawn = withdrawn_by(in);
  return out;
}

domain::stripe::object read_checkout_session(const json_view& in) {
  domain::stripe::checkout_session out;
  out.customer = in.customer();
  out.mode = in.text_at("mode");
  out.status = in.text_at("status");
  out.payment_status = in.text_at("payment_status");
  out.currency = in.currency_at("currency");
  out.client_reference_id = in.text_at("client_reference_id");
  out.subscription = in.id_at("subscription");
  out.payment_intent = in.id_at("payment_intent");
  out.invoice = in.id_at("invoice");
  out.amount_total = in.owed_amount_at("amount_total");
  out.pack = in.text_at("metadata.pack");
  return out;
}

}  // namespace bursar::io::stripe
