// A journal in memory that a test steers: appends can be held back, given an outcome, or made to
// fail after they were written. What was read is remembered.
// Threads: as a journal; the steering from the test's thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "persistence/memory_journal.hpp"

namespace bursar::actors::testing {

using persistence::append_request;
using persistence::append_status;

class steered_journal final : public persistence::journal {
 public:
  // -- steering ---

  // From now on appends wait, until let_go(): all, or groups with such a request.
  void hold(std::function<bool(const append_request&)> which
            = [](const append_request&) { return true; }) {
    std::lock_guard lock{mutex_};
    which_ = std::move(which);
  }
  void let_go() {
    std::lock_guard lock{mutex_};
    which_ = nullptr;
    changed_.notify_all();
  }
  // What to answer instead of writing; none: write. Asked once for each request.
  void answer_with(std::function<std::optional<append_status>(const append_request&)> says) {
    std::lock_guard lock{mutex_};
    says_ = std::move(says);
  }
  // The next group is written, and its writer is told that nobody knows.
  void lose_next_answer() { lose_answer_ = true; }

  // Who reads this record next has read it and goes on only after let_reader_go().
  void pause_reader(persistence::column in, std::string key) {
    std::lock_guard lock{mutex_};
    paused_record_ = persistence::record_key{in, std::move(key)};
  }
  bool reader_paused() const { return reader_paused_; }
  void let_reader_go() {
    std::lock_guard lock{mutex_};
    reader_paused_ = false;
    changed_.notify_all();
  }

  void set_storage_low(bool low) { storage_low_ = low; }
  // The next `times` reads of the stream meet a disk that does not answer.
  void fail_reads(std::string stream, int times) {
    std::lock_guard lock{mutex_};
    failing_stream_ = std::move(stream);
    failing_times_ = times;
  }
  // Called once, after the stream's events were read and before they are handed out.
  void after_next_read(std::string stream, std::function<void()> call) {
    std::lock_guard lock{mutex_};
    followed_stream_ = std::move(stream);
    after_read_ = std::move(call);
  }

  // -- what was seen ---

  std::uint64_t groups() const { return groups_; }
  std::uint64_t held_groups() const { return held_groups_; }
  // Where reading of a stream began, each time.
  std::vector<std::uint64_t> reads_of(const std::string& stream) const {
    std::lock_guard lock{mutex_};
    std::vector<std::uint64_t> out;
    for (const auto& [name, from] : reads_) {
      if (name == stream) {
        out.push_back(from);
      }
    }
    return out;
  }

  // -- the journal ---

  result<persistence::lease> open(std::uint32_t shard) override { return memory_->open(shard); }
  void close(const persistence::lease& held) override { memory_->close(held); }

  std::vector<append_status> append(std::span<const append_request* const> group) override {
    std::function<std::optional<append_status>(const append_request&)> says;
    {
      std::unique_lock lock{mutex_};
      auto held = [&] {
        return which_ && std::any_of(group.begin(), group.end(), [&](const auto* request) {
                 return which_(*request);
               });
      };
      held_groups_ += held() ? 1 : 0;
      changed_.wait(lock, [&] { return !held(); });
      says = says_;
    }
    ++groups_;
    std::vector<append_status> out;
    bool lost = lose_answer_.exchange(false);
    for (const auto* request : group) {
      auto said = says ? says(*request) : std::nullopt;
      auto status = said ? *said : memory_->append({&request, 1}).at(0);
      out.push_back(lost ? append_status::unknown : status);
    }
    return out;
  }

  result<std::vector<persistence::stored_event>> read(std::string_view stream,
                                                      persistence::sequence_number from,
                                                      std::size_t limit) const override {
    {
      std::lock_guard lock{mutex_};
      reads_.emplace_back(std::string{stream}, from);
      if (stream == failing_stream_ && failing_times_-- > 0) {
        return error{errc::io_error, "the test wants this to fail"};
      }
    }
    auto out = memory_->read(stream, from, limit);
    std::function<void()> follow;
    {
      std::lock_guard lock{mutex_};
      if (stream == followed_stream_) {
        follow = std::exchange(after_read_, nullptr);
      }
    }
    if (follow) {
      follow();
    }
    return out;
  }
  result<std::vector<persistence::log_entry>> tail(persistence::log_position from,
                                                   std::size_t limit) const override {
    return memory_->tail(from, limit);
  }
  result<std::optional<persistence::stream_head>> head(std::string_view s) const override {
    return memory_->head(s);
  }
  result<std::vector<std::string>> streams(std::string_view after,
                                           std::size_t limit) const override {
    return memory_->streams(after, limit);
  }
  result<std::optional<std::string>> get(persistence::column in,
                                         std::string_view key) const override {
    auto out = memory_->get(in, key);
    std::unique_lock lock{mutex_};
    if (paused_record_ && paused_record_->in == in && paused_record_->key == key) {
      paused_record_.reset();
      reader_paused_ = true;
      changed_.wait(lock, [this] { return !reader_paused_; });
    }
    return out;
  }
  result<std::vector<persistence::record>> scan(persistence::column in, std::string_view prefix,
                                                std::string_view after, std::size_t limit,
                                                bool descending) const override {
    return memory_->scan(in, prefix, after, limit, descending);
  }
  persistence::health state() const override {
    auto out = memory_->state();
    out.storage_low = out.storage_low || storage_low_;
    return out;
  }

 private:
  std::unique_ptr<persistence::journal> memory_ = persistence::make_memory_journal();
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::function<bool(const append_request&)> which_;  // these wait
  std::function<std::optional<append_status>(const append_request&)> says_;
  mutable std::vector<std::pair<std::string, std::uint64_t>> reads_;
  mutable std::optional<persistence::record_key> paused_record_;
  mutable std::atomic<bool> reader_paused_{false};
  mutable std::string failing_stream_, followed_stream_;
  mutable int failing_times_ = 0;
  mutable std::function<void()> after_read_;
  std::atomic<bool> storage_low_{false};
  std::atomic<bool> lose_answer_{false};
  std::atomic<std::uint64_t> groups_{0}, held_groups_{0};
};

}  // namespace bursar::actors::testing
