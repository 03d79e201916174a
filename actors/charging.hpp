// The CHARGING actor: what organizations asked to be paid, the payment gateway is asked for, and
// the organization is told. What is asked for is a record of the journal, made with the event that
// asks and taken away with the one that answers. Without a gateway nothing is asked for: somebody
// records what was paid.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "actors/interfaces.hpp"
#include "actors/payment_gateway.hpp"
#include "actors/timers.hpp"

namespace bursar::actors {

struct charging_state {
  static inline const char* name = "charging";
  std::map<std::string, charge> under_way;  // by the record's key
  std::unique_ptr<work_queue> asked_for;
};

// `gateway` is borrowed and outlives the actor.
charging_actor::behavior_type charging(charging_actor::stateful_pointer<charging_state> self,
                                       services* shared, payment_gateway* gateway,
                                       ask_organization ask);

}  // namespace bursar::actors
