// Other names of routes, kept for users of the systems that Bursar replaces: answered by the same
// handlers. Where the path does not say the organization, the key or the body does.
#pragma once

#include <span>
#include <vector>

#include "io/api/api.hpp"

namespace bursar::io::api {

// The table, and an alias of each that has one.
std::vector<route> with_aliases(std::span<const route> table);

// Makes of a call of an alias one of the route that it is an alias of; `who` is known. forbidden:
// the key is of no organization; invalid_parameter: the body should say it, and does not.
result<void> make_original(const route& alias, call& c);

}  // namespace bursar::io::api
