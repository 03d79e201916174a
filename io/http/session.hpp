// One connection: requests in order, each within its limits and deadlines. Internal to io/http.
#pragma once

#include <atomic>
#include <memory>
#include <set>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "io/http/server.hpp"

namespace bursar::io::http {

// What all sessions of a server share; atomics because the io_context may have several threads.
struct server_core {
  server_options options;
  admit admission;
  handler handle;
  std::atomic<std::uint64_t> requests{0}, connections{0}, in_flight{0}, shed{0}, refused{0};
  std::atomic<bool> draining{false};
};

// A live connection as the server sees it: it can be closed from outside on its own executor.
struct connection {
  explicit connection(boost::beast::tcp_stream s) : stream{std::move(s)} {}
  boost::beast::tcp_stream stream;
  bool idle = true;  // between requests; only touched on the stream's executor
};

// Serves the connection until it ends. `tls` null: plain.
boost::asio::awaitable<void> serve(std::shared_ptr<server_core> core,
                                   std::shared_ptr<connection> on,
                                   boost::asio::ssl::context* tls);

}  // namespace bursar::io::http
