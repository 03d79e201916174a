// Request bodies of native billing to commands; errors as in requests.hpp.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "domain/billing/account.hpp"

namespace bursar::schemas {

// Without the subscription's id, which the caller of this makes.
result<domain::subscribe> parse_subscription(std::string_view body);
result<domain::change_plan> parse_subscription_changes(std::string_view body);
// A page of a plan's subscribers.
struct plan_migration {
  domain::migrate_plan command;  // without its plan
  std::size_t limit = 0;
  std::string cursor;  // the organization that the page before ended with
};
result<plan_migration> parse_migration(std::string_view body);
result<domain::change_trial> parse_trial(std::string_view body);  // or nothing: it ends now
// Of an invoice; without `payment_id` that is empty.
result<domain::record_payment> parse_payment(std::string_view body);
// Without the ids of invoice and note; no body: of all that is left.
result<domain::issue_credit_note> parse_credit_note(std::string_view body);
result<domain::put_payment_method> parse_payment_method(std::string_view body);

}  // namespace bursar::schemas
