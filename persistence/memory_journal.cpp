// Maps under one mutex. It judges with the same heads_judge as the embedded journal, so what a
// simulation sees refused is what a disk would refuse; nothing in it can fail or be lost.
#include "persistence/memory_journal.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>

#include "persistence/heads_judge.hpp"

namespace bursar::persistence {
namespace {

class memory_journal final : public journal {
 public:
  result<lease> open(std::uint32_t shard) override {
    std::lock_guard lock{mutex_};
    return lease{shard, 1, log_.size()};
  }
  void close(const lease&) override {}

  std::vector<append_status> append(std::span<const append_request* const> group) override {
    std::lock_guard lock{mutex_};
    std::vector<append_status> out;
    stored source{*this};
    heads_judge judge{source};
    for (const auto* r : group) {
      auto status = r->held.epoch == 1 ? judge.judge(*r) : append_status::fenced;
      if (status == append_status::acked) {
        put(*r);
      }
      out.push_back(status);
    }
    return out;
  }

  result<std::vector<stored_event>> read(std::string_view stream, sequence_number from,
                                         std::size_t limit) const override {
    std::lock_guard lock{mutex_};
    std::vector<stored_event> out;
    auto found = streams_.find(stream);
    if (found != streams_.end()) {
      const auto& all = found->second;
      auto first = std::max<sequence_number>(from, 1) - 1;
      for (auto i = first; i < all.size() && out.size() < limit; ++i) {
        out.push_back(all[i]);
      }
    }
    return out;
  }

  result<std::vector<log_entry>> tail(log_position from, std::size_t limit) const override {
    std::lock_guard lock{mutex_};
    std::vector<log_entry> out;
    for (auto i = std::max<log_position>(from, 1) - 1; i < log_.size() && out.size() < limit; ++i) {
      out.push_back(log_[i]);
    }
    return out;
  }

  result<std::optional<stream_head>> head(std::string_view stream) const override {
    std::lock_guard lock{mutex_};
    auto found = streams_.find(stream);
    if (found == streams_.end()) {
      return std::optional<stream_head>{};
    }
    return std::optional{stream_head{found->second.back().sequence, found->second.back().hash}};
  }

  result<std::vector<std::string>> streams(std::string_view after,
                                           std::size_t limit) const override {
    std::lock_guard lock{mutex_};
    std::vector<std::string> out;
    for (auto it = streams_.upper_bound(after); it != streams_.end() && out.size() < limit; ++it) {
      out.push_back(it->first);
    }
    return out;
  }

  result<std::optional<std::string>> get(column in, std::string_view key) const override {
    std::lock_guard lock{mutex_};
    const auto& records = at(in);
    auto found = records.find(key);
    return found == records.end() ? std::optional<std::string>{} : std::optional{found->second};
  }

  result<std::vector<record>> scan(column in, std::string_view prefix, std::string_view after,
                                   std::size_t limit, bool descending) const override {
    std::lock_guard lock{mutex_};
    const auto& all = at(in);
    auto begin = !after.empty() && !descending && after >= prefix ? all.upper_bound(after)
                                                                  : all.lower_bound(prefix);
    std::vector<record> out;
    for (auto it = begin; it != all.end() && it->first.starts_with(prefix); ++it) {
      if (descending && !after.empty() && it->first >= after) {
        break;
      }
      if (!descending && out.size() == limit) {
        break;
      }
      out.push_back({it->first, it->second});
    }
    if (descending) {
      std::reverse(out.begin(), out.end());
      out.resize(std::min(limit, out.size()));
    }
    return out;
  }

  health state() const override {
    std::lock_guard lock{mutex_};
    return {true, false, 0, log_.size()};
  }

 private:
  using record_map = std::map<std::string, std::string, std::less<>>;

  // What heads_judge asks, under the lock.
  struct stored {
    const memory_journal& in;
    stream_head head(const std::string& stream) const {
      auto found = in.streams_.find(stream);
      return found == in.streams_.end()
               ? stream_head{}
               : stream_head{found->second.back().sequence, found->second.back().hash};
    }
    bool exists(const record_key& key) const { return in.at(key.in).contains(key.key); }
  };

  void put(const append_request& r) {
    auto sequence = r.expected;
    for (const auto& event : r.events) {
      streams_[r.stream].push_back({++sequence, event.previous(), event.hash(), event.json()});
      log_.push_back({log_.size() + 1, r.stream, sequence, event.hash()});
    }
    for (const auto& record : r.records) {
      auto& into = columns_[static_cast<std::size_t>(record.in)];
      if (record.value) {
        into[record.key] = *record.value;
      } else {
        into.erase(record.key);
      }
    }
  }

  const record_map& at(column in) const { return columns_[static_cast<std::size_t>(in)]; }

  mutable std::mutex mutex_;
  std::map<std::string, std::vector<stored_event>, std::less<>> streams_;
  std::vector<log_entry> log_;
  std::array<record_map, column_count> columns_;
};

}  // namespace

std::unique_ptr<journal> make_memory_journal() {
  return std::make_unique<memory_journal>();
}

}  // namespace bursar::persistence
