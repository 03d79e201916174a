// The route table; schemas/openapi.yaml says the same, and a test holds them together.
#include <array>

#include "io/api/handlers.hpp"

namespace bursar::io::api {
namespace {

using domain::scope;
using m = http::method;
constexpr auto none = credentials::none;
constexpr auto signature = credentials::signature;
constexpr auto any = credentials::any;
constexpr auto billing = credentials::billing;
constexpr auto platform = credentials::platform;
constexpr const char* webhook = "/webhooks/stripe";

// clang-format off
constexpr std::array table{
  route{m::post, "/api/v1/organizations", "createOrganization", platform, scope::write,
        create_organization, {}},
  route{m::get, "/api/v1/organizations", "listOrganizations", any, scope::read,
        list_organizations, {}},
  route{m::get, "/api/v1/organizations/{org}", "getOrganization", any, scope::read,
        get_organization, {}},
  route{m::patch, "/api/v1/organizations/{org}", "updateOrganization", billing, scope::write,
        update_organization, {}},
  route{m::get, "/api/v1/organizations/{org}/access", "getAccess", any, scope::read, get_access,
        {}},
  route{m::get, "/api/v1/organizations/{org}/subscriptions", "listSubscriptions", any,
        scope::read, list_subscriptions, {}},
  route{m::get, "/api/v1/organizations/{org}/mirror/stripe", "getStripeMirror", any, scope::read,
        get_stripe_mirror, {}},
  route{m::get, "/api/v1/organizations/{org}/credits", "getCredits", any, scope::read,
        get_credits, {}},
  route{m::get, "/api/v1/organizations/{org}/refunds", "listRefunds", any, scope::read,
        list_refunds, {}},
  route{m::get, "/api/v1/organizations/{org}/disputes", "listDisputes", any, scope::read,
        list_disputes, {}},
  route{m::get, "/api/v1/organizations/{org}/credit-notes", "listCreditNotes", any, scope::read,
        list_credit_notes, {}},
  route{m::get, "/api/v1/organizations/{org}/events", "listEvents", any, scope::read, list_events,
        {}},
  route{m::get, "/api/v1/organizations/{org}/state", "getState", any, scope::read, get_state, {}},
  route{m::get, "/api/v1/organizations/{org}/verify", "verifyOrganization", any, scope::read,
        verify_organization, {}},
  route{m::post, "/api/v1/organizations/{org}/subscription", "createSubscription",
        any, scope::write, create_subscription, {}},
  route{m::get, "/api/v1/organizations/{org}/subscription", "getSubscription", any, scope::read,
        get_subscription, {}},
  route{m::patch, "/api/v1/organizations/{org}/subscription", "changeSubscription",
        any, scope::write, change_subscription, {}},
  route{m::del, "/api/v1/organizations/{org}/subscription", "cancelSubscription", any, scope::write,
        cancel_subscription, {}},
  route{m::post, "/api/v1/organizations/{org}/subscription/pause", "pauseSubscription",
        billing, scope::write, pause_subscription, {}},
  route{m::post, "/api/v1/organizations/{org}/subscription/resume", "resumeSubscription",
        billing, scope::write, resume_subscription, {}},
  route{m::post, "/api/v1/organizations/{org}/subscription/reactivate", "reactivateSubscription",
        any, scope::write, reactivate_subscription, {}},
  route{m::post, "/api/v1/organizations/{org}/subscription/preview", "previewSubscription",
        any, scope::read, preview_subscription, {}},
  route{m::get, "/api/v1/organizations/{org}/invoices", "listInvoices", any, scope::read,
        list_invoices, {}},
  route{m::get, "/api/v1/organizations/{org}/invoices/upcoming", "getUpcomingInvoice",
        any, scope::read, get_upcoming_invoice, {}},
  route{m::get, "/api/v1/organizations/{org}/invoices/{id}", "getInvoice", any, scope::read,
        get_invoice, {}},
  route{m::get, "/api/v1/organizations/{org}/invoices/{id}/explain", "explainInvoice",
        any, scope::read, explain_invoice, {}},
  route{m::post, "/api/v1/organizations/{org}/invoices/{id}/finalize", "finalizeInvoice",
        billing, scope::write, finalize_invoice, {}},
  route{m::post, "/api/v1/organizations/{org}/invoices/{id}/pay", "payInvoice",
        billing, scope::write, pay_invoice, {}},
  route{m::post, "/api/v1/organizations/{org}/invoices/{id}/void", "voidInvoice",
        billing, scope::write, void_invoice, {}},
  route{m::post, "/api/v1/organizations/{org}/invoices/{id}/mark_uncollectible", "writeOffInvoice",
        billing, scope::write, write_off_invoice, {}},
  route{m::post, "/api/v1/organizations/{org}/invoices/{id}/credit_notes", "createCreditNote",
        billing, scope::write, create_credit_note, {}},
  route{m::get, "/api/v1/organizations/{org}/payment-methods", "listPaymentMethods",
        any, scope::read, list_payment_methods, {}},
  route{m::post, "/api/v1/organizations/{org}/payment-methods", "putPaymentMethod",
        any, scope::write, put_payment_method, {}},
  route{m::del, "/api/v1/organizations/{org}/payment-methods/{id}", "removePaymentMethod", any,
        scope::write, remove_payment_method, {}},
  route{m::post, "/api/v1/plans", "createPlan", platform, scope::admin, create_plan, {}},
  route{m::get, "/api/v1/plans", "listPlans", any, scope::read, list_plans, {}},
  route{m::get, "/api/v1/plans/{id}", "getPlan", any, scope::read, get_plan, {}},
  route{m::patch, "/api/v1/plans/{id}", "updatePlan", platform, scope::admin, update_plan, {}},
  route{m::post, "/api/v1/credit-products", "createCreditProduct", platform, scope::admin,
        create_credit_product, {}},
  route{m::get, "/api/v1/credit-products", "listCreditProducts", any, scope::read,
        list_credit_products, {}},
  route{m::get, "/api/v1/credit-products/{id}", "getCreditProduct", any, scope::read,
        get_credit_product, {}},
  route{m::patch, "/api/v1/credit-products/{id}", "updateCreditProduct", platform, scope::admin,
        update_credit_product, {}},
  route{m::post, "/api/v1/coupons", "createCoupon", platform, scope::admin, create_coupon, {}},
  route{m::get, "/api/v1/coupons", "listCoupons", any, scope::read, list_coupons, {}},
  route{m::get, "/api/v1/coupons/{id}", "getCoupon", any, scope::read, get_coupon, {}},
  route{m::patch, "/api/v1/coupons/{id}", "updateCoupon",
        platform, scope::admin, update_coupon, {}},
  route{m::post, "/api/v1/tax-rates", "createTaxRate", platform, scope::admin, create_tax_rate, {}},
  route{m::get, "/api/v1/tax-rates", "listTaxRates", any, scope::read, list_tax_rates, {}},
  route{m::get, "/api/v1/tax-rates/{id}", "getTaxRate", any, scope::read, get_tax_rate, {}},
  route{m::patch, "/api/v1/tax-rates/{id}", "updateTaxRate",
        platform, scope::admin, update_tax_rate, {}},
  route{m::post, "/api/v1/api-keys", "createApiKey", any, scope::admin, create_api_key, {}},
  route{m::get, "/api/v1/api-keys", "listApiKeys", any, scope::admin, list_api_keys, {}},
  route{m::post, "/api/v1/api-keys/{id}/rotate", "rotateApiKey", any, scope::admin,
        rotate_api_key, {}},
  route{m::del, "/api/v1/api-keys/{id}", "revokeApiKey", any, scope::admin, revoke_api_key, {}},
  route{m::get, "/api/v1/webhooks/inbox", "listInbox", platform, scope::read, list_inbox, {}},
  route{m::get, "/api/v1/webhooks/dead-letters", "listDeadLetters", platform, scope::read,
        list_dead_letters, {}},
  route{m::post, "/api/v1/webhooks/dead-letters/{id}/replay", "replayDeadLetter", platform,
        scope::admin, replay_dead_letter, {}},
  route{m::post, webhook, "receiveStripeWebhook", signature, scope::write,
        receive_stripe_webhook, {}},
  route{m::post, "/api/v1/billing/webhooks/stripe", "receiveStripeWebhook", signature,
        scope::write, receive_stripe_webhook, webhook},
  route{m::post, "/api/billing/webhook/stripe", "receiveStripeWebhook", signature, scope::write,
        receive_stripe_webhook, webhook},
  route{m::post, "/stripeWebhook", "receiveStripeWebhook", signature, scope::write,
        receive_stripe_webhook, webhook},
  route{m::get, "/health/live", "getLive", none, scope::read, get_live, {}},
  route{m::get, "/health/ready", "getReady", none, scope::read, get_ready, {}},
  route{m::put, "/test/clock", "setTestClock", platform, scope::admin, set_test_clock, {},
        true},
};
// clang-format on

}  // namespace

std::span<const route> routes() {
  return table;
}

}  // namespace bursar::io::api
