// What travels with an organization's billing events: its timer, which of its invoices wait for a
// number, and what is asked to be paid.
#pragma once

#include <string>
#include <vector>

#include "actors/entity.hpp"

namespace bursar::actors {

// Null: it wants something else.
const domain::billing_command* billing_of(const organization_request& r);

// The records of what of these waits for a number.
std::vector<std::string> unnumbered_keys(const std::string& owner,
                                         const std::vector<domain::event>& events);

// `s` is the state before the events.
void records_of_billing(const domain::organization& s, const std::string& owner,
                        const domain::billing_command& c, const std::vector<domain::event>& events,
                        beside& also);

// What is asked to be paid. `s` is the state after them.
void record_charges(const domain::organization& s, const std::string& owner,
                    const std::vector<domain::event>& events, beside& also);
// The same. Nothing is written where the timer stays the same.
void record_next_timer(const domain::organization& s, const std::string& owner, beside& also);

}  // namespace bursar::actors
