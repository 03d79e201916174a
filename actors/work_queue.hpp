// What waits in a column of the journal to be done, in the order of its keys: timers, charges,
// invoices without a number. Each record is under way at most once at a time; one that failed
// pauses, longer each time, and holds nothing up behind it. A record is taken away by whoever does
// what it says, in the same append. Owner: the actor that works it off.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/backoff.hpp"
#include "actors/interfaces.hpp"
#include "base/log.hpp"

namespace bursar::actors {

// Says what kept a piece of work from being done. Who was interrupted did nothing wrong: the work
// is there when it goes on.
inline bool done(const outcome& what, std::string_view otherwise) {
  if (what.problem && what.problem->code() != errc::outcome_unknown) {
    log::warning(otherwise, {{"what", what.problem->text()}});
  }
  return !what.problem;
}

class work_queue {
 public:
  struct work {
    persistence::column in{};
    std::string prefix;  // of its keys
    // false: it, and all after it, is for later.
    std::function<bool(const std::string& key)> is_due;
    // Ends with ended(), later.
    std::function<void(const std::string& key)> start;
    // Told when looks begin and end, before whoever asked is answered: nothing waits before this
    // key, except what failed and is tried again; none: nothing waits. May be empty.
    std::function<void(const std::optional<std::string>& key)> passed{};
  };
  work_queue(services& shared, work what) : shared_{shared}, work_{std::move(what)} {}

  // Works off all that waits. Records that were taken away still cost whoever passes over them: it
  // is done at most once a second, and what was just made is named to begin() instead.
  void look() {
    if (!wanted_) {
      made_.clear();  // it finds them, too
    }
    wanted_ = true;
    fill();
    tell_passed();
  }
  // Answers when nothing is left that is due and could be begun: the body is the key that comes
  // next, or empty; the sequence is how many were begun.
  void look(reply_ptr reply) {
    asked_.push_back(std::move(reply));
    look();
  }

  // These records, when there is room. One that a look finds meanwhile may be begun twice, one
  // after the other.
  void begin(const std::vector<std::string>& made) {
    for (const auto& key : made) {
      if (made_.size() < limits::work_remembered_max) {
        made_.push_back(key);
      } else {
        wanted_ = true;
      }
    }
    begin_made();
  }

  // This record was just made and is left to the looks: nothing behind it is passed any more.
  void made(const std::string& key) {
    if (!under_way_.contains(key) && !pauses_.contains(key)) {
      left_ = left_ ? std::min(*left_, key) : key;
      tell_passed();
    }
  }

  void ended(const std::string& key, bool done) {
    under_way_.erase(key);
    if (done) {
      pauses_.erase(key);
    } else {
      auto& failed = pauses_[key];
      failed.until = steady::now() + backoff{}.delay(failed.failures++, random_);
    }
    begin_made();
    if (wanted_ ? under_way_.size() < limits::work_under_way_max / 2
                : under_way_.empty() && !asked_.empty()) {
      fill();
    }
    if (under_way_.empty()) {
      tell_passed();
    }
  }

 private:
  using steady = std::chrono::steady_clock;
  struct pause {
    unsigned failures = 0;
    steady::time_point until;
  };

  bool has_room() const { return under_way_.size() < limits::work_under_way_max; }

  // What waits longer, and is looked for, comes first.
  void begin_made() {
    while (!wanted_ && !made_.empty() && has_room()) {
      auto key = std::move(made_.front());
      made_.pop_front();
      if (work_.is_due(key) && may_begin(key)) {
        start(key);
      }
    }
  }

  // Begins what can begin, from where it stopped.
  void fill() {
    forget_pauses();
    std::string next;
    for (bool more = true; more;) {
      if (!has_room()) {
        return;
      }
      auto page = shared_.journal->scan(work_.in, work_.prefix, at_, page_records, false);
      if (!page || shared_.journal->state().storage_low) {
        log::warning("work waits", {{"what", page ? "storage is low" : page.error().text()}});
        at_.clear();
        wanted_ = false;
        tell_asked("");
        return;
      }
      more = page->size() == page_records;
      for (const auto& record : *page) {
        if (!work_.is_due(record.key)) {
          next = record.key;
          more = false;
          break;
        }
        at_ = record.key;
        if (may_begin(record.key)) {
          start(record.key);
        }
      }
    }
    at_.clear();  // what comes meanwhile may stand before it
    wanted_ = false;
    left_ = next.empty() ? std::nullopt : std::optional{next};
    begin_made();
    if (under_way_.empty()) {
      tell_passed();
      tell_asked(next);
    }
  }

  void start(const std::string& key) {
    under_way_.insert(key);
    begun_ += asked_.empty() ? 0 : 1;
    work_.start(key);
  }

  bool may_begin(const std::string& key) const {
    auto failed = pauses_.find(key);
    return !under_way_.contains(key)
           && (failed == pauses_.end() || steady::now() >= failed->second.until);
  }

  // Of what is no longer there: what is was tried again long before.
  void forget_pauses() {
    auto before = steady::now() - 2 * backoff{}.cap;
    std::erase_if(pauses_, [&](const auto& entry) {
      return entry.second.until < before && !under_way_.contains(entry.first);
    });
  }

  // What failed once is not waited for until it is done: it may fail for ever.
  void tell_passed() {
    if (!work_.passed) {
      return;
    }
    auto left = wanted_ ? std::optional{at_} : left_;
    auto first = std::find_if(under_way_.begin(), under_way_.end(),
                              [this](const auto& key) { return !pauses_.contains(key); });
    if (first != under_way_.end() && (!left || *first < *left)) {
      left = *first;
    }
    work_.passed(left);
  }

  void tell_asked(const std::string& next) {
    outcome out;
    out.body = next;
    out.sequence = std::exchange(begun_, 0);
    for (auto& reply : std::exchange(asked_, {})) {
      reply->answer(out);
    }
  }

  static constexpr std::size_t page_records = 64;
  services& shared_;
  work work_;
  std::string at_;                       // the last key that was looked at
  std::optional<std::string> left_{""};  // where the last look ended, or what was made before it
  bool wanted_ = false;  // somebody wants all of it looked at, and it did not come to the end yet
  std::set<std::string> under_way_;
  std::map<std::string, pause> pauses_;
  std::deque<std::string> made_;  // there was no room for them yet
  std::vector<reply_ptr> asked_;
  std::uint64_t begun_ = 0;  // since somebody asked
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace bursar::actors
