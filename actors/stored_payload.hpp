// What is kept of a webhook that came in earlier: its row of the inbox, and its raw body.
#pragma once

#include <optional>
#include <string>

#include "persistence/journal.hpp"
#include "schemas/records.hpp"

namespace bursar::actors {

// Empty: none of that id came in. integrity_error: its row is damaged. Reads the disk.
result<std::optional<schemas::inbox_row>> stored_row(const persistence::journal& journal,
                                                     const std::string& event_id);

// not_found: there is no such webhook; integrity_error: its body is damaged. Reads the disk.
result<std::string> stored_payload(const persistence::journal& journal,
                                   const std::string& event_id);

}  // namespace bursar::actors
