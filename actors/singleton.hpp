// What the actors have in common whose stream there is one of. Included by their .cpp files.
#pragma once

#include <memory>
#include <string>
#include <type_traits>

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/entity.hpp"
#include "actors/interfaces.hpp"

namespace bursar::actors {

template <class Traits>
struct singleton_state {
  static inline const char* name = "singleton";
  std::unique_ptr<entity<Traits>> core;
};

template <class Traits, class Pointer>
void start(Pointer self, services* shared, const char* stream) {
  using handle_type = typename std::remove_pointer_t<Pointer>::actor_hdl;
  auto address = self->address();
  self->state.core = std::make_unique<entity<Traits>>(
    *shared, stream, [address](std::uint64_t ticket, persistence::append_status status) {
      if (auto target = caf::actor_cast<handle_type>(address)) {
        caf::anon_send(target, appended_atom::value, ticket, static_cast<std::uint8_t>(status));
      }
    });
  // A bug, and nobody else can do its work: the process ends, and what is durable starts again.
  self->set_exception_handler([shared, stream](std::exception_ptr&) -> caf::error {
    shared->fail(std::string{stream} + " failed");
    return caf::sec::runtime_error;
  });
  self->state.core->begin_replay();
  self->send(handle_type{self}, replay_atom::value);
}

template <class Pointer>
void replay(Pointer self) {
  using handle_type = typename std::remove_pointer_t<Pointer>::actor_hdl;
  if (self->state.core->replay_page()) {
    self->send(handle_type{self}, replay_atom::value);
  }
}

}  // namespace bursar::actors
