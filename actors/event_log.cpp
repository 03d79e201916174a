#include "actors/event_log.hpp"

#include <thread>

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace bursar::actors {
namespace {

// Appends the pending jobs in groups of bounded size and tells each its outcome.
void flush(services& shared, std::vector<append_job_ptr> jobs) {
  std::size_t begin = 0;
  while (begin < jobs.size()) {
    std::vector<const persistence::append_request*> group;
    std::size_t bytes = 0;
    auto end = begin;
    for (; end < jobs.size() && (end == begin || bytes < limits::append_group_bytes_max); ++end) {
      const auto& request = jobs[end]->request;
      for (const auto& event : request.events) {
        bytes += event.json().size();
      }
      for (const auto& record : request.records) {
        bytes += record.key.size() + (record.value ? record.value->size() : 0);
      }
      group.push_back(&request);
    }
    auto statuses = shared.journal->append(group);
    ++shared.counts.groups;
    shared.counts.appends += group.size();
    bool failed = false;
    for (std::size_t i = 0; i < group.size(); ++i) {
      failed = failed || statuses[i] == persistence::append_status::unknown;
      jobs[begin + i]->done(statuses[i]);
    }
    if (failed) {
      shared.fail("a write or sync of the journal failed");
    }
    begin = end;
  }
}

}  // namespace

event_log_actor::behavior_type event_log(event_log_actor::stateful_pointer<event_log_state> self,
                                         services* shared) {
  self->set_exception_handler([shared](std::exception_ptr&) -> caf::error {
    shared->fail("the event log failed");
    return caf::sec::runtime_error;
  });
  return {[self](append_atom, append_job_ptr& job) {
            if (self->state.pending.empty()) {
              self->send(self, flush_atom::value);
            }
            self->state.pending.push_back(std::move(job));
          },
          [self, shared](flush_atom) {
            auto& state = self->state;
            if (state.pending.size() < limits::append_group_enough
                && state.gave_way++ < limits::append_yields) {
              std::this_thread::yield();
              self->send(self, flush_atom::value);
              return;
            }
            state.gave_way = 0;
            flush(*shared, std::exchange(state.pending, {}));
          }};
}

}  // namespace bursar::actors
