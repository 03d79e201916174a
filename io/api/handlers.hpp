// Every handler of the route table. Each answers one operation of schemas/openapi.yaml.
#pragma once

#include "io/api/api.hpp"

namespace bursar::io::api {

using answering = http::awaitable<http::response>;

// organizations.cpp
answering create_organization(api& in, call c);
answering list_organizations(api& in, call c);
answering get_organization(api& in, call c);
answering update_organization(api& in, call c);
answering get_access(api& in, call c);
answering list_subscriptions(api& in, call c);
answering get_stripe_mirror(api& in, call c);
answering get_credits(api& in, call c);
answering get_summary(api& in, call c);
answering list_history(api& in, call c);
answering list_refunds(api& in, call c);
answering list_disputes(api& in, call c);
answering list_credit_notes(api& in, call c);
answering list_payments(api& in, call c);
answering list_balances(api& in, call c);

// history.cpp
answering list_events(api& in, call c);
answering get_state(api& in, call c);
answering verify_organization(api& in, call c);
answering explain_invoice(api& in, call c);

// credits.cpp
answering consume_credits(api& in, call c);
answering grant_credits(api& in, call c);
answering reverse_grant(api& in, call c);
answering hold_credits(api& in, call c);
answering confirm_hold(api& in, call c);
answering release_hold(api& in, call c);
answering list_holds(api& in, call c);
answering transfer_credits(api& in, call c);
answering list_transactions(api& in, call c);
answering reverse_transaction(api& in, call c);

// bulk_grants.cpp
answering grant_in_bulk(api& in, call c);

// usage.cpp
answering record_usage(api& in, call c);
answering record_usage_of_many(api& in, call c);
answering get_usage(api& in, call c);
answering get_usage_trends(api& in, call c);
answering check_access(api& in, call c);
answering get_entitlements(api& in, call c);
answering update_entitlements(api& in, call c);

// amendments.cpp
answering amend_usage(api& in, call c);
answering add_to_usage_amendment(api& in, call c);
answering apply_usage_amendment(api& in, call c);
answering revert_usage_amendment(api& in, call c);
answering list_usage_amendments(api& in, call c);
answering get_usage_amendment(api& in, call c);

// catalog.cpp
template <class Value>
answering create_in_catalog(api& in, call c);
template <class Value>
answering list_catalog(api& in, call c);
template <class Value>
answering get_from_catalog(api& in, call c);
template <class Value>
answering update_in_catalog(api& in, call c);

// billing.cpp
answering create_subscription(api& in, call c);
answering add_subscription(api& in, call c);
answering get_subscription(api& in, call c);
answering change_subscription(api& in, call c);
answering cancel_subscription(api& in, call c);
answering change_trial(api& in, call c);
answering pause_subscription(api& in, call c);
answering resume_subscription(api& in, call c);
answering reactivate_subscription(api& in, call c);
answering preview_subscription(api& in, call c);
answering list_invoices(api& in, call c);
answering get_invoice(api& in, call c);
answering get_upcoming_invoice(api& in, call c);
answering finalize_invoice(api& in, call c);
answering pay_invoice(api& in, call c);
answering void_invoice(api& in, call c);
answering write_off_invoice(api& in, call c);
answering list_payment_methods(api& in, call c);
answering put_payment_method(api& in, call c);
answering remove_payment_method(api& in, call c);
answering create_credit_note(api& in, call c);
answering list_plan_versions(api& in, call c);
answering list_prices(api& in, call c);
answering add_price(api& in, call c);
answering change_price(api& in, call c);
answering list_plan_subscribers(api& in, call c);
answering migrate_plan(api& in, call c);

// reports.cpp
answering get_mrr_report(api& in, call c);
answering get_churn_report(api& in, call c);
answering get_revenue_report(api& in, call c);
answering get_payments_report(api& in, call c);
answering get_ledger_report(api& in, call c);
answering get_credits_report(api& in, call c);
answering get_usage_report(api& in, call c);
answering list_postings(api& in, call c);

// keys.cpp
answering create_api_key(api& in, call c);
answering list_api_keys(api& in, call c);
answering rotate_api_key(api& in, call c);
answering revoke_api_key(api& in, call c);

// webhooks.cpp
answering receive_stripe_webhook(api& in, call c);
answering list_inbox(api& in, call c);
answering list_dead_letters(api& in, call c);
answering list_alerts(api& in, call c);
answering replay_dead_letter(api& in, call c);

// operations.cpp
answering get_live(api& in, call c);
answering get_open_api(api& in, call c);
answering get_ready(api& in, call c);
answering set_test_clock(api& in, call c);

// What the operators' listener serves at /metrics: Prometheus text format.
std::string metrics_text(api& in, const std::string& more);

}  // namespace bursar::io::api
