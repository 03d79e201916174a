// Credits for many organizations at once. Each item is a grant of its own with a key made of the
// request's; the first that can be read has that key itself, so that it is of this request alone.
// So a repeated request, or one that was interrupted, grants what is missing and nothing twice.
#include <mutex>

#include "base/ids.hpp"
#include "io/api/ask.hpp"
#include "io/api/handlers.hpp"
#include "schemas/credit_requests.hpp"
#include "schemas/credit_views.hpp"

namespace bursar::io::api {
namespace {

using requests = std::vector<actors::organization_request_ptr>;
using outcomes = std::vector<actors::outcome>;

// What came of requests that were sent together. Answers come on any thread.
struct gathering {
  std::mutex mutex;
  outcomes came;
  std::size_t open = 0;
  actors::reply_to reply;

  void put(std::size_t at, actors::outcome what) {
    bool last = false;
    {
      std::lock_guard lock{mutex};
      came[at] = std::move(what);
      last = --open == 0;
    }
    if (last) {
      reply.answer({});
    }
  }
};

http::awaitable<outcomes> ask_all(actors::node& node, requests all) {
  auto gathered = std::make_shared<gathering>();
  gathered->came.resize(all.size());
  gathered->open = all.size();
  if (all.empty()) {
    co_return outcomes{};
  }
  std::function<void(actors::reply_to)> send = [&node, all, gathered](actors::reply_to reply) {
    gathered->reply = std::move(reply);
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i]->reply = actors::reply_to{
        [gathered, i](actors::outcome what) { gathered->put(i, std::move(what)); }};
      node.ask(all[i]);
    }
  };
  auto asking = ask(std::move(send));
  co_await std::move(asking);
  co_return std::move(gathered->came);
}

actors::organization_request_ptr request_of(api& in, const call& c, actors::idempotency key,
                                            const schemas::wanted_grant& item) {
  auto r = std::make_shared<actors::organization_request>();
  r->stream = item.organization_id.value();
  r->command = domain::command{domain::credit_command{
    domain::grant_credits{make_id("grant_", in.clock().now()), item.grant.value()}}};
  r->caller = caller_of(c);
  r->idempotency = std::move(key);
  r->idempotency->keeps_refusals = true;
  return r;
}

// What is wrong with an item; anything else is wrong with the request, which may be repeated.
bool is_of_item(const error& why) {
  auto status = describe(why.code()).status;
  return why.code() != errc::idempotency_key_reused
         && (status == 404 || status == 409 || status == 422);
}

}  // namespace

answering grant_in_bulk(api& in, call c) {
  auto wanted = schemas::parse_grants(c.request.body);
  auto key = idempotency_of(c);
  if (!wanted || !key) {
    co_return refuse(c, wanted ? key.error() : wanted.error());
  }
  std::vector<schemas::grant_outcome> all;
  std::vector<std::size_t> sent;
  requests first, others;
  for (std::size_t i = 0; i < wanted->size(); ++i) {
    const auto& item = (*wanted)[i];
    all.push_back({static_cast<std::int64_t>(i), item.organization_id, {}, {}});
    if (!item.grant) {
      all.back().problem = item.grant.error();
      continue;
    }
    auto own = *key;
    own.key += first.empty() ? "" : '\0' + std::to_string(i);
    (first.empty() ? first : others).push_back(request_of(in, c, std::move(own), item));
    sent.push_back(i);
  }
  auto asking = ask_all(in.node(), std::move(first));
  auto came = co_await std::move(asking);
  if (!came.empty() && (!came.front().problem || is_of_item(*came.front().problem))) {
    auto more = ask_all(in.node(), std::move(others));
    auto rest = co_await std::move(more);
    std::move(rest.begin(), rest.end(), std::back_inserter(came));
  }
  bool replayed = !came.empty();
  for (std::size_t n = 0; n < came.size(); ++n) {
    auto& what = came[n];
    if (what.problem && !is_of_item(*what.problem)) {
      co_return refuse(c, *what.problem);
    }
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
