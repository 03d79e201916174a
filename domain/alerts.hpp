// What somebody who runs the billing is to look at: which events are alerts, and what they say.
#pragma once

#include <optional>
#include <string>

#include <boost/describe.hpp>

#include "domain/organization.hpp"
#include "domain/webhook_inbox.hpp"

namespace bursar::domain {

BOOST_DEFINE_ENUM_CLASS(alert_type, payment_failed, payment_disputed, subscription_suspended,
                        subscription_cancelled, credit_balance_low, quota_reached, usage_anomaly,
                        webhook_dead)

struct alert {
  alert_type type = alert_type::payment_failed;
  std::string subject_id;  // payment, invoice, dispute, subscription, metric or webhook event
  std::string message;     // a sentence, for people
  friend bool operator==(const alert&, const alert&) = default;
};

// Most events are none.
std::optional<alert> alert_of(const event& happened);
std::optional<alert> alert_of(const inbox_event& happened);

}  // namespace bursar::domain
