// Request bodies about credits. invalid_parameter names the member; amounts are the domain's to
// judge.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "domain/credits/credit_account.hpp"

namespace bursar::schemas {

// {"amount"} or {"event_name", "quantity"?}
result<domain::consume_credits> parse_consumption(std::string_view body);

struct wanted_hold {
  domain::credit_use use;
  std::chrono::seconds expires_in{};
};
// The same with "expires_in": "15m" where it is absent, at most 30 days.
result<wanted_hold> parse_hold(std::string_view body);

// {"amount"?}
result<std::optional<std::int64_t>> parse_confirmation(std::string_view body);

// {"amount", "kind"?, "expires_at"?, "priority"?, "reason"?}
result<domain::credit_grant> parse_grant(std::string_view body);

// One of many grants, or what is wrong with it.
struct wanted_grant {
  std::optional<std::string> organization_id;  // as far as it can be read
  result<domain::credit_grant> grant;
};
// {"grants": [{"organization_id", and as above}]}: 1 to 1,000. payload_too_large: more.
result<std::vector<wanted_grant>> parse_grants(std::string_view body);

// {"to_organization_id", "amount", "reason"?}, without its id
result<domain::transfer_credits> parse_transfer(std::string_view body);

struct wanted_reversal {
  std::optional<std::int64_t> amount;
  std::optional<std::string> reason;
};
result<wanted_reversal> parse_reversal(std::string_view body);

}  // namespace bursar::schemas
