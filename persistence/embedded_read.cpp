// Reading, from any thread: RocksDB's iterators see one moment, and nothing in it is undurable,
// because a write is put into memory after its sync. What is read is checked before it is believed.
#include <algorithm>

#include "persistence/embedded_journal.hpp"
#include "persistence/layout.hpp"

namespace bursar::persistence {
namespace {

using iterator_ptr = std::unique_ptr<rocksdb::Iterator>;

// The least byte string greater than all that start with `prefix`; none: there is no such.
std::optional<std::string> after_prefix(std::string_view prefix) {
  std::string out{prefix};
  while (!out.empty() && out.back() == '\xff') {
    out.pop_back();
  }
  if (out.empty()) {
    return std::nullopt;
  }
  out.back() = static_cast<char>(static_cast<unsigned char>(out.back()) + 1);
  return out;
}

void seek_up(rocksdb::Iterator& it, std::string_view prefix, std::string_view after) {
  bool inside = after >= prefix;
  it.Seek(slice(inside ? after : prefix));
  // With neither given this passes the column's sum, which has the empty key.
  if (inside && it.Valid() && it.key().ToStringView() == after) {
    it.Next();
  }
}

void seek_down(rocksdb::Iterator& it, std::string_view prefix, std::string_view after) {
  auto end = after_prefix(prefix);
  if (!after.empty() && (!end || after < *end)) {
    end = std::string{after};
  }
  if (!end) {
    it.SeekToLast();
    return;
  }
  it.SeekForPrev(*end);
  if (it.Valid() && it.key().ToStringView() == *end) {
    it.Prev();
  }
}

// Follows one stream and says of each event whether it belongs there.
class chain_reader {
 public:
  chain_reader(std::string_view stream, sequence_number next) : stream_{stream}, next_{next} {}

  sequence_number next() const { return next_; }

  result<stored_event> take(sequence_number sequence, std::string_view value) {
    auto event = parse_event(sequence, value);
    if (sequence != next_) {
      return damaged(stream_, next_, "is missing");
    }
    if (!event || event->hash != chain_hash(event->previous, event->json)) {
      return damaged(stream_, sequence, "is not what was written: its hash does not fit");
    }
    if (sequence == 1 || before_) {
      if (event->previous != before_.value_or(sha256_digest{})) {
        return damaged(stream_, sequence, "does not follow the event before it");
      }
    }
    before_ = event->hash;
    ++next_;
    return std::move(*event);
  }

 private:
  std::string_view stream_;
  sequence_number next_;
  std::optional<sha256_digest> before_;
};

}  // namespace

result<std::vector<stored_event>> embedded_journal::read(std::string_view stream,
                                                         sequence_number from,
                                                         std::size_t limit) const {
  from = std::max<sequence_number>(from, 1);
  std::vector<stored_event> out;
  constexpr std::size_t reserved_max = 512;
  out.reserve(std::min(limit, reserved_max));
  rocksdb::ReadOptions options;
  options.prefix_same_as_start = true;
  iterator_ptr it{store_->db->NewIterator(options, store_->events)};
  auto name = event_key(stream, from);
  auto stem = std::string_view{name}.substr(0, name.size() - 8);
  // The event before the first is read too, so that the first one's link is checked.
  auto first = from > 1 ? from - 1 : from;
  chain_reader chain{stream, first};
  for (it->Seek(event_key(stream, first)); it->Valid() && out.size() < limit; it->Next()) {
    auto key = it->key().ToStringView();
    if (key.size() != name.size() || !key.starts_with(stem)) {
      break;
    }
    auto sequence = *from_big_endian(key.substr(stem.size()));
    auto event = chain.take(sequence, it->value().ToStringView());
    if (!event) {
      return event.error();
    }
    if (sequence >= from) {
      out.push_back(std::move(*event));
    }
  }
  if (!it->status().ok()) {
    return it->status().IsCorruption() ? damaged(stream, chain.next(), it->status().ToString())
                                       : io_problem(it->status());
  }
  return out;
}

result<std::vector<log_entry>> embedded_journal::tail(log_position from, std::size_t limit) const {
  auto position = std::max<log_position>(from, 1);
  std::vector<log_entry> out;
  iterator_ptr it{store_->db->NewIterator({}, store_->log)};
  for (it->Seek(big_endian(position)); it->Valid() && out.size() < limit; it->Next()) {
    auto record = parse_log(it->key().ToStringView(), it->value().ToStringView());
    if (!record || record->entry.position != position) {
      return error{errc::integrity_error,
                   "log entry " + std::to_string(position) + " is missing or damaged"};
    }
    out.push_back(std::move(record->entry));
    ++position;
  }
  if (!it->status().ok()) {
    return error{errc::integrity_error,
                 "log entry " + std::to_string(position) + ": " + it->status().ToString()};
  }
  return out;
}

result<std::optional<stream_head>> embedded_journal::head(std::string_view stream) const {
  std::string value;
  auto status = store_->db->Get({}, store_->heads, slice(stream), &value);
  if (status.IsNotFound() || stream == sum_key) {
    return std::optional<stream_head>{};
  }
  if (!status.ok()) {
    return io_problem(status);
  }
  auto head = parse_head(value);
  return head ? result<std::optional<stream_head>>{head}
              : result<std::optional<stream_head>>{damaged(stream, 0, "its head is damaged")};
}

result<std::vector<std::string>> embedded_journal::streams(std::string_view after,
                                                           std::size_t limit) const {
  std::vector<std::string> out;
  iterator_ptr it{store_->db->NewIterator({}, store_->heads)};
  for (seek_up(*it, "", after); it->Valid() && out.size() < limit; it->Next()) {
    out.push_back(it->key().ToString());
  }
  if (!it->status().ok()) {
    return io_problem(it->status());
  }
  return out;
}

result<std::optional<std::string>> embedded_journal::get(column in, std::string_view key) const {
  std::string value;
  auto status = store_->db->Get({}, store_->at(in), slice(key), &value);
  if (status.IsNotFound() || key == sum_key) {
    return std::optional<std::string>{};
  }
  if (!status.ok()) {
    return io_problem(status);
  }
  return std::optional{std::move(value)};
}

result<std::vector<record>> embedded_journal::scan(column in, std::string_view prefix,
                                                   std::string_view after, std::size_t limit,
                                                   bool descending) const {
  std::vector<record> out;
  iterator_ptr it{store_->db->NewIterator({}, store_->at(in))};
  descending ? seek_down(*it, prefix, after) : seek_up(*it, prefix, after);
  while (it->Valid() && out.size() < limit && it->key().ToStringView().starts_with(prefix)
         && it->key().ToStringView() != sum_key) {
    out.push_back({it->key().ToString(), it->value().ToString()});
    descending ? it->Prev() : it->Next();
  }
  if (!it->status().ok()) {
    return io_problem(it->status());
  }
  return out;
}

}  // namespace bursar::persistence
