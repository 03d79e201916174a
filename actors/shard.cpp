#include "actors/shard.hpp"

#include <limits>

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace bursar::actors {

// FNV-1a: fixed for ever, so that a stream's shard never changes.
std::uint32_t shard_of(std::string_view stream) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (char c : stream) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  return static_cast<std::uint32_t>((hash ^ (hash >> 32)) % limits::shard_count);
}

namespace {

using pointer = shard_actor::stateful_pointer<shard_state>;
using phase = shard_state::phase;

std::chrono::steady_clock::time_point steady_now() {
  return std::chrono::steady_clock::now();
}

void wake(pointer self, services* shared, const std::string& stream, shard_state::slot& slot) {
  slot.custody = std::make_shared<custody>();
  slot.actor = self->spawn<caf::monitored>(organization, shared, stream, slot.custody);
  slot.now = phase::awake;
  slot.last_used = steady_now();
  for (auto& r : std::exchange(slot.waiting, {})) {
    self->send(slot.actor, handle_atom::value, std::move(r));
  }
}

void handle(pointer self, services* shared, organization_request_ptr r) {
  if (self->state.stopping) {
    return;
  }
  auto [found, fresh] = self->state.slots.try_emplace(r->stream);
  auto& slot = found->second;
  if (fresh) {
    slot.waiting.push_back(std::move(r));
    wake(self, shared, found->first, slot);
    return;
  }
  if (slot.now == phase::awake) {
    slot.last_used = steady_now();
    self->send(slot.actor, handle_atom::value, std::move(r));
  } else if (slot.waiting.size() < limits::organization_inbox_max) {
    slot.waiting.push_back(std::move(r));
  } else {
    r->reply.answer(
      outcome::failed({errc::shard_unavailable, "the organization is being restarted"}));
  }
}

// What the dead actor was handling goes first when it is back, or is set aside.
void keep_or_set_aside(services* shared, shard_state::slot& slot) {
  auto suspect = std::exchange(slot.custody->request, nullptr);
  if (!suspect) {
    return;
  }
  if (++suspect->failures < limits::message_attempts_max) {
    slot.waiting.push_front(std::move(suspect));
    return;
  }
  ++shared->counts.set_aside;
  log::error("message set aside after it ended its organization repeatedly",
             {{"organization", suspect->stream}, {"attempts", suspect->failures}});
  shared->set_aside(std::move(suspect), "handling it failed repeatedly");
}

void quit_when_empty(pointer self) {
  if (self->state.slots.empty()) {
    self->quit();
  }
}

void on_down(pointer self, services* shared, const caf::down_msg& down) {
  auto& slots = self->state.slots;
  auto found = std::find_if(slots.begin(), slots.end(), [&](const auto& entry) {
    return entry.second.actor && entry.second.actor.address() == down.source;
  });
  if (found == slots.end()) {
    return;
  }
  auto& slot = found->second;
  slot.actor = nullptr;
  if (self->state.stopping) {
    slots.erase(found);
    quit_when_empty(self);
    return;
  }
  bool asked_to = slot.now == phase::going_to_sleep && !down.reason;
  if (asked_to && slot.waiting.empty()) {
    slots.erase(found);
    return;
  }
  if (asked_to) {
    wake(self, shared, found->first, slot);
    return;
  }
  ++shared->counts.restarts;
  if (slot.custody->did_something) {
    slot.failures = 0;
  }
  keep_or_set_aside(shared, slot);
  slot.now = phase::backing_off;
  auto delay = backoff{}.delay(slot.failures++, self->state.random);
  log::warning("organization failed, restarting",
               {{"organization", found->first}, {"delay_ms", delay.count()}});
  self->delayed_send(self, delay, respawn_atom::value, found->first);
}

// All of them write their snapshots and end, then the shard does. What waits is answered that its
// outcome is unknown.
void stop(pointer self) {
  self->state.stopping = true;
  std::erase_if(self->state.slots, [](const auto& entry) { return !entry.second.actor; });
  for (auto& [stream, slot] : self->state.slots) {
    slot.waiting.clear();
    if (slot.now == phase::awake) {
      slot.now = phase::going_to_sleep;
      self->send(slot.actor, sleep_atom::value);
    }
  }
  quit_when_empty(self);
}

// What the dead one had sent to the disk is to be seen by the next one: an append that cannot
// succeed comes back after everything before it.
void wait_for_appends(pointer self, services* shared, const std::string& stream) {
  auto job = std::make_shared<append_job>();
  job->request.held = shared->leases[shard_of(stream)];
  job->request.stream = stream;
  job->request.expected = std::numeric_limits<persistence::sequence_number>::max();
  job->done = [shard = shard_actor{self}, stream](persistence::append_status) {
    caf::anon_send(shard, settled_atom::value, stream);
  };
  shared->append(std::move(job));
}

void respawn(pointer self, services* shared, const std::string& stream) {
  auto found = self->state.slots.find(stream);
  if (found == self->state.slots.end() || found->second.now != phase::backing_off) {
    return;
  }
  wake(self, shared, found->first, found->second);
}

void sweep(pointer self, services* shared) {
  auto before = steady_now() - shared->passivate_after;
  for (auto& [stream, slot] : self->state.slots) {
    if (slot.now == phase::awake && slot.last_used < before) {
      slot.now = phase::going_to_sleep;
      self->send(slot.actor, sleep_atom::value);
    }
  }
}

}  // namespace

shard_actor::behavior_type shard(pointer self, services* shared) {
  self->set_down_handler(
    [self, shared](const caf::down_msg& down) { on_down(self, shared, down); });
  self->set_exception_handler([shared](std::exception_ptr&) -> caf::error {
    shared->fail("a shard failed");
    return caf::sec::runtime_error;
  });
  auto sweep_interval = shared->passivate_after / 4;
  self->delayed_send(self, sweep_interval, sweep_atom::value);
  return {
    [self, shared](handle_atom, organization_request_ptr& r) {
      handle(self, shared, std::move(r));
    },
    [self](stop_atom) { stop(self); },
    [self, shared](respawn_atom, const std::string& stream) {
      wait_for_appends(self, shared, stream);
    },
    [self, shared](settled_atom, const std::string& stream) { respawn(self, shared, stream); },
    [self, shared, sweep_interval](sweep_atom) {
      sweep(self, shared);
      self->delayed_send(self, sweep_interval, sweep_atom::value);
    }};
}

}  // namespace bursar::actors
