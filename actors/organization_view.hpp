// What an ORGANIZATION answers when it is looked at.
#pragma once

#include <string>

#include "actors/organization.hpp"

namespace bursar::actors {

// As of now. The access check is kept besides, where others find it until it changes.
std::string view_of(entity<organization_traits>& self, schemas::view what);

}  // namespace bursar::actors
