// What whoever sent a billing command is answered, once it is done.
#pragma once

#include <vector>

#include "actors/interfaces.hpp"

namespace bursar::actors {

// `after` is the account, `events` are what the command made.
outcome billing_answer(const domain::billing_account& after, const domain::billing_command& wanted,
                       const std::vector<domain::event>& events);

}  // namespace bursar::actors
