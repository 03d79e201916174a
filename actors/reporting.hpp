// The reports over all organizations, from the journal alone. Blocks on the disk, for as long as a
// replay of everything takes: run it on a thread that may.
#pragma once

#include "base/error.hpp"
#include "domain/credits/credit_report.hpp"
#include "domain/reports.hpp"
#include "domain/usage/usage_report.hpp"
#include "persistence/journal.hpp"

namespace bursar::actors {

// Months until that of `now`, and of the first what is deferred beyond it. integrity_error: an
// event that cannot be read.
result<domain::reports> read_reports(const persistence::journal& journal, timestamp now);
result<domain::credits_report> read_credits_report(const persistence::journal& journal,
                                                   timestamp now);
// As the catalog's meters count it now.
result<domain::usage_report> read_usage_report(const persistence::journal& journal,
                                               const domain::catalog& catalog, timestamp now);

}  // namespace bursar::actors
