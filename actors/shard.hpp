// A SHARD: router and supervisor of the organizations whose stream hashes to it.
//
//   asleep -> awake            a message came
//   awake -> going to sleep    idle for a while: it writes a snapshot and ends; messages wait
//   awake -> backing off       it died: messages wait, it is respawned after back-off with jitter
//   backing off -> awake       and what it had sent to the disk is settled
//
// A message whose handling ends the actor message_attempts_max times is set aside: it is answered
// with an error (a webhook goes to the dead letters) and blocks nobody.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>

#include "actors/backoff.hpp"
#include "actors/interfaces.hpp"
#include "actors/organization.hpp"

namespace bursar::actors {

struct shard_state {
  static inline const char* name = "shard";
  enum class phase { awake, going_to_sleep, backing_off };
  struct slot {
    organization_actor actor;
    std::shared_ptr<actors::custody> custody;
    phase now = phase::awake;
    std::deque<organization_request_ptr> waiting;
    std::chrono::steady_clock::time_point last_used{};
    unsigned failures = 0;  // in a row
  };
  std::unordered_map<std::string, slot> slots;
  bool stopping = false;
  std::minstd_rand random{std::random_device{}()};
};

shard_actor::behavior_type shard(shard_actor::stateful_pointer<shard_state> self, services* shared);

}  // namespace bursar::actors
