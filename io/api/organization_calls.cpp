#include "io/api/organization_calls.hpp"

#include <utility>

namespace bursar::io::api {

http::awaitable<actors::outcome> look(api& in, const call& c, actors::organization_command what) {
  return look(in, c, c.parameter("org"), std::move(what));
}

http::awaitable<actors::outcome> look(api& in, const call& c, std::string organization,
                                      actors::organization_command what) {
  auto r = std::make_shared<actors::organization_request>();
  r->stream = std::move(organization);
  r->command = std::move(what);
  r->caller = caller_of(c);
  auto asking = ask(in.node(), std::move(r));
  auto came = co_await std::move(asking);
  co_return came;
}

answering ask_list(api& in, call c, schemas::listing what) {
  auto wanted = page_of(c);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  schemas::list_request list{what, std::move(wanted->after), wanted->limit};
  auto looking = look(in, c, std::move(list));
  auto came = co_await std::move(looking);
  if (!came.problem) {
    std::optional<std::string> next;
    if (came.part.next_after) {
      next = make_cursor(c, "", *came.part.next_after);
    }
    came.body = schemas::render_list(came.part.rows, next);
  }
  co_return answer(c, std::move(came));
}

answering read_history(api& in, call c, actors::node::extent what, history_work work) {
  auto stream = c.parameter("org");
  return read_stream(in, std::move(c), std::move(stream), what, std::move(work));
}

answering read_stream(api& in, call c, std::string stream, actors::node::extent what,
                      history_work work) {
  bool whole = what == actors::node::extent::chain;
  auto place = (whole ? in.chains() : in.pages()).enter(stream);
  if (!place) {
    c.rate_limit = whole ? limits::chain_readings_max : limits::page_readings_max;
    error why{errc::rate_limited, "too many readings of this history at a time"};
    co_return refuse(c, why);
  }
  auto reading = read<std::string>(in.node(), what, std::move(work));
  auto body = co_await std::move(reading);
  if (!body) {
    co_return refuse(c, body.error());
  }
  co_return json(std::move(*body));
}

answering send_command(api& in, call c, std::string organization, domain::command command) {
  auto key = idempotency_of(c);
  auto if_match = if_match_of(c.request);
  if (!key || !if_match) {
    co_return refuse(c, key ? if_match.error() : key.error());
  }
  auto r = std::make_shared<actors::organization_request>();
  r->stream = std::move(organization);
  r->command = std::move(command);
  r->caller = caller_of(c);
  r->idempotency = std::move(*key);
  r->if_match = *if_match;
  auto asking = ask(in.node(), std::move(r));
  auto what_came = co_await std::move(asking);
  co_return answer(c, std::move(what_came));
}

answering send_command(api& in, call c, result<domain::command> wanted) {
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  auto organization = c.parameter("org");
  auto sending = send_command(in, std::move(c), std::move(organization), std::move(*wanted));
  auto out = co_await std::move(sending);
  co_return out;
}

}  // namespace bursar::io::api
