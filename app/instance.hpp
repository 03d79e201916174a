// A server in this process: journal, clock, node, API and listeners, in the order in which they
// must be made and, in reverse, ended.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include <boost/asio/signal_set.hpp>

#include "actors/node.hpp"
#include "app/settings.hpp"
#include "app/test_clock.hpp"
#include "io/api/api.hpp"
#include "io/http/server.hpp"

namespace bursar::app {

class instance {
 public:
  // Everything is up and ready when it answers.
  static result<std::unique_ptr<instance>> start(const settings& from, bool use_test_clock);
  ~instance();

  // Serves until SIGTERM, SIGINT, stop() or a failed journal; answers the exit code.
  int run();
  // From any thread.
  void stop();

  std::uint16_t port() const;
  actors::node& node() { return *node_; }

 private:
  explicit instance(const settings& from);
  result<void> open(bool use_test_clock);
  result<void> listen();
  void drain();

  settings settings_;
  io::http::loops loops_;
  boost::asio::signal_set signals_;
  std::unique_ptr<persistence::journal> journal_;
  std::unique_ptr<wall_clock> clock_;
  io::api::settable_clock* settable_ = nullptr;
  std::unique_ptr<actors::node> node_;
  std::unique_ptr<io::api::api> api_;
  std::unique_ptr<io::http::server> public_, admin_;
  std::atomic<bool> journal_failed_{false};
  bool draining_ = false;
};

}  // namespace bursar::app
