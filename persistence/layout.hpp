// How things lie in the key-value store. DO NOT CHANGE: journals are read by it.
//
//   column   key                          value
//   events   stream ‖ 0 ‖ sequence(8)  -> previous(32) ‖ hash(32) ‖ JSON
//   log      position(8)               -> stream ‖ 0 ‖ sequence(8) ‖ hash(32) ‖ running(32)
//   heads    stream                    -> sequence(8) ‖ hash(32)
//   default  "groups"                  -> groups(8) ‖ for each other column: touched(8)
//   others   the empty key             -> touched(8), as a sum
//
// Numbers are big endian. running(n) = SHA-256(running(n-1) ‖ stream ‖ 0 ‖ sequence ‖ hash): one
// hash over everything, in the order in which it became durable; running(0) is 32 zero bytes.
//
// A group is one synced write. "groups" is set by each; the sums are added to by each that touches
// their column: they differ when a write in the middle of the write-ahead log is lost, or a table
// that the MANIFEST forgot. The columns are, in order: events, log, heads, side records by enum.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/encoding.hpp"
#include "persistence/journal.hpp"

namespace bursar::persistence {

inline constexpr std::size_t digest_bytes = 32;
inline constexpr std::string_view groups_key = "groups";
inline constexpr std::string_view sum_key;  // the empty key
inline constexpr std::size_t counted_columns = 3 + column_count;
using column_counts = std::array<std::uint64_t, counted_columns>;

inline std::string_view as_bytes(const sha256_digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

inline std::string event_key(std::string_view stream, sequence_number sequence) {
  std::string out{stream};
  out += '\0';
  return out + big_endian(sequence);
}

inline std::string framed_event(const sha256_digest& previous, const sha256_digest& hash,
                                std::string_view json) {
  std::string out;
  out.reserve(2 * digest_bytes + json.size());
  out += as_bytes(previous);
  out += as_bytes(hash);
  out += json;
  return out;
}

sha256_digest digest_at(std::string_view bytes, std::size_t at);

// The stream and sequence of an event's key; none: not one.
struct event_name {
  std::string stream;
  sequence_number sequence = 0;
};
std::optional<event_name> parse_event_key(std::string_view key);
std::optional<stored_event> parse_event(sequence_number sequence, std::string_view value);

struct log_record {
  log_entry entry;
  sha256_digest running{};
};
std::string log_value(std::string_view stream, sequence_number sequence, const sha256_digest& hash,
                      const sha256_digest& running);
std::optional<log_record> parse_log(std::string_view key, std::string_view value);
sha256_digest next_running(const sha256_digest& running, std::string_view stream,
                           sequence_number sequence, const sha256_digest& hash);

std::string head_value(const stream_head& head);
std::optional<stream_head> parse_head(std::string_view value);

struct group_counts {
  std::uint64_t groups = 0;
  column_counts touched{};
};
std::string counts_value(const group_counts& counts);
std::optional<group_counts> parse_counts(std::string_view value);

// The page of events [from, from + limit) checked as journal::read promises.
error damaged(std::string_view stream, sequence_number sequence, std::string_view what);

}  // namespace bursar::persistence
