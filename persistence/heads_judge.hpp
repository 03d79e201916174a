// How a group of appends is judged, the same in every journal: each request against the heads and
// keys as the earlier ones of its group leave them. A request that breaks the rules of its writer
// (a bad name, a hash that does not fit) is a bug and ends the process before anything is written.
// Lives for one group; the requests must outlive it.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/assert.hpp"
#include "persistence/layout.hpp"

namespace bursar::persistence {

// Source: `head(stream) -> stream_head`, `exists(record_key) -> bool`; what they throw passes.
inline constexpr std::size_t stream_bytes_max = 128;

template <class Source>
class heads_judge {
 public:
  explicit heads_judge(const Source& source) : source_{source} {}

  append_status judge(const append_request& r) {
    BURSAR_ASSERT(!r.stream.empty() && r.stream.size() <= stream_bytes_max, "a stream's length");
    BURSAR_ASSERT(r.stream.find('\0') == std::string::npos, "a zero byte in a stream's name");
    auto head = head_of(r.stream);
    if (head.sequence != r.expected || head.hash != r.previous) {
      return append_status::sequence_conflict;
    }
    for (const auto& key : r.absent) {
      if (exists(key)) {
        return append_status::key_conflict;
      }
    }
    for (const auto& record : r.records) {
      BURSAR_ASSERT(!record.key.empty(), "a side record with an empty key");
    }
    auto previous = r.previous;
    for (const auto& event : r.events) {
      BURSAR_ASSERT(event.previous() == previous, "an event out of its chain");
      previous = event.hash();
    }
    heads_[r.stream] = {r.expected + r.events.size(), previous};
    for (const auto& record : r.records) {
      written_[static_cast<std::size_t>(record.in)][record.key] = record.value.has_value();
    }
    return append_status::acked;
  }

  const std::unordered_map<std::string_view, stream_head>& heads() const { return heads_; }

 private:
  stream_head head_of(const std::string& stream) {
    auto found = heads_.find(stream);
    return found == heads_.end() ? source_.head(stream) : found->second;
  }
  bool exists(const record_key& key) {
    const auto& written = written_[static_cast<std::size_t>(key.in)];
    auto found = written.find(key.key);
    return found == written.end() ? source_.exists(key) : found->second;
  }

  const Source& source_;
  // Of the accepted requests, with views into them: the heads as they leave them, and by column
  // and key whether a record was put or deleted.
  std::unordered_map<std::string_view, stream_head> heads_;
  std::array<std::unordered_map<std::string_view, bool>, column_count> written_;
};

}  // namespace bursar::persistence
