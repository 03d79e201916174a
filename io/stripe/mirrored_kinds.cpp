#include "io/stripe/mirrored_kinds.hpp"

#include <algorithm>
#include <array>

#include "io/stripe/adapter.hpp"

namespace bursar::io::stripe {
namespace {

constexpr mirrored_kind customer{"customer", read_customer};
constexpr mirrored_kind payment_method{"payment_method", read_payment_method};
constexpr mirrored_kind subscription{"subscription", read_subscription};
constexpr mirrored_kind invoice{"invoice", read_invoice};
constexpr mirrored_kind invoice_payment{"invoice_payment", read_invoice_payment};
constexpr mirrored_kind credit_note{"credit_note", read_credit_note};
constexpr mirrored_kind payment_intent{"payment_intent", read_payment_intent};
constexpr mirrored_kind charge{"charge", read_charge};
constexpr mirrored_kind refund{"refund", read_refund};
constexpr mirrored_kind dispute{"dispute", read_dispute};
constexpr mirrored_kind checkout_session{"checkout.session", read_checkout_session};

// Sorted by type. A type that is not here is recorded as received and changes nothing.
constexpr auto types = std::to_array<mirrored_type>({
  {"charge.captured", &charge},
  {"charge.dispute.closed", &dispute},
  {"charge.dispute.created", &dispute},
  {"charge.dispute.funds_reinstated", &dispute},
  {"charge.dispute.funds_withdrawn", &dispute},
  {"charge.dispute.updated", &dispute},
  {"charge.expired", &charge},
  {"charge.failed", &charge},
  {"charge.pending", &charge},
  {"charge.refund.updated", &refund},
  {"charge.refunded", &charge},
  {"charge.succeeded", &charge},
  {"charge.updated", &charge},
  {"checkout.session.async_payment_failed", &checkout_session},
  {"checkout.session.async_payment_succeeded", &checkout_session},
  {"checkout.session.completed", &checkout_session},
  {"checkout.session.expired", &checkout_session},
  {"credit_note.created", &credit_note},
  {"credit_note.updated", &credit_note},
  {"credit_note.voided", &credit_note},
  {"customer.created", &customer},
  {"customer.deleted", &customer, true},
  {"customer.subscription.created", &subscription},
  {"customer.subscription.deleted", &subscription},
  {"customer.subscription.paused", &subscription},
  {"customer.subscription.pending_update_applied", &subscription},
  {"customer.subscription.pending_update_expired", &subscription},
  {"customer.subscription.resumed", &subscription},
  {"customer.subscription.trial_will_end", &subscription},
  {"customer.subscription.updated", &subscription},
  {"customer.updated", &customer},
  {"invoice.created", &invoice},
  {"invoice.deleted", &invoice, true},
  {"invoice.finalization_failed", &invoice},
  {"invoice.finalized", &invoice},
  {"invoice.marked_uncollectible", &invoice},
  {"invoice.overdue", &invoice},
  {"invoice.overpaid", &invoice},
  {"invoice.paid", &invoice},
  {"invoice.payment_action_required", &invoice},
  {"invoice.payment_attempt_required", &invoice},
  {"invoice.payment_failed", &invoice},
  {"invoice.payment_succeeded", &invoice},
  {"invoice.sent", &invoice},
  {"invoice.updated", &invoice},
  {"invoice.voided", &invoice},
  {"invoice.will_be_due", &invoice},
  {"invoice_payment.paid", &invoice_payment},
  {"payment_intent.amount_capturable_updated", &payment_intent},
  {"payment_intent.canceled", &payment_intent},
  {"payment_intent.created", &payment_intent},
  {"payment_intent.partially_funded", &payment_intent},
  {"payment_intent.payment_failed", &payment_intent},
  {"payment_intent.processing", &payment_intent},
  {"payment_intent.requires_action", &payment_intent},
  {"payment_intent.succeeded", &payment_intent},
  {"payment_method.attached", &payment_method},
  {"payment_method.automatically_updated", &payment_method},
  {"payment_method.card_automatically_updated", &payment_method},
  {"payment_method.detached", &payment_method},
  {"payment_method.updated", &payment_method},
  {"refund.created", &refund},
  {"refund.failed", &refund},
  {"refund.updated", &refund},
});

constexpr bool by_type(const mirrored_type& a, const mirrored_type& b) {
  return a.type < b.type;
}
static_assert(std::is_sorted(types.begin(), types.end(), by_type), "looked up by binary search");

}  // namespace

const mirrored_type* find_mirrored_type(std::string_view type) {
  auto at = std::lower_bound(types.begin(), types.end(), mirrored_type{type, nullptr}, by_type);
  return at != types.end() && at->type == type ? &*at : nullptr;
}

bool changes_mirror(std::string_view type) {
  return find_mirrored_type(type) != nullptr;
}

}  // namespace bursar::io::stripe
