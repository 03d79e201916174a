// A payment gateway that says what it was told to say, and remembers every key: the same one again
// has the same answer and moves no money.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>

#include "actors/payment_gateway.hpp"
#include "tests/actors/held_answers.hpp"

namespace bursar::actors::testing {

class scripted_gateway final : public payment_gateway, public held_answers<charge, charge_outcome> {
 public:
  using kind = charge_outcome::kind;

  // What it says to the next charge that it does not know; then succeeded.
  void will_say(kind what, bool for_good = false) {
    std::lock_guard lock{mutex_};
    script_.emplace_back(what, for_good);
  }
  std::int64_t moved() const {  // minor units
    std::lock_guard lock{mutex_};
    return moved_;
  }

  void begin(const charge& wanted, std::function<void(charge_outcome)> done) override {
    answer(wanted, std::move(done), [&] { return said_to(wanted); });
  }

 private:
  charge_outcome said_to(const charge& wanted) {
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

  std::deque<std::pair<kind, bool>> script_;
  std::map<std::string, charge_outcome> answers_;
  std::int64_t moved_ = 0;
};

}  // namespace bursar::actors::testing
