// Stripe's events, of any API version from 2022-11-15 on, as Bursar knows them. Where a field moved
// the new place is read first, then the old one (stripe-facts §3). Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "domain/stripe/objects.hpp"

namespace bursar::io::stripe {

struct adapter_settings {
  std::vector<std::string> metadata_keys{"organization_id", "organizationId", "org_id"};
};

// invalid_json: the body is not JSON. A body that is JSON but cannot be used is an event whose
// `unusable` says why; where it has no usable id it gets one made of its SHA-256.
result<domain::stripe::event> normalise(std::string_view body, const adapter_settings& settings);

// Whether events of this type are snapshots of an object that the mirror keeps.
bool changes_mirror(std::string_view event_type);

}  // namespace bursar::io::stripe
