// Which usage events an organization has already: an id is used once, for ever. Those that are
// durable stand in the journal, beside the events; those on their way there are remembered. And
// what else is written beside usage.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "actors/entity.hpp"

namespace bursar::actors {

using usage_ids = std::unordered_map<std::string, sha256_digest>;

bool is_amendment(const organization_request& r);
// Says of usage what is recorded already, and counts what an amendment of it would come to: nothing
// is on its way then. io_error, integrity_error.
result<void> look_up_usage(organization_request& r, const domain::usage_account& in,
                           const persistence::journal& journal, const usage_ids& on_their_way);

// What was recorded of a request.
void remember_usage(const organization_request& r, const std::vector<domain::event>& events,
                    usage_ids& on_their_way);
void record_usage_ids(const organization_request& r, const std::vector<domain::event>& events,
                      beside& also);
void record_amended_ids(const persistence::journal& journal, const organization_request& r,
                        const std::vector<domain::event>& events, beside& also);
// What Stripe's meters are to be told of it, where Stripe bills the organization.
void record_meter_events(const domain::organization& s, const domain::catalog& catalog,
                         const std::string& owner, const std::vector<domain::event>& events,
                         beside& also);
void forget_usage(const std::vector<domain::event>& events, usage_ids& on_their_way);

}  // namespace bursar::actors
