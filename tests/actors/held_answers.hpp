// Answers of somebody outside that a test may hold back and let go, and what they were asked.
// Threads: any.
#pragma once

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace bursar::actors::testing {

template <class Asked, class Answer>
class held_answers {
 public:
  void hold() {
    std::lock_guard lock{mutex_};
    holds_ = true;
  }
  // Answers what was held back, and from now on at once.
  void let_go() {
    {
      std::lock_guard lock{mutex_};
      holds_ = false;
    }
    answer_held();
  }
  // Answers what was held back, and goes on as it did.
  void answer_held() {
    std::vector<std::pair<std::function<void(Answer)>, Answer>> held;
    {
      std::lock_guard lock{mutex_};
      held = std::exchange(held_, {});
    }
    for (auto& [done, what] : held) {
      done(std::move(what));
    }
  }
  // Each time it was asked.
  std::vector<Asked> asked() const {
    std::lock_guard lock{mutex_};
    return asked_;
  }

 protected:
  // `answer` is called with the lock held.
  template <class Make>
  void answer(const Asked& wanted, std::function<void(Answer)> done, Make make) {
    std::unique_lock lock{mutex_};
    asked_.push_back(wanted);
    Answer out = make();
    if (holds_) {
      held_.emplace_back(std::move(done), std::move(out));
      return;
    }
    lock.unlock();
    done(std::move(out));
  }
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;

 private:
  bool holds_ = false;
  std::vector<std::pair<std::function<void(Answer)>, Answer>> held_;
};

}  // namespace bursar::actors::testing
