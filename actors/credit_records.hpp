// What travels with an organization's credit events: which of its transfers are under way.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/entity.hpp"

namespace bursar::actors {

// Looked up before anything is decided: an organization that is there stays there.
std::optional<error> unknown_receiver(services& shared, const domain::organization& sender,
                                      const domain::command& command);

// The records of transfers that begin with these events.
std::vector<std::string> transfer_keys(const std::string& owner,
                                       const std::vector<domain::event>& events);
// Of transfers that begin and that end. `s` is the state after the events.
void record_transfers(const domain::organization& s, const std::string& owner,
                      const std::vector<domain::event>& events, beside& also);

}  // namespace bursar::actors
