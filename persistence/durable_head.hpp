// The durable head: how much there is, kept outside the database, because RocksDB alone can lose
// acknowledged records without noticing (a flipped bit in a WAL, a deleted WAL, a damaged
// MANIFEST). Two slots of 512 bytes, written in turn, so that a torn write leaves one good:
//   magic(8) ‖ position(8) ‖ groups(8) ‖ running hash(32) ‖ SHA-256 of the 56 bytes before(32)
//
// advance() writes at once and syncs at most every sync_interval in a thread of its own: the head
// survives a killed process exactly and a power cut up to that interval, and is never ahead of the
// database, because it is written after the database's sync.
// Threads: advance() and sync() are the event log's; the syncing thread touches only the file.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "persistence/journal.hpp"

namespace bursar::persistence {

struct head_mark {
  log_position position = 0;
  sha256_digest running{};
  std::uint64_t groups = 0;  // written so far, those without events too
};

class durable_head {
 public:
  static constexpr std::chrono::milliseconds sync_interval{100};

  // Creates the file with `first` in it, whole or not at all, where it is missing.
  static result<std::unique_ptr<durable_head>> open(const std::filesystem::path& file,
                                                    const head_mark& first);
  // What the file says; none: there is no file. integrity_error: neither slot is good.
  static result<std::optional<head_mark>> read(const std::filesystem::path& file);

  ~durable_head();
  durable_head(const durable_head&) = delete;
  durable_head& operator=(const durable_head&) = delete;

  // io_error for good once a write or a sync failed: a failed sync is never tried again.
  result<void> advance(const head_mark& to);
  result<void> sync();
  // False after a failure, also of a sync in the background.
  bool good() const { return !failed_.load(); }

 private:
  durable_head(int file, unsigned turn);
  void sync_now_and_then(std::stop_token stop);

  int file_;
  unsigned turn_;  // the slot written next: the older one
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool dirty_ = false;
  std::jthread syncer_;
};

// Makes new names in a directory survive a power cut.
result<void> sync_directory(const std::filesystem::path& directory);

}  // namespace bursar::persistence
