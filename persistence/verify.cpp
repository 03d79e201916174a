// Verification reads everything and believes nothing: each chain of each stream, the log's running
// hash, the log against the events, the heads against both, the head file and the counters.
// One stream reports its first fault in each pass and no more: what follows a break follows from
// it.
#include <algorithm>
#include <map>
#include <set>

#include "persistence/damaged_log.hpp"
#include "persistence/durable_head.hpp"
#include "persistence/layout.hpp"
#include "persistence/open_checks.hpp"
#include "persistence/rocks_store.hpp"

namespace bursar::persistence {
namespace {

constexpr std::size_t faults_max = 1'000;

std::string numbered(std::string_view what, std::uint64_t number) {
  return std::string{what} + " " + std::to_string(number);
}

class verifier {
 public:
  verifier(const rocks_store& store, const verify_progress& progress)
    : store_{store}, progress_{progress} {}

  verification run(const std::optional<head_mark>& mark) {
    total_ = last_position();
    read_heads();
    check_streams();
    check_log(mark);
    check_heads();
    check_records();
    out_.streams = streams_.size();
    return std::move(out_);
  }

 private:
  struct stream_state {
    sequence_number last = 0;  // as read from the events
    sha256_digest hash{};
    sequence_number logged = 0;  // as read from the log
    std::optional<stream_head> head;
    bool faulty = false;  // its first fault is told
    bool unread = false;  // events of it may not have been seen
  };

  void fault(std::string stream, sequence_number sequence, std::string what) {
    if (out_.faults.size() < faults_max) {
      out_.faults.push_back({std::move(stream), sequence, std::move(what)});
    }
  }
  void fault_of(const std::string& stream, sequence_number sequence, std::string what) {
    auto& state = streams_[stream];
    if (!state.faulty) {
      state.faulty = true;
      fault(stream, sequence, std::move(what));
    }
  }

  rocksdb::ReadOptions reading() const {
    rocksdb::ReadOptions out;
    out.total_order_seek = true;
    out.readahead_size = 2 << 20;
    out.fill_cache = false;
    return out;
  }

  log_position last_position() {
    std::unique_ptr<rocksdb::Iterator> it{store_.db->NewIterator({}, store_.log)};
    it->SeekToLast();
    // The column's sum, when it is alone, is no position.
    return it->Valid() ? from_big_endian(it->key().ToStringView()).value_or(0) : 0;
  }

  void tell() {
    if (++out_.events % 4096 == 0 && progress_) {
      progress_(out_.events, std::max(total_, out_.events));
    }
  }

  void read_heads() {
    std::unique_ptr<rocksdb::Iterator> it{store_.db->NewIterator(reading(), store_.heads)};
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      if (it->key().ToStringView() == sum_key) {
        continue;
      }
      auto stream = it->key().ToString();
      auto head = parse_head(it->value().ToStringView());
      streams_[stream].head = head;
      if (!head) {
        fault_of(stream, 0, "its head is damaged");
      }
    }
    if (!it->status().ok()) {
      heads_unread_ = true;
      fault("", 0, "the heads cannot be read: " + it->status().ToString());
    }
  }

  // -- events ---

  void check_streams() {
    std::string stream;
    sequence_number sequence = 0;
    std::string from;
    for (bool more = true; more;) {
      more = false;
      std::unique_ptr<rocksdb::Iterator> it{store_.db->NewIterator(reading(), store_.events)};
      for (it->Seek(from); it->Valid(); it->Next()) {
        if (it->key().ToStringView() == sum_key) {
          continue;
        }
        auto name = parse_event_key(it->key().ToStringView());
        if (!name) {
          fault("", 0, "an event has no proper key");
          continue;
        }
        check_event(*name, it->value().ToStringView());
        stream = name->stream;
        sequence = name->sequence;
        tell();
      }
      if (!it->status().ok()) {
        more = skip_unreadable(stream, sequence, it->status().ToString());
        from = event_key(stream, sequence);
      }
    }
    if (progress_) {
      progress_(out_.events, std::max(total_, out_.events));
    }
  }

  // A block cannot be read after this event. Names the event that must come next by the heads, and
  // goes on with the stream after it; false: there is none.
  bool skip_unreadable(std::string& stream, sequence_number& sequence, const std::string& why) {
    auto known = streams_.find(stream);
    bool ended
      = known == streams_.end() || (known->second.head && known->second.head->sequence <= sequence);
    if (ended) {
      known = streams_.upper_bound(stream);
      sequence = 0;
    }
    if (known == streams_.end()) {
      fault("", 0, "events cannot be read: " + why);
      return false;
    }
    known->second.unread = true;
    fault_of(known->first, sequence + 1, "cannot be read: " + why);
    auto next = std::next(known);
    if (next == streams_.end()) {
      return false;
    }
    stream = next->first;
    sequence = 0;
    return true;
  }

  void check_event(const event_name& name, std::string_view value) {
    auto& stream = streams_[name.stream];
    auto event = parse_event(name.sequence, value);
    if (name.sequence != stream.last + 1) {
      fault_of(name.stream, stream.last + 1, "is missing");
    } else if (!event || event->hash != chain_hash(event->previous, event->json)) {
      fault_of(name.stream, name.sequence, "is not what was written: its hash does not fit");
    } else if (event->previous != stream.hash) {
      fault_of(name.stream, name.sequence, "does not follow the event before it");
    }
    stream.last = name.sequence;
    stream.hash = event ? event->hash : sha256_digest{};
  }

  // -- log ---

  void check_log(const std::optional<head_mark>& mark) {
    std::unique_ptr<rocksdb::Iterator> it{store_.db->NewIterator(reading(), store_.log)};
    log_position position = 0;
    sha256_digest running{};
    for (it->Seek(big_endian(0)); it->Valid(); it->Next()) {
      auto record = parse_log(it->key().ToStringView(), it->value().ToStringView());
      if (!record) {
        fault("", 0, numbered("log entry", position + 1) + " is damaged");
        ++position;
        continue;
      }
      const auto& entry = record->entry;
      if (entry.position != position + 1) {
        fault(entry.stream, entry.sequence, numbered("log entry", position + 1) + " is missing");
      }
      position = entry.position;
      running = next_running(running, entry.stream, entry.sequence, entry.hash);
      if (running != record->running) {
        fault(entry.stream, entry.sequence,
              numbered("log entry", position) + " does not follow the one before");
        running = record->running;
      }
      if (mark && position == mark->position && record->running != mark->running) {
        fault(entry.stream, entry.sequence, "is not the event the head file knows");
      }
      check_logged(entry);
    }
    if (!it->status().ok()) {
      log_unread_ = true;
      fault("", 0, numbered("log entry", position + 1) + ": " + it->status().ToString());
    }
    if (mark && mark->position > position) {
      fault("", 0,
            numbered("the head file knows position", mark->position) + ", the log ends at "
              + std::to_string(position));
    }
  }

  void check_logged(const log_entry& entry) {
    auto& stream = streams_[entry.stream];
    if (entry.sequence != stream.logged + 1) {
      fault_of(entry.stream, stream.logged + 1, "the log does not have it in its place");
    }
    stream.logged = entry.sequence;
    rocksdb::PinnableSlice value;
    auto key = event_key(entry.stream, entry.sequence);
    auto status = store_.db->Get({}, store_.events, key, &value);
    auto bytes = value.ToStringView();
    if (!status.ok()) {
      fault_of(entry.stream, entry.sequence, "is in the log, but: " + status.ToString());
    } else if (bytes.size() < 2 * digest_bytes || digest_at(bytes, digest_bytes) != entry.hash) {
      fault_of(entry.stream, entry.sequence, "is not the event the log knows");
    }
  }

  // -- heads ---

  void check_heads() {
    for (const auto& [stream, state] : streams_) {
      if (!log_unread_ && !state.unread && state.logged != state.last) {
        fault_of(stream, std::min(state.logged, state.last) + 1,
                 "the log ends at " + numbered("event", state.logged) + " of it, the stream at "
                   + std::to_string(state.last));
      }
      if (heads_unread_ || state.unread) {
        continue;
      }
      auto head = state.head.value_or(stream_head{});
      if (head.sequence != state.last) {
        fault_of(stream, std::min(head.sequence, state.last) + 1,
                 "the head is " + numbered("event", head.sequence) + ", the stream ends at "
                   + std::to_string(state.last));
      } else if (head.hash != state.hash) {
        fault_of(stream, state.last, "is not the event its head knows");
      }
    }
  }

  // -- side records ---

  // They have no chain of their own: the checksums of every block of every table are what can be
  // asked, and those of indexes and filters with them.
  void check_records() {
    if (auto status = store_.db->VerifyChecksum(); !status.ok()) {
      fault("", 0, "a table is damaged: " + status.ToString());
    }
  }

  const rocks_store& store_;
  const verify_progress& progress_;
  verification out_;
  std::map<std::string, stream_state> streams_;
  std::uint64_t total_ = 0;
  bool heads_unread_ = false;
  bool log_unread_ = false;
};

// Whose events are in what RocksDB did not take from the write-ahead log.
void add_damaged(const rocks_options& options, verification& to) {
  for (auto& event : damaged_events(database_path(options))) {
    to.faults.push_back(
      {std::move(event.stream), event.sequence, "is damaged in the write-ahead log"});
  }
}

verification verify_all(const rocks_options& options, const verify_progress& progress) {
  auto opened = open_for_reading(options);
  if (!opened.store) {
    const auto& why = opened.is.error();
    bool exists = holds_journal(options) || why.code() == errc::integrity_error;
    verification out{0, 0, {{"", 0, "the database cannot be opened: " + why.detail()}}, exists};
    add_damaged(options, out);
    return out;
  }
  auto found = verifier{*opened.store, progress}.run(opened.expected);
  // What the quick checks see and the long ones do not: the head file itself, the counters.
  if (!opened.is && found.faults.empty()) {
    found.faults.push_back({"", 0, opened.is.error().detail()});
    add_damaged(options, found);
  }
  return found;
}

}  // namespace

verification verify(const rocks_options& options, const verify_progress& progress) {
  try {
    return verify_all(options, progress);
  } catch (const std::exception& problem) {
    return {0, 0, {{"", 0, std::string{"verification ended early: "} + problem.what()}}, true};
  }
}

verification verify_stream(const journal& in, std::string_view stream) {
  constexpr std::size_t page_events = 512;
  verification out;
  out.streams = 1;
  auto fault = [&](sequence_number sequence, std::string what) {
    out.faults.push_back({std::string{stream}, sequence, std::move(what)});
    return out;
  };
  // The head first: events after it are newer, not wrong.
  auto head = in.head(stream);
  if (!head) {
    return fault(0, head.error().detail());
  }
  auto known = head->value_or(stream_head{});
  sha256_digest hash{};
  auto limit = page_events;
  for (bool more = true; more;) {
    auto page = in.read(stream, out.events + 1, limit);
    if (!page && limit > 1) {
      limit = 1;  // one by one, to know which
      continue;
    }
    if (!page) {
      return fault(out.events + 1, page.error().detail());
    }
    for (const auto& event : *page) {
      if (event.sequence != out.events + 1 || event.previous != hash) {
        return fault(out.events + 1, "does not follow the event before it");
      }
      hash = event.hash;
      ++out.events;
      if (out.events == known.sequence && hash != known.hash) {
        return fault(out.events, "is not the event its head knows");
      }
    }
    more = page->size() == limit;
  }
  return known.sequence > out.events ? fault(out.events + 1, "is missing") : out;
}

}  // namespace bursar::persistence
