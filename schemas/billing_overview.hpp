// An organization's billing at a glance, and what was billed and paid, whoever bills it: the
// summary and the history of S2. As JSON.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "domain/organization.hpp"

namespace bursar::schemas {

// `subscription` is the row of the one that decides, or "null".
std::string render_summary(const domain::organization& of, const std::string& subscription,
                           const domain::catalog& catalog, timestamp now);

// Rows by what sorts the newest first; each is made only when it is shown.
std::map<std::string, std::function<std::string()>> history_of(const domain::organization& of);

}  // namespace bursar::schemas
