// How handlers speak to an organization: look at it, list of it, command it.
#pragma once

#include <string>

#include "io/api/ask.hpp"
#include "io/api/handlers.hpp"

namespace bursar::io::api {

http::awaitable<actors::outcome> look(api& in, const call& c, std::string organization,
                                      actors::organization_command what);
// Of the organization that the path names.
http::awaitable<actors::outcome> look(api& in, const call& c, actors::organization_command what);
answering ask_list(api& in, call c, schemas::listing what);

// With the Idempotency-Key and the If-Match of the call.
answering send_command(api& in, call c, std::string organization, domain::command command);

}  // namespace bursar::io::api
