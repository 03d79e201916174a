// The EVENT LOG: the one writer of the journal. Group commit without a timer: it mails itself one
// flush when its queue was empty; mailboxes are first in first out, so that message comes after
// every append queued by then, and one synced write makes them all durable. Before it writes a
// small group it gives way to other threads a few times: on a busy machine groups grow, on an idle
// one nothing is waited for.
#pragma once

#include "actors/interfaces.hpp"

namespace bursar::actors {

struct event_log_state {
  static inline const char* name = "event_log";
  std::vector<append_job_ptr> pending;
  unsigned gave_way = 0;  // before this group
};

event_log_actor::behavior_type event_log(event_log_actor::stateful_pointer<event_log_state> self,
                                         services* shared);

}  // namespace bursar::actors
