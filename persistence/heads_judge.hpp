// How a group of appends is judged, the same in every journal: each request against the heads and
// keys as the earlier ones of its group leave them.
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/assert.hpp"
#include "persistence/layout.hpp"

namespace bursar::persistence {

// Source: `head(stream) -> stream_head`, `exists(record_key) -> bool`; what they throw passes.
template <class Source>
class heads_judge {
 public:
  explicit heads_judge(const Source& source) : source_{source} {}

  append_status judge(const append_request& r) {
    auto head = head_of(r.stream);
    if (head.sequence != r.expected || head.hash != r.previous) {
      return append_status::sequence_conflict;
    }
    for (const auto& key : r.absent) {
      if (exists(key)) {
        return append_status::key_conflict;
      }
    }
    auto previous = r.previous;
    for (const auto& event : r.events) {
      BURSAR_ASSERT(event.hash == chain_hash(previous, event.json), "an event out of its chain");
      previous = event.hash;
    }
    heads_[r.stream] = {r.expected + r.events.size(), previous};
    for (const auto& record : r.records) {
      record_key key{record.in, record.key};
      (record.value ? put_ : gone_).insert(key);
      (record.value ? gone_ : put_).erase(key);
    }
    return append_status::acked;
  }

  const std::map<std::string, stream_head>& heads() const { return heads_; }

 private:
  stream_head head_of(const std::string& stream) {
    auto found = heads_.find(stream);
    return found == heads_.end() ? source_.head(stream) : found->second;
  }
  bool exists(const record_key& key) {
    if (put_.contains(key)) {
      return true;
    }
    return !gone_.contains(key) && source_.exists(key);
  }

  const Source& source_;
  std::map<std::string, stream_head> heads_;  // as the accepted requests leave them
  std::set<record_key> put_, gone_;
};

}  // namespace bursar::persistence
