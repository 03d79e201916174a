// What an organization answers when it is asked about its usage.
#pragma once

#include <optional>

#include "actors/request.hpp"
#include "actors/services.hpp"

namespace bursar::actors {

// Empty: it is asked for something else.
std::optional<outcome> usage_answer(const organization_command& asked,
                                    const domain::organization& of, services& shared);

}  // namespace bursar::actors
