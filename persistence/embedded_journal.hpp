// The embedded journal over an opened store. Owner of append(): the event log's thread. Everything
// else only reads RocksDB, which is safe beside a writer. Internal to persistence/.
// Invariants: what is acknowledged is synced; after the first failure nothing is acknowledged.
#pragma once

#include <atomic>
#include <unordered_map>

#include "persistence/durable_head.hpp"
#include "persistence/free_space.hpp"
#include "persistence/open_checks.hpp"
#include "persistence/rocks_store.hpp"

namespace bursar::persistence {

class embedded_journal final : public journal {
 public:
  // `head` null: read-only.
  embedded_journal(std::unique_ptr<rocks_store> store, std::unique_ptr<durable_head> head,
                   const standing& at, std::unique_ptr<free_space> space);

  result<lease> open(std::uint32_t shard) override { return lease{shard, 1, position_.load()}; }
  void close(const lease&) override {}

  std::vector<append_status> append(std::span<const append_request* const> group) override;

  result<std::vector<stored_event>> read(std::string_view stream, sequence_number from,
                                         std::size_t limit) const override;
  result<std::vector<log_entry>> tail(log_position from, std::size_t limit) const override;
  result<std::optional<stream_head>> head(std::string_view stream) const override;
  result<std::vector<std::string>> streams(std::string_view after,
                                           std::size_t limit) const override;
  result<std::optional<std::string>> get(column in, std::string_view key) const override;
  result<std::vector<record>> scan(column in, std::string_view prefix, std::string_view after,
                                   std::size_t limit, bool descending) const override;
  health state() const override;

 private:
  // What heads_judge asks.
  struct stored {
    const embedded_journal& in;
    stream_head head(const std::string& stream) const;
    bool exists(const record_key& key) const;
  };

  // A group on its way: the batch, and where the journal stands after it.
  struct pending {
    rocksdb::WriteBatch batch;
    standing to;
    std::array<bool, counted_columns> touches{};
  };

  void fail(const std::string& what, const std::string& why);
  // One status per request; throws when a read failed.
  std::vector<append_status> judge(std::span<const append_request* const> group, pending& p);
  void put(pending& p, const append_request& r) const;
  bool write(pending& p);

  std::unique_ptr<rocks_store> store_;
  std::unique_ptr<durable_head> head_file_;
  std::unique_ptr<free_space> space_;
  // Of streams written lately; bounded, the rest is read from the heads column.
  std::unordered_map<std::string, stream_head> recent_heads_;
  standing at_;
  std::atomic<log_position> position_;  // at_.mark.position, for other threads
  std::atomic<bool> failed_{false};
};

}  // namespace bursar::persistence
