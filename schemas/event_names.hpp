// The stored name and today's version of every event. DO NOT RENAME: journals hold these names.
#pragma once

#include <cstdint>
#include <string_view>

#include "domain/access_key.hpp"
#include "domain/billing/invoice_numbers.hpp"
#include "domain/organization.hpp"
#include "domain/webhook_inbox.hpp"

namespace bursar::schemas {

template <class Event>
inline constexpr std::string_view event_name = "";
template <class Event>
inline constexpr std::int64_t event_version = 1;

template <>
inline constexpr std::string_view event_name<domain::organization_created> = "organization_created";
template <>
inline constexpr std::int64_t event_version<domain::organization_created> = 5;
template <>
inline constexpr std::string_view event_name<domain::organization_updated> = "organization_updated";
template <>
inline constexpr std::int64_t event_version<domain::organization_updated> = 5;
template <>
inline constexpr std::string_view
  event_name<domain::stripe_object_observed> = "stripe_object_observed";
template <>
inline constexpr std::string_view event_name<domain::subscription_started> = "subscription_started";
template <>
inline constexpr std::string_view event_name<domain::subscription_updated> = "subscription_updated";
template <>
inline constexpr std::string_view event_name<domain::subscription_ended> = "subscription_ended";
template <>
inline constexpr std::string_view event_name<domain::payment_succeeded> = "payment_succeeded";
template <>
inline constexpr std::string_view event_name<domain::payment_failed> = "payment_failed";
template <>
inline constexpr std::string_view event_name<domain::payment_refunded> = "payment_refunded";
template <>
inline constexpr std::string_view event_name<domain::invoice_paid> = "invoice_paid";
template <>
inline constexpr std::string_view event_name<domain::dispute_opened> = "dispute_opened";
template <>
inline constexpr std::string_view event_name<domain::dispute_closed> = "dispute_closed";
template <>
inline constexpr std::string_view event_name<domain::credits_granted> = "credits_granted";
template <>
inline constexpr std::int64_t event_version<domain::credits_granted> = 3;
template <>
inline constexpr std::string_view event_name<domain::credits_consumed> = "credits_consumed";
template <>
inline constexpr std::string_view event_name<domain::credits_held> = "credits_held";
template <>
inline constexpr std::string_view
  event_name<domain::credit_hold_confirmed> = "credit_hold_confirmed";
template <>
inline constexpr std::string_view event_name<domain::credit_hold_released> = "credit_hold_released";
template <>
inline constexpr std::string_view
  event_name<domain::credit_consumption_reversed> = "credit_consumption_reversed";
template <>
inline constexpr std::string_view
  event_name<domain::credit_grant_reversed> = "credit_grant_reversed";
template <>
inline constexpr std::string_view event_name<domain::credits_expired> = "credits_expired";
template <>
inline constexpr std::string_view event_name<domain::credits_transferred> = "credits_transferred";
template <>
inline constexpr std::string_view
  event_name<domain::credit_transfer_completed> = "credit_transfer_completed";
template <>
inline constexpr std::string_view
  event_name<domain::credit_transfer_returned> = "credit_transfer_returned";
template <>
inline constexpr std::string_view event_name<domain::credits_expiring> = "credits_expiring";
template <>
inline constexpr std::string_view event_name<domain::credit_balance_low> = "credit_balance_low";
template <>
inline constexpr std::string_view event_name<domain::usage_recorded> = "usage_recorded";
template <>
inline constexpr std::string_view event_name<domain::quota_reached> = "quota_reached";
template <>
inline constexpr std::string_view
  event_name<domain::usage_amendment_drafted> = "usage_amendment_drafted";
template <>
inline constexpr std::string_view
  event_name<domain::usage_anomaly_detected> = "usage_anomaly_detected";
template <>
inline constexpr std::string_view event_name<domain::usage_staged> = "usage_staged";
template <>
inline constexpr std::string_view event_name<domain::usage_amended> = "usage_amended";
template <>
inline constexpr std::int64_t event_version<domain::usage_amended> = 2;
template <>
inline constexpr std::string_view
  event_name<domain::usage_amendment_reverted> = "usage_amendment_reverted";
template <>
inline constexpr std::int64_t event_version<domain::usage_amendment_reverted> = 2;
template <>
inline constexpr std::string_view
  event_name<domain::entitlements_overridden> = "entitlements_overridden";
template <>
inline constexpr std::string_view event_name<domain::standing_changed> = "standing_changed";
template <>
inline constexpr std::string_view event_name<domain::subscription_created> = "subscription_created";
template <>
inline constexpr std::int64_t event_version<domain::subscription_created> = 7;
template <>
inline constexpr std::string_view
  event_name<domain::subscription_status_changed> = "subscription_status_changed";
template <>
inline constexpr std::string_view
  event_name<domain::subscription_terms_changed> = "subscription_terms_changed";
template <>
inline constexpr std::int64_t event_version<domain::subscription_terms_changed> = 5;
template <>
inline constexpr std::string_view
  event_name<domain::subscription_period_started> = "subscription_period_started";
template <>
inline constexpr std::string_view
  event_name<domain::subscription_schedule_changed> = "subscription_schedule_changed";
template <>
inline constexpr std::int64_t event_version<domain::subscription_schedule_changed> = 5;
template <>
inline constexpr std::string_view
  event_name<domain::subscription_trial_changed> = "subscription_trial_changed";
template <>
inline constexpr std::string_view event_name<domain::invoice_created> = "invoice_created";
template <>
inline constexpr std::int64_t event_version<domain::invoice_created> = 7;
template <>
inline constexpr std::string_view event_name<domain::usage_period_closed> = "usage_period_closed";
template <>
inline constexpr std::string_view event_name<domain::minimum_fixed> = "minimum_fixed";
template <>
inline constexpr std::string_view event_name<domain::minimum_corrected> = "minimum_corrected";
template <>
inline constexpr std::string_view event_name<domain::usage_corrected> = "usage_corrected";
template <>
inline constexpr std::int64_t event_version<domain::usage_corrected> = 2;
template <>
inline constexpr std::string_view event_name<domain::usage_settled> = "usage_settled";
template <>
inline constexpr std::string_view event_name<domain::invoice_revised> = "invoice_revised";
template <>
inline constexpr std::string_view event_name<domain::invoice_opened> = "invoice_opened";
template <>
inline constexpr std::string_view event_name<domain::invoice_numbered> = "invoice_numbered";
template <>
inline constexpr std::string_view event_name<domain::payment_requested> = "payment_requested";
template <>
inline constexpr std::int64_t event_version<domain::payment_requested> = 2;
template <>
inline constexpr std::string_view
  event_name<domain::invoice_payment_recorded> = "invoice_payment_recorded";
template <>
inline constexpr std::string_view
  event_name<domain::invoice_payment_failed> = "invoice_payment_failed";
template <>
inline constexpr std::string_view event_name<domain::balance_applied> = "balance_applied";
template <>
inline constexpr std::string_view event_name<domain::credit_note_issued> = "credit_note_issued";
template <>
inline constexpr std::string_view event_name<domain::credit_note_numbered> = "credit_note_numbered";
template <>
inline constexpr std::string_view event_name<domain::invoice_closed> = "invoice_closed";
template <>
inline constexpr std::string_view
  event_name<domain::payment_method_changed> = "payment_method_changed";
template <>
inline constexpr std::string_view event_name<domain::plan_published> = "plan_published";
template <>
inline constexpr std::int64_t event_version<domain::plan_published> = 5;
template <>
inline constexpr std::string_view event_name<domain::coupon_published> = "coupon_published";
template <>
inline constexpr std::string_view event_name<domain::coupon_redeemed> = "coupon_redeemed";
template <>
inline constexpr std::string_view event_name<domain::tax_rate_published> = "tax_rate_published";
template <>
inline constexpr std::string_view
  event_name<domain::legal_entity_published> = "legal_entity_published";
template <>
inline constexpr std::string_view event_name<domain::meter_published> = "meter_published";
template <>
inline constexpr std::int64_t event_version<domain::meter_published> = 3;
template <>
inline constexpr std::string_view
  event_name<domain::credit_event_published> = "credit_event_published";
template <>
inline constexpr std::string_view
  event_name<domain::credit_product_published> = "credit_product_published";
template <>
inline constexpr std::string_view event_name<domain::api_key_created> = "api_key_created";
template <>
inline constexpr std::string_view event_name<domain::api_key_revoked> = "api_key_revoked";
template <>
inline constexpr std::string_view event_name<domain::api_key_expiry_set> = "api_key_expiry_set";
template <>
inline constexpr std::string_view event_name<domain::webhook_ignored> = "webhook_ignored";
template <>
inline constexpr std::string_view event_name<domain::webhook_parked> = "webhook_parked";
template <>
inline constexpr std::int64_t event_version<domain::webhook_parked> = 2;
template <>
inline constexpr std::string_view event_name<domain::webhook_attempted> = "webhook_attempted";
template <>
inline constexpr std::string_view event_name<domain::webhook_died> = "webhook_died";
template <>
inline constexpr std::int64_t event_version<domain::webhook_died> = 2;
template <>
inline constexpr std::string_view event_name<domain::webhook_released> = "webhook_released";
template <>
inline constexpr std::string_view event_name<domain::webhook_revived> = "webhook_revived";

template <>
inline constexpr std::string_view
  event_name<domain::invoice_number_assigned> = "invoice_number_assigned";
template <>
inline constexpr std::int64_t event_version<domain::invoice_number_assigned> = 2;

}  // namespace bursar::schemas
