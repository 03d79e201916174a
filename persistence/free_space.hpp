// Free space, watched: RocksDB aborts the process when a write of its log meets a full disk, so
// appends are refused at a watermark before that, and a ballast file can be deleted by hand to get
// a full disk going again.
// Threads: spend() is the event log's; the rest may be called from any.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>

#include "base/error.hpp"
#include "persistence/rocks_journal.hpp"

namespace bursar::persistence {

// Bytes free for us where the journal lies.
using free_bytes_source = std::function<std::uint64_t()>;
free_bytes_source free_bytes_at(const std::filesystem::path& directory);

class free_space {
 public:
  // What is known is looked up again after this time, or after this much was written.
  static constexpr std::chrono::milliseconds look_interval{100};
  static constexpr std::uint64_t look_bytes = 16ULL << 20;

  free_space(free_bytes_source source, std::uint64_t watermark);

  std::uint64_t bytes() const;
  bool low() const { return bytes() < watermark_; }
  void spend(std::uint64_t bytes) { spent_.fetch_add(bytes, std::memory_order_relaxed); }

 private:
  free_bytes_source source_;
  std::uint64_t watermark_;
  mutable std::atomic<std::uint64_t> bytes_;
  mutable std::atomic<std::uint64_t> spent_{0};
  mutable std::atomic<std::int64_t> looked_at_ms_;
};

// storage_low when recovery of the write-ahead log would not fit on the disk.
result<void> check_room_to_open(const rocks_options& options, std::uint64_t free);
// Makes the ballast where it is missing and there is room for it above the watermark.
void make_ballast(const rocks_options& options, std::uint64_t free);

}  // namespace bursar::persistence
