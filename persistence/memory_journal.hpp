// The journal in memory, for simulation and tests: same contract, nothing survives it.
#pragma once

#include <memory>

#include "persistence/journal.hpp"

namespace bursar::persistence {

std::unique_ptr<journal> make_memory_journal();

}  // namespace bursar::persistence
