// Credits for many organizations at once.
#include "base/ids.hpp"
#include "io/api/ask_many.hpp"
#include "io/api/handlers.hpp"
#include "schemas/credit_requests.hpp"
#include "schemas/credit_views.hpp"

namespace bursar::io::api {

answering grant_in_bulk(api& in, call c) {
  auto wanted = schemas::parse_grants(c.request.body);
  auto key = idempotency_of(c);
  if (!wanted || !key) {
    co_return refuse(c, wanted ? key.error() : wanted.error());
  }
  std::vector<schemas::grant_outcome> all;
  std::vector<std::size_t> sent;
  std::vector<command_of> commands;
  for (std::size_t i = 0; i < wanted->size(); ++i) {
    auto& item = (*wanted)[i];
    all.push_back({static_cast<std::int64_t>(i), item.organization_id, {}, {}});
    if (!item.grant) {
      all.back().problem = item.grant.error();
      continue;
    }
    domain::grant_credits granting{make_id("grant_", in.clock().now()), std::move(*item.grant)};
    commands.push_back(
      {item.organization_id.value(), domain::command{domain::credit_command{std::move(granting)}}});
    sent.push_back(i);
  }
  auto asking = ask_many(in.node(), c, std::move(*key), std::move(commands));
  auto came = co_await std::move(asking);
  if (!came) {
    co_return refuse(c, came.error());
  }
  bool replayed = !came->empty();
  for (std::size_t n = 0; n < came->size(); ++n) {
    auto& what = (*came)[n];
    auto& of = all[sent[n]];
    of.granted = std::move(what.body);
    if (what.problem) {  // as it is recorded: without pointers
      of.problem = error{what.problem->code(), what.problem->detail()};
    }
    replayed = replayed && what.replayed;
  }
  actors::outcome out;
  out.body = schemas::render_bulk_grants(all);
  out.replayed = replayed;
  co_return answer(c, std::move(out));
}

}  // namespace bursar::io::api
