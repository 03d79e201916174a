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
  const auto& next = e.collection.next_attempt_at;
  return alert{alert_type::payment_failed, e.invoice_id,
               "attempt " + std::to_string(e.collection.failed_attempts)
                 + " to collect failed: " + e.failure_code.value_or("no reason given")
                 + (next ? "; the next is on " + date_of(*next) : "; no other follows by itself")};
}

std::optional<alert> disputed(const dispute_opened& e) {
  return alert{alert_type::payment_disputed, e.charge_id.value_or(e.dispute_id),
               amount_of(e.amount, e.currency) + " is disputed, " + e.dispute_id + ": "
                 + e.reason.value_or("no reason given")};
}

std::optional<alert> suspended(const standing_changed& e) {
  const auto& now = e.standing.subscription_status;
  if (now != "suspended" || e.previous_status == now) {
    return std::nullopt;
  }
  return alert{alert_type::subscription_suspended, e.standing.subscription_id.value_or(""),
               "the subscription was " + e.previous_status + " and is suspended"};
}

std::optional<alert> ended(const subscription_status_changed& e) {
  if (e.status != subscription_status::cancelled && e.status != subscription_status::expired) {
    return std::nullopt;
  }
  bool expired = e.status == subscription_status::expired;
  return alert{alert_type::subscription_cancelled, e.subscription_id,
               std::string{"the subscription "} + (expired ? "expired" : "is cancelled")
                 + (e.reason.empty() ? "" : ": " + e.reason)};
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
                               [](const standing_changed& e) { return suspended(e); },
                               [](const subscription_status_changed& e) { return ended(e); },
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
