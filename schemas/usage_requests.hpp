// Requests about usage, read from JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/usage_checks.hpp"

namespace bursar::schemas {

// {"events": […]}. One that cannot be read keeps its place, with its problem. invalid_json,
// invalid_parameter; payload_too_large: more than usage_batch_max.
result<domain::record_usage> parse_usage(std::string_view body);

// The same of many organizations: each event says its organization_id.
struct usage_of {
  std::string organization;  // empty: one that does not say whose it is
  domain::record_usage usage;
};
result<std::vector<usage_of>> parse_usage_of_many(std::string_view body);

// {"reason", "replace"?: {"start", "end", "metrics"?}, "events"?: […], "remove"?: [ids], "draft"?},
// without its id: applied at once, or a draft. invalid_parameter; payload_too_large: more than
// usage_batch_max of either.
result<domain::amend_usage> parse_amendment(std::string_view body);
// {"events"?, "remove"?}: more of a draft.
result<domain::amend_usage> parse_staging(std::string_view body);

// {"entitlements": {…}}
result<domain::override_entitlements> parse_entitlements(std::string_view body);

// {"checks": [{"feature", "quantity"?}]}, usage_checks_max at most.
inline constexpr std::size_t usage_checks_max = 100;
result<std::vector<domain::usage_check>> parse_checks(std::string_view body);

}  // namespace bursar::schemas
