// A coroutine asks an actor and goes on when the answer is there; no thread waits. The reply is
// called on an actor's thread and only posts to the coroutine's executor.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "actors/node.hpp"
#include "actors/request.hpp"
#include "base/log.hpp"
#include "io/http/message.hpp"

namespace bursar::io::api {

namespace detail {

// Type-erased because a coroutine's handler is move-only and a reply is a std::function.
template <class Value, class Handler>
std::function<void(Value)> posting(Handler handler) {
  auto executor = boost::asio::get_associated_executor(handler);
  auto work = boost::asio::make_work_guard(executor);
  auto slot = std::make_shared<Handler>(std::move(handler));
  return [executor, work, slot](Value value) {
    boost::asio::post(executor, [slot, work, value = std::move(value)]() mutable {
      std::move (*slot)(std::move(value));
    });
  };
}

struct start_asking {
  template <class Handler>
  void operator()(Handler handler, std::function<void(actors::reply_to)> send) const {
    send(actors::reply_to{posting<actors::outcome>(std::move(handler))});
  }
};

template <class Value>
result<Value> what_comes_of(const std::function<result<Value>()>& work) {
  try {
    return work();
  } catch (const std::exception& problem) {
    log::error("reading the journal failed", {{"what", problem.what()}});
    return error{errc::internal, "something is wrong on our side; the log says what"};
  }
}

template <class Value>
struct start_reading {
  template <class Handler>
  void operator()(Handler handler, actors::node& node, actors::node::extent what,
                  std::function<result<Value>()> work) const {
    auto done = posting<result<Value>>(std::move(handler));
    if (!node.read(what, [done, work] { done(what_comes_of(work)); })) {
      done(error{errc::overloaded, "too many requests wait for the journal"});
    }
  }
};

}  // namespace detail

// `send` hands the reply to whoever will answer.
inline http::awaitable<actors::outcome> ask(std::function<void(actors::reply_to)> send) {
  co_return co_await boost::asio::async_initiate<decltype(http::use_awaitable)&,
                                                 void(actors::outcome)>(
    detail::start_asking{}, http::use_awaitable, std::move(send));
}

// Sends a request to whoever of the node it is for.
template <class Command>
http::awaitable<actors::outcome> ask(actors::node& node,
                                     std::shared_ptr<actors::basic_request<Command>> r) {
  std::function<void(actors::reply_to)> send = [&node, r](actors::reply_to reply) {
    r->reply = std::move(reply);
    node.ask(r);
  };
  auto asking = ask(std::move(send));
  auto came = co_await std::move(asking);
  co_return came;
}

// Runs `work` on a thread of the node that may block. overloaded: too much waits there already.
template <class Value>
http::awaitable<result<Value>> read(actors::node& node, actors::node::extent what,
                                    std::function<result<Value>()> work) {
  co_return co_await boost::asio::async_initiate<decltype(http::use_awaitable)&,
                                                 void(result<Value>)>(
    detail::start_reading<Value>{}, http::use_awaitable, std::ref(node), what, std::move(work));
}

}  // namespace bursar::io::api
