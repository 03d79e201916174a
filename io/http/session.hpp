// One connection: requests in order, each within its limits and deadlines. Internal to io/http.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "io/http/server.hpp"

namespace bursar::io::http {

// What all sessions of a server share; atomics because they live on several threads.
struct server_core {
  server_options options;
  admit admission;
  handler handle;
  std::atomic<std::uint64_t> requests{0}, connections{0}, in_flight{0}, shed{0},
    answers_bytes{0};  // that are being written
  std::atomic<bool> draining{false};
};

// Adds an amount as long as it lives.
struct counted {
  std::atomic<std::uint64_t>& total;
  std::uint64_t amount;
  counted(std::atomic<std::uint64_t>& t, std::uint64_t n) : total{t}, amount{n} { total += n; }
  ~counted() { total -= amount; }
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;
};

// A live connection as the server sees it. Everything but `late` belongs to the socket's thread.
// Deadlines are looked at a few times a second (server.cpp): a timer for each read and write would
// cost more than reading and writing.
class connection {
 public:
  using steady = std::chrono::steady_clock;
  explicit connection(tcp_socket s) : socket{std::move(s)} {}

  void expires_at(steady::time_point t) { deadline_ = t.time_since_epoch(); }
  void expires_after(steady::duration d) { expires_at(steady::now() + d); }
  // A body begins that may take so long; and of it came so much, to which the least rate applies.
  void begin_body(steady::duration most) {
    body_began_ = steady::now();
    body_most_ = most;
    body_came(0);
  }
  void body_came(std::size_t bytes) {
    constexpr auto rate = limits::http_body_bytes_per_second_min;
    auto earned = std::chrono::seconds{limits::http_body_grace_seconds}
                  + std::chrono::milliseconds{bytes * 1000 / rate};
    expires_at(body_began_ + std::min<steady::duration>(earned, body_most_));
  }
  void expires_never() { deadline_ = steady::duration::max(); }
  bool late(steady::time_point now) const { return deadline_.load() < now.time_since_epoch(); }
  // Ends what is awaited, if it is still late.
  void cancel_if_late() {
    if (late(steady::now())) {
      timed_out = true;
      cancel();
    }
  }
  void cancel() {
    boost::system::error_code ignored;
    socket.cancel(ignored);
  }

  tcp_socket socket;
  bool idle = true;  // between requests
  bool timed_out = false;

 private:
  steady::time_point body_began_;
  steady::duration body_most_{};
  std::atomic<steady::duration> deadline_{steady::duration::max()};
};

// Serves the connection until it ends. `tls` null: plain.
awaitable<void> serve(std::shared_ptr<server_core> core, std::shared_ptr<connection> on,
                      boost::asio::ssl::context* tls);

}  // namespace bursar::io::http
