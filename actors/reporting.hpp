// The reports over all organizations, from the journal alone. Blocks on the disk, for as long as a
// replay of everything takes: run it on a thread that may.
#pragma once

#include <cstdint>
#include <functional>

#include "base/error.hpp"
#include "domain/reports.hpp"
#include "persistence/journal.hpp"

namespace bursar::actors {

// Months until that of `now`, and what is deferred beyond it. integrity_error: an event that cannot
// be read.
result<domain::reports> read_reports(const persistence::journal& journal, timestamp now);

}  // namespace bursar::actors
