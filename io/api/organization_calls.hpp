// How handlers speak to an organization: look at it, list of it, command it.
#pragma once

#include <functional>
#include <string>

#include "io/api/ask.hpp"
#include "io/api/handlers.hpp"

namespace bursar::io::api {

http::awaitable<actors::outcome> look(api& in, const call& c, std::string organization,
                                      actors::organization_command what);
// Of the organization that the path names.
http::awaitable<actors::outcome> look(api& in, const call& c, actors::organization_command what);
answering ask_list(api& in, call c, schemas::listing what);

using history_work = std::function<result<std::string>()>;  // makes a JSON body, and may block
// A page, or work that may read a chain from its first event: each a few at a time, so that one
// organization's callers do not take the readers from all others.
answering read_history(api& in, call c, actors::node::extent what, history_work work);
// The same of another stream.
answering read_stream(api& in, call c, std::string stream, actors::node::extent what,
                      history_work work);

// With the Idempotency-Key and the If-Match of the call.
answering send_command(api& in, call c, std::string organization, domain::command command);
// What was read of the call's body, to the organization that the path names.
answering send_command(api& in, call c, result<domain::command> wanted);

}  // namespace bursar::io::api
