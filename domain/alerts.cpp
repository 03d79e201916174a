#include "domain/alerts.hpp"

#include "base/money.hpp"
#include "domain/overloaded.hpp"

namespace bursar::domain {
namespace {

std::string amount_of(const std::optional<std::int64_t>& amount,
                      const std::optional<std::string>& currency) {
  return amount && currency ? format_money(*amount, *currency) : "a payment";
}

std::string date_of(timestamp t) {
  return format_rfc3339(t).substr(0, 10);
}

std::optional<alert> failed(const payment_failed& e) {
  auto why = e.failure_message ? *e.failure_message : e.failure_code.value_or("no reason given");
  return alert{alert_type::payment_failed, e.payment_id,
               amount_of(e.amount, e.currency) + " could not be collected: " + why};
}

std::optional<alert> failed(const invoice_payment_failed& e) {
  return alert{alert_type::payment_failed, e.invoice_id,
               "attempt " + std::to_string(e.collection.failed_attempts)
                 + " to collect failed: " + e.failure_code.value_or("no reason given")
                 + (e.collection.declined_for_good ? "; the card is declined for good" : "")};
}

std::optional<alert> disputed(const dispute_opened& e) {
  return alert{alert_type::payment_disputed, e.charge_id.value_or(e.dispute_id),
               amount_of(e.amount, e.currency) + " is disputed, " + e.dispute_id + ": "
                 + e.reason.value_or("no reason given")};
}

// Stripe's "unpaid": it gave up collecting, and the subscription stays.
std::optional<alert> changed(const subscription_updated& e) {
  if (e.status != "unpaid" || e.previous_status == "unpaid") {
    return std::nullopt;
  }
  return alert{alert_type::subscription_suspended, e.subscription_id,
               "the subscription was " + e.previous_status + " and is suspended"};
}

std::optional<alert> changed(const subscription_status_changed& e) {
  auto told = [&](alert_type type, const char* what) {
    return alert{
      type, e.subscription_id,
      std::string{"the subscription "} + what + (e.reason.empty() ? "" : ": " + e.reason)};
  };
  switch (e.status) {
    case subscription_status::suspended:
      return told(alert_type::subscription_suspended, "is suspended");
    case subscription_status::cancelled:
      return told(alert_type::subscription_cancelled, "is cancelled");
    case subscription_status::expired: return told(alert_type::subscription_cancelled, "expired");
    default: return std::nullopt;
  }
}

std::optional<alert> low(const credit_balance_low& e) {
  return alert{
    alert_type::credit_balance_low,
    {},
    std::to_string(e.balance) + " credits are left, fewer than " + std::to_string(e.threshold)};
}

std::optional<alert> reached(const quota_reached& e) {
  return alert{alert_type::quota_reached, e.metric,
               e.metric + ": " + std::to_string(e.used) + " of " + std::to_string(e.limit)
                 + " are used: " + std::to_string(e.percent) + " % of the quota until "
                 + date_of(e.period.end)};
}

std::optional<alert> unusual(const usage_anomaly_detected& e) {
  bool rose = e.kind == anomaly_kind::rise;
  return alert{alert_type::usage_anomaly, e.metric,
               e.metric + ": " + format_total(e.used) + " on " + date_of(e.day) + ", far "
                 + (rose ? "above" : "below") + " the days before, of which the mean is "
                 + format_total(e.baseline.mean)};
}

}  // namespace

std::optional<alert> alert_of(const event& happened) {
  using none = std::optional<alert>;
  return std::visit(overloaded{[](const payment_failed& e) { return failed(e); },
                               [](const invoice_payment_failed& e) { return failed(e); },
                               [](const dispute_opened& e) { return disputed(e); },
                               [](const subscription_updated& e) { return changed(e); },
                               [](const subscription_status_changed& e) { return changed(e); },
                               [](const subscription_ended& e) {
                                 return none{{alert_type::subscription_cancelled, e.subscription_id,
                                              "the subscription is cancelled"}};
                               },
                               [](const credit_balance_low& e) { return low(e); },
                               [](const quota_reached& e) { return reached(e); },
                               [](const usage_anomaly_detected& e) { return unusual(e); },
                               [](const auto&) { return none{}; }},
                    happened);
}

std::optional<alert> alert_of(const inbox_event& happened) {
  const auto* died = std::get_if<webhook_died>(&happened);
  return died == nullptr ? std::nullopt
                         : std::optional{alert{alert_type::webhook_dead, died->event_id,
                                               "given up on: " + died->reason}};
}

}  // namespace bursar::domain
