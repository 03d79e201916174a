// What an organization answers when it is asked about its usage.
#pragma once

#include <optional>

#include "actors/request.hpp"
#include "actors/services.hpp"

namespace bursar::actors {

// Empty: it is asked for something else.
std::optional<outcome> usage_answer(const organization_command& asked,
                                    const domain::organization& of, services& shared);

// To a command about usage; `batch`: what became of one, where it is one.
outcome usage_answer(const domain::usage_command& told, const domain::organization& of,
                     const domain::usage_outcome* batch, const domain::catalog& catalog,
                     timestamp now);

}  // namespace bursar::actors
