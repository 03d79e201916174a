// The raw body of a webhook that came in earlier.
#pragma once

#include <string>

#include "persistence/journal.hpp"

namespace bursar::actors {

// not_found: there is no such webhook; integrity_error: its body is damaged. Reads the disk.
result<std::string> stored_payload(const persistence::journal& journal,
                                   const std::string& event_id);

}  // namespace bursar::actors
