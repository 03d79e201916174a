// What counts of a usage event, as the meter of its metric has it.
#pragma once

#include <map>
#include <string>

#include "domain/usage/usage_account.hpp"

namespace bursar::domain {

// As filters and meters read a property.
std::string text_of(const scalar& x);

// About one member of a usage event.
error unusable(std::string pointer, std::string why, errc code = errc::unprocessable);

// The same, about what stands at that place of something larger.
error within(const std::string& place, const error& why);

// invalid_parameter, unprocessable: it cannot be recorded; the pointer says what is wrong.
result<recorded_usage> measured(const usage_event& x, const std::map<std::string, meter>& meters,
                                timestamp now, std::chrono::days behind_max = usage_behind_max);

}  // namespace bursar::domain
