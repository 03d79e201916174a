// What is checked before the first append, so that a database that lost something is refused: the
// head file against the log, the counters of groups, the tail of the log against itself and the
// events, and probes over the rest (a lost SST file takes thousands of neighbours with it).
#pragma once

#include <optional>

#include "persistence/durable_head.hpp"
#include "persistence/rocks_store.hpp"

namespace bursar::persistence {

// Entries of the log's end that are all read at open, and places probed before them.
inline constexpr log_position checked_tail = 262'144;
inline constexpr log_position probes = 4'096;

// Where a database stands.
struct standing {
  head_mark mark;
  column_counts touched{};  // by how many groups, each column
};

// The quick part, good enough for a reader: counters and the head file against the database.
result<standing> check_mark(const rocks_store& store, const std::optional<head_mark>& expected);

// All of it. integrity_error says what is missing and what to do; otherwise where the journal is.
result<standing> check_at_open(const rocks_store& store, const std::optional<head_mark>& expected);

// A database opened for reading, and whether it passes the quick part.
struct opened_for_reading {
  std::unique_ptr<rocks_store> store;  // null: it cannot be opened, `is` says why
  std::optional<head_mark> expected;   // by the head file
  result<standing> is = standing{};
};
opened_for_reading open_for_reading(const rocks_options& options);

}  // namespace bursar::persistence
