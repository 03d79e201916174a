// One call about several organizations: a command for each, with a key made of the call's. The
// first has that key itself, and goes before the others, so that the key is of this call alone. So
// a call that is repeated, or was interrupted, does what is missing and nothing twice.
#pragma once

#include <string>
#include <vector>

#include "io/api/call.hpp"
#include "io/http/message.hpp"

namespace bursar::io::api {

struct command_of {
  std::string organization;
  domain::command wanted;
};

// What each answered, in their order; refusals of one are kept with its key. An error is about the
// call, which may be repeated: idempotency_key_reused, overloaded and the like.
http::awaitable<result<std::vector<actors::outcome>>> ask_many(actors::node& node, const call& c,
                                                               actors::idempotency key,
                                                               std::vector<command_of> all);

}  // namespace bursar::io::api
