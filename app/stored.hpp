// What a journal's events come to, for commands that look at a directory.
#pragma once

#include <string>

#include "domain/organization.hpp"
#include "persistence/journal.hpp"

namespace bursar::app {

// not_found: there is no such organization.
result<domain::organization> organization_in(const persistence::journal& journal,
                                             const std::string& id);
result<domain::catalog> catalog_in(const persistence::journal& journal);

}  // namespace bursar::app
