// Which parked webhooks are delivered again: each at most once at a time, and few of them at a
// time, however often and by whom that is wanted. Owner: the INBOX.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/limits.hpp"

namespace bursar::actors {

class redelivery {
 public:
  // Where a delivery is under way another one follows it when `news` came in meanwhile.
  void want(const std::string& event_id, bool news) {
    if (auto found = under_way_.find(event_id); found != under_way_.end()) {
      found->second |= news;
    } else if (queued_.insert(event_id).second) {
      queue_.push_back(event_id);
    }
  }

  // The next to deliver: then it is under way until it returned.
  std::optional<std::string> next() {
    if (queue_.empty() || under_way_.size() >= limits::deliveries_under_way_max) {
      return std::nullopt;
    }
    auto id = std::move(queue_.front());
    queue_.pop_front();
    queued_.erase(id);
    under_way_.emplace(id, false);
    return id;
  }

  void returned(const std::string& event_id) {
    if (auto node = under_way_.extract(event_id); node && node.mapped()) {
      want(event_id, false);
    }
  }

 private:
  std::deque<std::string> queue_;
  std::set<std::string> queued_;
  std::map<std::string, bool> under_way_;  // and whether there was news meanwhile
};

}  // namespace bursar::actors
