// Which ids the parked webhooks wait for. Changed by the INBOX, asked by every ORGANIZATION that
// makes an id known; any thread.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "domain/webhook_inbox.hpp"

namespace bursar::actors {

class waiting_list {
 public:
  // Instead of all that was known before.
  void reset(const std::map<std::string, domain::parked_webhook>& parked) {
    std::lock_guard lock{mutex_};
    ids_of_.clear();
    waiting_.clear();
    for (const auto& [id, webhook] : parked) {
      insert(webhook.event);
    }
    size_ = ids_of_.size();
  }

  void add(const domain::stripe::event& event) {
    std::lock_guard lock{mutex_};
    erase(event.id);
    insert(event);
    size_ = ids_of_.size();
  }

  void remove(const std::string& event_id) {
    std::lock_guard lock{mutex_};
    erase(event_id);
    size_ = ids_of_.size();
  }

  std::size_t size() const { return size_; }

  // Event ids of the webhooks that wait for one of these ids; costs nothing while none waits.
  std::vector<std::string> waiting_for(const std::vector<std::string>& ids) const {
    if (size_ == 0) {
      return {};
    }
    std::set<std::string> out;
    std::lock_guard lock{mutex_};
    for (const auto& id : ids) {
      if (auto found = waiting_.find(id); found != waiting_.end()) {
        out.insert(found->second.begin(), found->second.end());
      }
    }
    return {out.begin(), out.end()};
  }

 private:
  void insert(const domain::stripe::event& event) {
    auto ids = domain::ids_waited_for(event);
    for (const auto& id : ids) {
      waiting_[id].insert(event.id);
    }
    ids_of_[event.id] = std::move(ids);
  }
  void erase(const std::string& event_id) {
    auto node = ids_of_.extract(event_id);
    if (!node) {
      return;
    }
    for (const auto& id : node.mapped()) {
      auto found = waiting_.find(id);
      if (found != waiting_.end() && found->second.erase(event_id) > 0 && found->second.empty()) {
        waiting_.erase(found);
      }
    }
  }

  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::vector<std::string>> ids_of_;  // by event id
  std::unordered_map<std::string, std::set<std::string>> waiting_;  // event ids, by what they name
  std::atomic<std::size_t> size_{0};
};

}  // namespace bursar::actors
