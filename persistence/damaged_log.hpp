// What the write-ahead logs of a database that cannot be opened still show of its events: which of
// them are not whole. RocksDB refuses such a log as one; an auditor wants to know whose events they
// are. Reads RocksDB's log format by itself and believes nothing but an event's own hash.
//
//   log     = block*, 32,768 bytes each
//   record  = checksum(4) ‖ length(2) ‖ kind(1) ‖ payload; kind 1 is a whole batch, 2, 3 and 4 are
//             the first, a middle and the last part of one; numbers are little endian
//   batch   = sequence(8) ‖ count(4) ‖ entry*
//   entry   = tag(1) ‖ [column: varint] ‖ key ‖ [value], each a varint of its length and its bytes
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "persistence/journal.hpp"

namespace bursar::persistence {

struct damaged_event {
  std::string stream;
  sequence_number sequence = 0;
  friend auto operator<=>(const damaged_event&, const damaged_event&) = default;
};

// Of all *.log files of the directory, in order, each once: events whose bytes do not have their
// hash or are not what their key says, and all events of batches that cannot be read to their end.
std::vector<damaged_event> damaged_events(const std::filesystem::path& database);

}  // namespace bursar::persistence
