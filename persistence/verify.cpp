// Verification reads everything and believes nothing: each chain of each stream, the log's running
// hash, the log against the events, the heads against both, the head file against the log.
#include <algorithm>
#include <map>
#include <set>

#include "persistence/durable_head.hpp"
#include "persistence/layout.hpp"
#include "persistence/rocks_store.hpp"

namespace bursar::persistence {
namespace {

constexpr std::size_t faults_max = 1'000;

class verifier {
 public:
  verifier(const rocks_store& store, const verify_progress& progress)
    : store_{store}, progress_{progress} {}

  verification run(const std::optional<head_mark>& mark) {
    total_ = last_position();
    check_streams();
    check_log(mark);
    check_heads();
    out_.streams = streams_.size();
    return std::move(out_);
  }

 private:
  struct stream_state {
    sequence_number last = 0;
    sha256_digest hash{};
    std::uint64_t logged = 0;
    bool faulty = false;
  };

  void fault(std::string stream, sequence_number sequence, std::string what) {
    if (out_.faults.size() < faults_max) {
      out_.faults.push_back({std::move(stream), sequence, std::move(what)});
    }
  }

  log_position last_position() {
    std::unique_ptr<rocksdb::Iterator> it{store_.db->NewIterator({}, store_.log)};
    it->SeekToLast();
    return it->Valid() ? from_big_endian(it->key().ToStringView()).value_or(0) : 0;
  }

  void tell() {
    if (progress_ && (++out_.events % 4096 == 0 || out_.events == total_)) {
      progress_(out_.events, total_);
    } else if (!progress_) {
      ++out_.events;
    }
  }

  void check_streams() {
    rocksdb::ReadOptions options;
    options.total_order_seek = true;
    options.readahead_size = 2 << 20;
    std::unique_ptr<rocksdb::Iterator> it{store_.db->NewIterator(options, store_.events)};
    std::string current;
    sequence_number sequence = 0;
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      auto name = parse_event_key(it->key().ToStringView());
      if (!name) {
        fault("", 0, "an event has no proper key");
        continue;
      }
      current = name->stream;
      sequence = name->sequence;
      check_event(*name, it->value().ToStringView());
      tell();
    }
    if (!it->status().ok()) {
      fault(current, sequence + 1, it->status().ToString());
    }
  }

  void check_event(const event_name& name, std::string_view value) {
    auto& stream = streams_[name.stream];
    if (name.sequence != stream.last + 1) {
      fault(name.stream, stream.last + 1, "is missing");
      stream.faulty = true;
    }
    auto event = parse_event(name.sequence, value);
    if (!event || event->hash != chain_hash(event->previous, event->json)) {
      fault(name.stream, name.sequence, "is not what was written: its hash does not fit");
      stream.faulty = true;
    } else if (name.sequence == stream.last + 1 && event->previous != stream.hash) {
      fault(name.stream, name.sequence, "does not follow the event before it");
      stream.faulty = true;
    }
    stream.last = name.sequence;
    stream.hash = event ? event->hash : sha256_digest{};
  }

  void check_log(const std::optional<head_mark>& mark) {
    rocksdb::ReadOptions options;
    options.readahead_size = 2 << 20;
    std::unique_ptr<rocksdb::Iterator> it{store_.db->NewIterator(options, store_.log)};
    log_position position = 0;
    sha256_digest running{};
    sha256_digest at_mark{};
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      auto record = parse_log(it->key().ToStringView(), it->value().ToStringView());
      if (!record) {
        fault("", 0, "log entry " + std::to_string(position + 1) + " is damaged");
        continue;
      }
      const auto& entry = record->entry;
      if (entry.position != position + 1) {
        fault("", 0, "log entry " + std::to_string(position + 1) + " is missing");
      }
      position = entry.position;
      running = next_running(running, entry.stream, entry.sequence, entry.hash);
      if (running != record->running) {
        fault(entry.stream, entry.sequence, "its log entry does not follow the one before");
        running = record->running;
      }
      if (mark && position == mark->position) {
        at_mark = record->running;
      }
      check_logged(entry);
    }
    if (!it->status().ok()) {
      fault("", 0, "the log cannot be read: " + it->status().ToString());
    }
    check_mark(mark, position, at_mark);
  }

  void check_logged(const log_entry& entry) {
    auto& stream = streams_[entry.stream];
    if (entry.sequence != ++stream.logged) {
      fault(entry.stream, stream.logged, "the log has it out of order");
      stream.logged = entry.sequence;
    }
    std::string value;
    auto status = store_.db->Get({}, store_.events, event_key(entry.stream, entry.sequence), &value);
    auto event = status.ok() ? parse_event(entry.sequence, value) : std::nullopt;
    if (!event) {
      fault(entry.stream, entry.sequence, "the log knows it, but it is missing or unreadable");
    } else if (event->hash != entry.hash) {
      fault(entry.stream, entry.sequence, "is not the event the log knows");
    }
  }

  void check_mark(const std::optional<head_mark>& mark, log_position last,
                  const sha256_digest& running) {
    if (!mark) {
      if (last > 0) {
        fault("", 0, "the head file is missing");
      }
    } else if (mark->position > last) {
      fault("", 0, "the head file says " + std::to_string(mark->position)
                     + " events, the log has " + std::to_string(last));
    } else if (mark->position > 0 && running != mark->running) {
      fault("", 0, "event " + std::to_string(mark->position)
                     + " of all is not the one the head file knows");
    }
  }

  void check_heads() {
    std::set<std::string> seen;
    std::unique_ptr<rocksdb::Iterator> it{store_.db->NewIterator({}, store_.heads)};
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      auto stream = it->key().ToString();
      seen.insert(stream);
      auto head = parse_head(it->value().ToStringView());
      auto found = streams_.find(stream);
      sequence_number last = found == streams_.end() ? 0 : found->second.last;
      if (!head) {
        fault(stream, last, "its head is damaged");
      } else if (head->sequence != last) {
        fault(stream, std::min(head->sequence, last) + 1,
              "its head says " + std::to_string(head->sequence) + " events, there are "
                + std::to_string(last));
      } else if (head->hash != found->second.hash) {
        fault(stream, last, "is not the event its head knows");
      }
    }
    if (!it->status().ok()) {
      fault("", 0, "the heads cannot be read: " + it->status().ToString());
    }
    for (const auto& [stream, state] : streams_) {
      if (!seen.contains(stream)) {
        fault(stream, state.last, "has no head");
      }
      if (state.logged != state.last) {
        fault(stream, std::min(state.logged, state.last) + 1,
              "the log has " + std::to_string(state.logged) + " of its events, there are "
                + std::to_string(state.last));
      }
    }
  }

  const rocks_store& store_;
  const verify_progress& progress_;
  verification out_;
  std::map<std::string, stream_state> streams_;
  std::uint64_t total_ = 0;
};

}  // namespace

verification verify(const rocks_options& options, const verify_progress& progress) {
  verification out;
  auto mark = durable_head::read(head_path(options));
  if (!mark) {
    out.faults.push_back({"", 0, mark.error().detail()});
  }
  auto expected = mark ? *mark : std::nullopt;
  if (!std::filesystem::exists(options.directory / "journal" / "CURRENT")) {
    out.faults.push_back({"", 0, options.directory.string() + " holds no journal"});
    return out;
  }
  auto store = open_store(options, open_mode::read_only);
  if (!store) {
    out.faults.push_back({"", 0, "the database cannot be opened: " + store.error().detail()});
    return out;
  }
  auto found = verifier{**store, progress}.run(expected);
  found.faults.insert(found.faults.begin(), out.faults.begin(), out.faults.end());
  return found;
}

verification verify_stream(const journal& in, std::string_view stream) {
  verification out;
  out.streams = 1;
  constexpr std::size_t page_events = 512;
  sequence_number sequence = 0;
  sha256_digest hash{};
  auto head = in.head(stream);
  for (bool more = head.has_value(); more;) {
    auto page = in.read(stream, sequence + 1, page_events);
    if (!page) {
      out.faults.push_back({std::string{stream}, sequence + 1, page.error().detail()});
      return out;
    }
    for (const auto& event : *page) {
      if (event.previous != hash) {
        out.faults.push_back({std::string{stream}, event.sequence,
                              "does not follow the event before it"});
        return out;
      }
      hash = event.hash;
      sequence = event.sequence;
    }
    more = page->size() == page_events;
  }
  out.events = sequence;
  if (!head) {
    out.faults.push_back({std::string{stream}, 0, head.error().detail()});
  } else {
    auto known = head->value_or(stream_head{});
    // Events after the head that was read first are newer, not wrong.
    if (known.sequence > sequence) {
      out.faults.push_back({std::string{stream}, sequence + 1, "is missing"});
    }
  }
  return out;
}

}  // namespace bursar::persistence
