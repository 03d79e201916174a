// A question or a command on its way to an entity, with the way back. Never crosses nodes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/error.hpp"
#include "domain/organization.hpp"
#include "schemas/event_codec.hpp"
#include "schemas/usage_views.hpp"
#include "schemas/views.hpp"

namespace bursar::actors {

// What an entity answers: a status with a JSON body or a part of a list, or an error.
struct outcome {
  unsigned status = 200;
  std::string body;
  schemas::list_part part;
  std::optional<error> problem;
  std::uint64_t sequence = 0;  // of the state that answered
  bool replayed = false;       // the recorded answer of an earlier request with the same key

  static outcome failed(error e) {
    outcome out;
    out.status = describe(e.code()).status;
    out.problem = std::move(e);
    return out;
  }
};

// Answers exactly once. Dropped without an answer it says outcome_unknown: whoever held it died.
// The function may be called on any thread and must not block.
class reply_to {
 public:
  using function = std::function<void(outcome)>;
  reply_to() = default;
  explicit reply_to(function answer) : answer_{std::move(answer)} {}
  reply_to(reply_to&& other) noexcept : answer_{std::exchange(other.answer_, nullptr)} {}
  reply_to& operator=(reply_to&& other) noexcept {
    if (this != &other) {
      drop();
      answer_ = std::exchange(other.answer_, nullptr);
    }
    return *this;
  }
  ~reply_to() { drop(); }

  void answer(outcome what) {
    if (auto call = std::exchange(answer_, nullptr)) {
      call(std::move(what));
    }
  }

 private:
  void drop() noexcept {
    if (answer_) {
      answer(outcome::failed(
        error{errc::outcome_unknown, "the request was interrupted; repeat it with the same key"}));
    }
  }
  function answer_;
};

struct idempotency {
  std::string key;              // with whose it is: two callers may use the same
  std::string request_sha256;   // of method, path and body
  bool expired = false;         // a record of it exists, too old to count
  bool keeps_refusals = false;  // what is refused now is refused for ever, and not only 402 and 409
};

struct caller {
  schemas::event_actor actor;
  std::string correlation_id;
};

// The raw body of a webhook, to be stored beside the event it causes.
struct webhook_payload {
  std::string packed;   // persistence::pack_payload
  bool stored = false;  // parked before: the payload and its inbox row exist
};

// Where an outside provider says what taxes are due, a request is decided again with each answer:
// as of the moment when it was decided first, unless something else happened to the organization.
struct tax_wait {
  domain::tax_inquiry inquiry;
  timestamp decided_at{};
  std::uint64_t sequence = 0;  // of the organization then
};

template <class Command>
struct basic_request {
  std::string stream;
  Command command;
  actors::caller caller;
  std::optional<actors::idempotency> idempotency;
  std::optional<std::uint64_t> if_match;  // sequence the state must be at
  std::optional<webhook_payload> payload;
  std::shared_ptr<tax_wait> taxes;               // none: nobody is asked for them
  std::shared_ptr<domain::usage_outcome> usage;  // what became of a batch, once it is decided
  reply_to reply;
  unsigned failures = 0;  // how often handling it ended an actor
};

// Of an organization: a command, a view of it, or a part of one of its lists.
using organization_command
  = std::variant<domain::command, schemas::view, schemas::list_request, schemas::billing_request,
                 schemas::usage_question, schemas::trend_question, schemas::amendment_question,
                 schemas::access_question>;
using organization_request = basic_request<organization_command>;
using organization_request_ptr = std::shared_ptr<organization_request>;

}  // namespace bursar::actors
