#include "io/api/ask_many.hpp"

#include <mutex>

#include "io/api/ask.hpp"

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

bool is_of_one(const error& why) {
  auto status = describe(why.code()).status;
  return why.code() != errc::idempotency_key_reused && status != 429 && status < 500;
}

const error* of_the_call(const outcomes& came) {
  for (const auto& what : came) {
    if (what.problem && !is_of_one(*what.problem)) {
      return &*what.problem;
    }
  }
  return nullptr;
}

}  // namespace

http::awaitable<result<outcomes>> ask_many(actors::node& node, const call& c,
                                           actors::idempotency key, std::vector<command_of> all) {
  requests first, others;
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto r = std::make_shared<actors::organization_request>();
    r->stream = std::move(all[i].organization);
    r->command = std::move(all[i].wanted);
    r->caller = caller_of(c);
    r->idempotency = key;
    r->idempotency->key += i == 0 ? "" : '\0' + std::to_string(i);
    r->idempotency->keeps_refusals = true;
    (i == 0 ? first : others).push_back(std::move(r));
  }
  auto asking = ask_all(node, std::move(first));
  auto came = co_await std::move(asking);
  if (of_the_call(came) == nullptr) {
    auto more = ask_all(node, std::move(others));
    auto rest = co_await std::move(more);
    std::move(rest.begin(), rest.end(), std::back_inserter(came));
  }
  if (const auto* problem = of_the_call(came)) {
    co_return *problem;
  }
  co_return std::move(came);
}

}  // namespace bursar::io::api
