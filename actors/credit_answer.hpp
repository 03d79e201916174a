// What whoever sent a command about credits is answered, once it is done.
#pragma once

#include <vector>

#include "actors/interfaces.hpp"

namespace bursar::actors {

// `after` are the credits, `events` are what the command made.
outcome credit_answer(const domain::credit_account& after, const domain::credit_command& wanted,
                      const std::vector<domain::event>& events, timestamp now);

}  // namespace bursar::actors
