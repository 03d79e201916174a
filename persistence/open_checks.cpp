// RocksDB opens what it can and is silent about what it cannot: each check here stands for a kind
// of damage that was seen to pass. A hole in the write-ahead log: the counters, the gapless log. A
// deleted or cut one, an older copy: the head file. A MANIFEST that forgot files: all of them.
#include "persistence/open_checks.hpp"

#include <algorithm>
#include <unordered_map>

#include "persistence/layout.hpp"

namespace bursar::persistence {
namespace {

error lost(const std::string& what) {
  return {errc::integrity_error, "the journal is damaged: " + what
                                   + "; nothing was changed. Keep a copy, name the damage with "
                                     "`bursar audit verify`, restore the newest backup"};
}

std::string numbered(std::string_view what, std::uint64_t number) {
  return std::string{what} + " " + std::to_string(number);
}

// Every column must have been touched as often as the groups say.
result<group_counts> check_counts(const rocks_store& store) {
  std::string value;
  auto status = store.db->Get({}, store.counters, slice(groups_key), &value);
  if (!status.ok() && !status.IsNotFound()) {
    return io_problem(status);
  }
  auto counts = status.ok() ? parse_counts(value) : group_counts{};
  if (!counts) {
    return lost("the count of writes is damaged");
  }
  auto columns = store.counted();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    status = store.db->Get({}, columns[i], slice(sum_key), &value);
    if (!status.ok() && !status.IsNotFound()) {
      return io_problem(status);
    }
    auto sum = status.ok() ? from_big_endian(value) : 0;
    if (sum != counts->touched[i]) {
      return lost("of "
                  + numbered("writes to column " + columns[i]->GetName() + ",", counts->touched[i])
                  + ", " + std::to_string(sum.value_or(0)) + " are there");
    }
  }
  return *counts;
}

result<log_record> record_at(const rocks_store& store, log_position position) {
  std::string value;
  auto key = big_endian(position);
  auto status = store.db->Get({}, store.log, key, &value);
  if (status.IsNotFound()) {
    return lost(numbered("log entry", position) + " is missing");
  }
  if (!status.ok()) {
    return io_problem(status);
  }
  auto record = parse_log(key, value);
  return record ? result<log_record>{*record}
                : result<log_record>{lost(numbered("log entry", position) + " is damaged")};
}

// The frame carries this hash, and when asked for, the bytes in it have it.
bool is_event(std::string_view framed, const sha256_digest& hash, bool hash_again) {
  return framed.size() >= 2 * digest_bytes && digest_at(framed, digest_bytes) == hash
         && (!hash_again
             || chain_hash(digest_at(framed, 0), framed.substr(2 * digest_bytes)) == hash);
}

result<void> check_event(const rocks_store& store, const log_entry& entry) {
  rocksdb::PinnableSlice value;
  auto status = store.db->Get({}, store.events, event_key(entry.stream, entry.sequence), &value);
  auto name = numbered(entry.stream + " event", entry.sequence);
  if (!status.ok()) {
    return lost(name + " is missing (" + status.ToString() + ")");
  }
  return is_event(value.ToStringView(), entry.hash, true)
           ? result<void>{}
           : result<void>{lost(name + " is not what was written")};
}

// The stream's head must know at least this event.
result<void> check_head(const rocks_store& store, const std::string& stream,
                        sequence_number at_least) {
  std::string value;
  auto status = store.db->Get({}, store.heads, stream, &value);
  auto head = status.ok() ? parse_head(value) : std::nullopt;
  if (!head || head->sequence < at_least) {
    return lost("the head of " + stream + " is missing or older than "
                + numbered("event", at_least));
  }
  return {};
}

// The end of the log, entry by entry, and then its events stream by stream: those of one stream lie
// next to each other, so a quarter of a million take a fraction of a second.
class tail_check {
 public:
  tail_check(const rocks_store& store, log_position last) : store_{store}, last_{last} {}

  result<void> run() {
    auto from = last_ > checked_tail ? last_ - checked_tail + 1 : 1;
    if (from > 1) {
      auto before = record_at(store_, from - 1);
      if (!before) {
        return before.error();
      }
      running_ = before->running;
    }
    rocksdb::ReadOptions options;
    options.readahead_size = 1 << 20;
    std::unique_ptr<rocksdb::Iterator> it{store_.db->NewIterator(options, store_.log)};
    next_ = from;
    for (it->Seek(big_endian(from)); it->Valid(); it->Next()) {
      if (auto good = follow(it->key().ToStringView(), it->value().ToStringView()); !good) {
        return good;
      }
    }
    return it->status().ok() ? check_streams() : result<void>{io_problem(it->status())};
  }

 private:
  struct stretch {
    sequence_number first = 0;
    std::vector<sha256_digest> hashes;  // as the log knows them
    bool recent = false;                // the stream's head and bytes are looked at too
  };

  result<void> follow(std::string_view key, std::string_view value) {
    auto record = parse_log(key, value);
    if (!record || record->entry.position != next_) {
      return lost(numbered("log entry", next_) + " is missing or damaged");
    }
    const auto& entry = record->entry;
    running_ = next_running(running_, entry.stream, entry.sequence, entry.hash);
    if (running_ != record->running) {
      return lost(numbered("log entry", next_) + " does not follow the one before");
    }
    auto& of = streams_[entry.stream];
    if (of.hashes.empty()) {
      of.first = entry.sequence;
    }
    if (entry.sequence != of.first + of.hashes.size()) {
      return lost(numbered("log entry", next_) + " is not the next of " + entry.stream);
    }
    of.hashes.push_back(entry.hash);
    of.recent = last_ - next_ < probes;
    ++next_;
    return {};
  }

  result<void> check_streams() const {
    rocksdb::ReadOptions options;
    options.total_order_seek = true;
    std::unique_ptr<rocksdb::Iterator> it{store_.db->NewIterator(options, store_.events)};
    for (auto name_of : names_in_order()) {
      std::string stream{name_of};
      const auto& of = streams_.at(stream);
      it->Seek(event_key(stream, of.first));
      for (std::size_t i = 0; i < of.hashes.size(); ++i, it->Next()) {
        auto sequence = of.first + i;
        auto name = numbered(stream + " event", sequence);
        if (!it->Valid() || it->key().ToStringView() != event_key(stream, sequence)) {
          return lost(name + " is missing (" + it->status().ToString() + ")");
        }
        if (!is_event(it->value().ToStringView(), of.hashes[i], of.recent)) {
          return lost(name + " is not what was written");
        }
      }
      if (auto good = of.recent ? check_head(store_, stream, of.first + of.hashes.size() - 1)
                                : result<void>{};
          !good) {
        return good;
      }
    }
    return {};
  }

  // As the events lie.
  std::vector<std::string_view> names_in_order() const {
    std::vector<std::string_view> out;
    for (const auto& [stream, of] : streams_) {
      out.push_back(stream);
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  const rocks_store& store_;
  log_position last_;
  log_position next_ = 1;
  sha256_digest running_{};
  std::unordered_map<std::string, stretch> streams_;
};

result<void> check_probes(const rocks_store& store, log_position last) {
  auto range = last > checked_tail ? last - checked_tail : 0;
  auto step = std::max<log_position>(1, range / probes);
  for (log_position position = 1; position <= range; position += step) {
    auto record = record_at(store, position);
    if (!record) {
      return record.error();
    }
    if (auto good = check_event(store, record->entry); !good) {
      return good;
    }
    if (auto good = check_head(store, record->entry.stream, record->entry.sequence); !good) {
      return good;
    }
  }
  return {};
}

result<head_mark> last_of_log(const rocks_store& store) {
  std::unique_ptr<rocksdb::Iterator> it{store.db->NewIterator({}, store.log)};
  it->SeekToLast();
  if (!it->status().ok()) {
    return io_problem(it->status());
  }
  if (!it->Valid() || it->key().ToStringView() == sum_key) {
    return head_mark{};
  }
  auto record = parse_log(it->key().ToStringView(), it->value().ToStringView());
  if (!record) {
    return lost("the last entry of the log is damaged");
  }
  return head_mark{record->entry.position, record->running};
}

result<void> compare(const rocks_store& store, const head_mark& is, const head_mark& expected) {
  if (is.position < expected.position) {
    return lost("the head file knows " + std::to_string(expected.position)
                + " events, the database ends at " + numbered("position", is.position));
  }
  if (is.groups < expected.groups) {
    return lost("the head file knows " + std::to_string(expected.groups)
                + " writes, the database has " + std::to_string(is.groups) + ", at "
                + numbered("position", is.position));
  }
  if (expected.position == 0) {
    return {};
  }
  auto record = record_at(store, expected.position);
  if (!record) {
    return record.error();
  }
  if (record->running != expected.running) {
    return lost(numbered("position", expected.position)
                + " is not what the head file knows: this database is another or an altered one");
  }
  return {};
}

opened_for_reading read_once(const rocks_options& options) {
  opened_for_reading out;
  // The head first: what it knows is in the database that is opened after.
  auto expected = durable_head::read(head_path(options));
  if (!holds_journal(options)) {
    auto where = options.directory.string() + " holds no journal";
    bool had_one = expected && *expected && (*expected)->groups > 0;
    out.is = !expected ? expected.error()
             : had_one ? lost(where + ", but a head file knows of one")
                       : error{errc::io_error, where};
    return out;
  }
  auto store = open_store(options, open_mode::read_only);
  if (!store) {
    out.is = store.error();
    return out;
  }
  out.store = std::move(*store);
  out.expected = expected ? *expected : std::nullopt;
  out.is = expected ? check_mark(*out.store, out.expected) : result<standing>{expected.error()};
  return out;
}

}  // namespace

result<standing> check_mark(const rocks_store& store, const std::optional<head_mark>& expected) {
  auto mark = last_of_log(store);
  if (!mark) {
    return mark.error();
  }
  auto counts = check_counts(store);
  if (!counts) {
    return counts.error();
  }
  mark->groups = counts->groups;
  if (!expected && mark->groups > 0) {
    return lost("the head file is missing, the database ends at "
                + numbered("position", mark->position));
  }
  if (expected) {
    if (auto good = compare(store, *mark, *expected); !good) {
      return good.error();
    }
  }
  return standing{*mark, counts->touched};
}

result<standing> check_at_open(const rocks_store& store, const std::optional<head_mark>& expected) {
  auto is = check_mark(store, expected);
  if (!is) {
    return is.error();
  }
  if (auto last = is->mark.position; last > 0) {
    if (auto good = tail_check{store, last}.run(); !good) {
      return good.error();
    }
    if (auto good = check_probes(store, last); !good) {
      return good.error();
    }
  }
  return is;
}

opened_for_reading open_for_reading(const rocks_options& options) {
  // A writer beside may make and delete a file while we take hold of all: that looks like damage,
  // but damage stays.
  constexpr int attempts_max = 5;
  auto out = read_once(options);
  for (int attempt = 1; attempt < attempts_max && !out.is && holds_journal(options); ++attempt) {
    out = {};  // closed before it is opened again
    out = read_once(options);
  }
  return out;
}

}  // namespace bursar::persistence
