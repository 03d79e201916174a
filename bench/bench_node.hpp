// A node on a real journal, as the programs here drive it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>

#include "actors/node.hpp"
#include "persistence/rocks_journal.hpp"

namespace bursar::bench {

using steady = std::chrono::steady_clock;

inline double seconds_since(steady::time_point start) {
  return std::chrono::duration<double>(steady::now() - start).count();
}

inline std::string organization_id(std::size_t number) {
  return "org_bench" + std::to_string(100'000 + number);
}

// A node on a directory, and a way to wait for answers.
class bench_node {
 public:
  // With another clock than the system's, timers fire when the node is told that it moved.
  explicit bench_node(const std::string& directory,
                      std::chrono::milliseconds passivate_after = std::chrono::minutes{30},
                      const wall_clock* clock = nullptr) {
    persistence::rocks_options where;
    where.directory = directory;
    journal_ = persistence::open_rocks_journal(where).value();
    actors::node_options options;
    options.stripe.account = "acct_bench";
    options.passivate_after = passivate_after;
    options.ticks = clock == nullptr;
    options.billing.due_after = std::chrono::days{90};  // nothing falls due while it is measured
    node_ = actors::node::start(*journal_, clock == nullptr ? clock_ : *clock, std::move(options))
              .value();
  }
  ~bench_node() { node_->stop(); }

  // `key`: makes it a command with an idempotency record, as over HTTP.
  void ask(std::size_t organization, actors::organization_command command, std::string key,
           std::function<void(actors::outcome)> then) {
    auto r = std::make_shared<actors::organization_request>();
    r->stream = organization_id(organization);
    r->command = std::move(command);
    if (!key.empty()) {
      r->idempotency = actors::idempotency{std::move(key), std::string(64, 'a')};
    }
    r->reply = actors::reply_to{[this, then = std::move(then)](actors::outcome what) {
      then(std::move(what));
      std::lock_guard hold{mutex_};
      --outstanding_;
      changed_.notify_one();
    }};
    {
      std::unique_lock hold{mutex_};
      changed_.wait(hold, [this] { return outstanding_ < outstanding_max_; });
      ++outstanding_;
    }
    node_->ask(std::move(r));
  }

  void wait() {
    std::unique_lock hold{mutex_};
    changed_.wait(hold, [this] { return outstanding_ == 0; });
  }

  void outstanding_max(std::size_t n) { outstanding_max_ = n; }
  actors::node& node() { return *node_; }

 private:
  system_wall_clock clock_;
  std::unique_ptr<persistence::journal> journal_;
  std::unique_ptr<actors::node> node_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t outstanding_ = 0, outstanding_max_ = 256;
};

inline void expect(const actors::outcome& what) {
  if (what.problem || what.status >= 300) {
    std::cerr << "refused: " << (what.problem ? what.problem->text() : what.body) << '\n';
    std::exit(1);
  }
}

inline domain::command creation(std::size_t organization) {
  domain::create_organization out;
  out.id = organization_id(organization);
  out.name = "Bench " + std::to_string(organization);
  return out;
}

}  // namespace bursar::bench
