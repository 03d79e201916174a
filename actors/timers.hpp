// The TIMERS actor: when the time that an organization wrote down has come, it is told so. Timers
// are records of the journal, made and taken away with the events they follow from, so that a crash
// loses none and a stopped hour delays them all and skips none.
#pragma once

#include <functional>
#include <memory>

#include "actors/interfaces.hpp"
#include "actors/work_queue.hpp"

namespace bursar::actors {

using ask_organization = std::function<void(organization_request_ptr)>;

struct timers_state {
  static inline const char* name = "timers";
  std::unique_ptr<work_queue> due;
};

// `to` hears until when everybody has done what was due (ADR 15).
timers_actor::behavior_type timers(timers_actor::stateful_pointer<timers_state> self,
                                   services* shared, ask_organization ask, numbering_actor to);

}  // namespace bursar::actors
