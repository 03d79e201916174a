// What travels with an organization's billing events: its timer, which of its invoices wait for a
// number, and what is asked to be paid.
#pragma once

#include <string>
#include <vector>

#include "actors/entity.hpp"

namespace bursar::actors {

// Null: it wants something else.
const domain::billing_command* billing_of(const organization_request& r);

// The timer that a command uses up. `s` is the state before the events.
void record_used_timers(const domain::organization& s, const organization_request& r, beside& also);

// The records of what of these waits for a number. `s` is the state after them, as below.
std::vector<std::string> unnumbered_keys(const domain::organization& s, const std::string& owner,
                                         const std::vector<domain::event>& events);
// What begins and what ends to wait for a number.
void record_unnumbered(const domain::organization& s, const std::string& owner,
                       const std::vector<domain::event>& events, beside& also);
// What is asked to be paid.
void record_charges(const domain::organization& s, const std::string& owner,
                    const std::vector<domain::event>& events, beside& also);
// Nothing is written where the timer stays the same.
void record_next_timer(const domain::organization& s, const std::string& owner, beside& also);

}  // namespace bursar::actors
