// The TRANSFERRING actor: credits that left an organization are granted to another one, and the
// sender is told. What is under way is a record of the journal, made with the event that drew the
// credits and taken away with the one that says what became of them. The receiver's grants are
// named after the transfer, so that they are there once, however often they are brought.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "actors/interfaces.hpp"
#include "actors/timers.hpp"

namespace bursar::actors {

struct transferring_state {
  static inline const char* name = "transferring";
  // Why, by the record's key: it is not brought again, for the sender may have them back already.
  std::map<std::string, std::string> refused;
  std::unique_ptr<work_queue> under_way;
};

transferring_actor::behavior_type transferring(
  transferring_actor::stateful_pointer<transferring_state> self, services* shared,
  ask_organization ask);

}  // namespace bursar::actors
