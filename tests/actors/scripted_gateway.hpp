// A payment gateway that says what it was told to say, and remembers every key: the same one again
// has the same answer and moves no money.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "actors/payment_gateway.hpp"

namespace bursar::actors::testing {

class scripted_gateway final : public payment_gateway {
 public:
  using kind = charge_outcome::kind;

  // What it says to the next charge that it does not know; then succeeded.
  void will_say(kind what, bool for_good = false) {
    std::lock_guard lock{mutex_};
    script_.emplace_back(what, for_good);
  }
  void hold(bool on) {
    std::lock_guard lock{mutex_};
    holds_ = on;
  }
  // Answers what it held back.
  void let_go() {
    std::vector<std::pair<std::function<void(charge_outcome)>, charge_outcome>> held;
    {
      std::lock_guard lock{mutex_};
      holds_ = false;
      held = std::exchange(held_, {});
    }
    for (auto& [done, what] : held) {
      done(std::move(what));
    }
  }
  // The charges that it was asked for, each time.
  std::vector<charge> asked() const {
    std::lock_guard lock{mutex_};
    return asked_;
  }
  std::int64_t moved() const {  // minor units
    std::lock_guard lock{mutex_};
    return moved_;
  }

  void begin(const charge& wanted, std::function<void(charge_outcome)> done) override {
    charge_outcome out;
    {
      std::lock_guard lock{mutex_};
      asked_.push_back(wanted);
      out = answer(wanted);
      if (holds_) {
        held_.emplace_back(std::move(done), std::move(out));
        return;
      }
    }
    done(std::move(out));
  }

 private:
  charge_outcome answer(const charge& wanted) {
    auto known = answers_.find(wanted.idempotency_key);
    if (known != answers_.end()) {
      return known->second;
    }
    charge_outcome out{kind::succeeded, "ch_" + wanted.idempotency_key, {}, false};
    if (!script_.empty()) {
      std::tie(out.what, out.for_good) = script_.front();
      script_.pop_front();
    }
    if (out.what == kind::unknown) {
      return out;
    }
    if (out.what == kind::declined) {
      out.failure_code = "card_declined";
    } else {
      moved_ += wanted.amount;
    }
    answers_[wanted.idempotency_key] = out;
    return out;
  }

  mutable std::mutex mutex_;
  std::deque<std::pair<kind, bool>> script_;
  bool holds_ = false;
  std::vector<std::pair<std::function<void(charge_outcome)>, charge_outcome>> held_;
  std::vector<charge> asked_;
  std::map<std::string, charge_outcome> answers_;
  std::int64_t moved_ = 0;
};

}  // namespace bursar::actors::testing
