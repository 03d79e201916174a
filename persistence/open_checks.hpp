// What is checked before the first append, so that a database that lost something is refused: the
// head file against the log, the tail of the log against itself and the events, and probes over
// the rest (a lost SST file takes thousands of neighbours with it).
#pragma once

#include <optional>

#include "persistence/durable_head.hpp"
#include "persistence/rocks_store.hpp"

namespace bursar::persistence {

// Entries of the log's end that are all read at open, and places probed before them.
inline constexpr log_position checked_tail = 262'144;
inline constexpr log_position probes = 4'096;

// Position and running hash of the last log entry; zeros when there is none.
result<head_mark> last_log_record(const rocks_store& store);

// integrity_error says what is missing and what to do; otherwise where the journal stands.
result<head_mark> check_at_open(const rocks_store& store, const std::optional<head_mark>& expected);

}  // namespace bursar::persistence
