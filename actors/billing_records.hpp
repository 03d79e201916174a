// What travels with an organization's billing events: its timer, and which of its invoices wait for
// a number.
#pragma once

#include <string>
#include <vector>

#include "actors/entity.hpp"

namespace bursar::actors {

// `s` is the state before the events.
void records_of_billing(const domain::organization& s, const std::string& owner,
                        const domain::billing_command& c, const std::vector<domain::event>& events,
                        beside& also);

// `s` is the state after them. Nothing is written where the timer stays the same.
// What is asked to be paid; `s` is the organization as it is now.
void record_charges(const domain::organization& s, const std::string& owner,
                    const std::vector<domain::event>& events, beside& also);
void record_next_timer(const domain::organization& s, const std::string& owner, beside& also);

}  // namespace bursar::actors
