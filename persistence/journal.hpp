// The journal: streams of events, side records beside them, and the order in which everything
// became durable. It knows bytes, not billing.
//
// A stored event is its canonical JSON, exactly as the writer made it, framed by the hashes that
// chain it to its stream:  value = previous (32 bytes) ‖ hash (32 bytes) ‖ JSON,
// hash = SHA-256(previous ‖ JSON). The first event of a stream has 32 zero bytes as previous.
//
// Threads: append() is called by one thread, the event log's; everything else from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/error.hpp"

namespace bursar::persistence {

using sequence_number = std::uint64_t;  // of an event in its stream: 1, 2, 3 … without a gap
using log_position = std::uint64_t;     // of an event among all: 1, 2, 3 … without a gap

// Side records live in these; the stored names are fixed, DO NOT RENAME.
enum class column : std::uint8_t {
  snapshots,
  idempotency,
  outbox,
  timers,
  payloads,
  inbox,
  dead,
  index
};
inline constexpr std::size_t column_count = 8;

struct record_key {
  column in{};
  std::string key;  // not empty
  friend bool operator==(const record_key&, const record_key&) = default;
  friend auto operator<=>(const record_key&, const record_key&) = default;
};

struct side_record {
  column in{};
  std::string key;
  std::optional<std::string> value;  // none: the record is deleted
};

// Who may append to a shard. The embedded journal's epoch is always 1: its lock file is the fence.
struct lease {
  std::uint32_t shard = 0;
  std::uint64_t epoch = 0;
  log_position position = 0;  // of the last event when the lease was given
};

// Made with the hash of the event before it; hashes itself, once.
class new_event {
 public:
  new_event(const sha256_digest& previous, std::string json)
    : previous_{previous}, hash_{chain_hash(previous, json)}, json_{std::move(json)} {}

  const sha256_digest& previous() const { return previous_; }
  const sha256_digest& hash() const { return hash_; }
  const std::string& json() const { return json_; }

 private:
  sha256_digest previous_;
  sha256_digest hash_;
  std::string json_;
};

// Atomic: all of it becomes durable or none of it.
struct append_request {
  lease held;
  std::string stream;             // no zero byte, 1 to 128 bytes
  sequence_number expected = 0;   // of the last event before these
  sha256_digest previous{};       // its hash; zeros when expected is 0
  std::vector<new_event> events;  // may be empty: then only the records are written
  std::vector<side_record> records;
  std::vector<record_key> absent;  // must not exist, durable or earlier in this group
};

enum class append_status : std::uint8_t {
  acked,              // durable
  sequence_conflict,  // the stream's head is not `expected` or `previous`; nothing written
  key_conflict,       // one of `absent` exists; nothing written
  fenced,             // the lease is not current; nothing written
  storage_low,        // the free-space watermark; nothing written
  unknown,            // a write or sync failed: durable or not, only a reopen tells. The journal
                      // acknowledges nothing any more (M4 in the reliability notes)
};

struct stored_event {
  sequence_number sequence = 0;
  sha256_digest previous{};
  sha256_digest hash{};
  std::string json;
};

struct stream_head {
  sequence_number sequence = 0;
  sha256_digest hash{};
};

struct log_entry {
  log_position position = 0;
  std::string stream;
  sequence_number sequence = 0;
  sha256_digest hash{};
};

struct record {
  std::string key;
  std::string value;
};

struct health {
  bool writable = true;      // false after a failed write or sync, for good
  bool storage_low = false;  // below the watermark; ends when space is freed
  std::uint64_t free_bytes = 0;
  log_position position = 0;  // of the last durable event
};

class journal {
 public:
  virtual ~journal() = default;

  virtual result<lease> open(std::uint32_t shard) = 0;
  virtual void close(const lease& held) = 0;

  // Makes the group durable with one synced write and answers one status per request, in order.
  // Requests are judged in order: a later one sees the heads and keys of the earlier ones.
  virtual std::vector<append_status> append(std::span<const append_request* const> group) = 0;

  // Events of a stream from a sequence on, at most `limit`. integrity_error names stream and
  // sequence when a stored event is damaged, missing or out of its chain.
  virtual result<std::vector<stored_event>> read(std::string_view stream, sequence_number from,
                                                 std::size_t limit) const = 0;
  // The order in which events became durable, from a position on, at most `limit`.
  virtual result<std::vector<log_entry>> tail(log_position from, std::size_t limit) const = 0;
  virtual result<std::optional<stream_head>> head(std::string_view stream) const = 0;
  // Names of streams after `after` (exclusive, byte order), at most `limit`.
  virtual result<std::vector<std::string>> streams(std::string_view after,
                                                   std::size_t limit) const = 0;

  virtual result<std::optional<std::string>> get(column in, std::string_view key) const = 0;
  // Records whose key starts with `prefix` and is greater than `after` (empty: all), in byte
  // order (descending: in reverse, and less than `after`), at most `limit`.
  virtual result<std::vector<record>> scan(column in, std::string_view prefix,
                                           std::string_view after, std::size_t limit,
                                           bool descending = false) const = 0;

  virtual health state() const = 0;
};

// -- verification ---

struct chain_fault {
  std::string stream;            // empty: the log as a whole
  sequence_number sequence = 0;  // first bad event; 0 where there is none
  std::string what;
};

struct verification {
  std::uint64_t streams = 0;
  std::uint64_t events = 0;
  std::vector<chain_fault> faults;
  bool exists = true;  // false: there is no journal that could be verified
};

// `progress` gets events done and events in all, now and then.
using verify_progress = std::function<void(std::uint64_t, std::uint64_t)>;

}  // namespace bursar::persistence
