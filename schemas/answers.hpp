// The little that is read of answers: members of an object as text, rows of a list.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::schemas {

// A string, integer, true or false as text; empty: absent, null or something else.
std::optional<std::string> member_text(std::string_view object, std::string_view name);

// The `id` of each row of {"data": […]}; empty where it is no list.
std::vector<std::string> ids_of_list(std::string_view list);

}  // namespace bursar::schemas
