// The threads for sockets: each runs an io_context of its own, and a connection stays with one of
// them for life, so that nothing of it needs a lock or a strand.
#pragma once

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace bursar::io::http {

class loops {
 public:
  explicit loops(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      all_.push_back(std::make_unique<boost::asio::io_context>(1));
      work_.push_back(boost::asio::make_work_guard(*all_.back()));
    }
  }

  // Where servers accept, and what has no connection lives.
  boost::asio::io_context& first() { return *all_.front(); }
  // Each in turn; to be called on the first loop.
  boost::asio::io_context& next() { return *all_[turn_++ % all_.size()]; }

  // Runs the first on this thread and the others on their own, until stop().
  void run() {
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < all_.size(); ++i) {
      threads.emplace_back([this, i] { all_[i]->run(); });
    }
    first().run();
  }

  // From any thread.
  void stop() {
    for (auto& context : all_) {
      context->stop();
    }
  }

 private:
  std::vector<std::unique_ptr<boost::asio::io_context>> all_;
  std::vector<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
  std::size_t turn_ = 0;
};

}  // namespace bursar::io::http
