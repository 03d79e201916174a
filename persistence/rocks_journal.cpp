// Owner of append(): the event log's thread. Everything else only reads RocksDB, which is safe
// beside a writer.
#include "persistence/rocks_journal.hpp"

#include <atomic>
#include <chrono>
#include <cstring>
#include <unordered_map>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "persistence/durable_head.hpp"
#include "persistence/heads_judge.hpp"
#include "persistence/open_checks.hpp"
#include "persistence/rocks_store.hpp"

namespace bursar::persistence {
namespace {

rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}

struct read_failed {
  rocksdb::Status status;
};

class rocks_journal final : public journal {
 public:
  rocks_journal(rocks_options options, std::unique_ptr<rocks_store> store,
                std::unique_ptr<durable_head> head, const head_mark& at)
    : options_{std::move(options)}, store_{std::move(store)}, head_file_{std::move(head)},
      running_{at.running}, position_{at.position} {
    look_at_free_space();
  }

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
  health state() const override {
    return {!failed_.load() && head_file_ != nullptr, storage_low_.load(), free_bytes_.load(),
            position_.load()};
  }

 private:
  // What heads_judge asks.
  struct stored {
    const rocks_journal& in;
    stream_head head(const std::string& stream) const;
    bool exists(const record_key& key) const;
  };

  void look_at_free_space() const;
  bool is_storage_low();
  void put(rocksdb::WriteBatch& batch, const append_request& r, sha256_digest& running,
           log_position& position);
  append_status write(rocksdb::WriteBatch& batch, const sha256_digest& running,
                      log_position position);

  rocks_options options_;
  std::unique_ptr<rocks_store> store_;
  std::unique_ptr<durable_head> head_file_;  // null: read-only
  // Of streams written lately; bounded, the rest is read from the heads column.
  std::unordered_map<std::string, stream_head> recent_heads_;
  sha256_digest running_;
  std::atomic<log_position> position_;
  std::atomic<bool> failed_{false};
  mutable std::atomic<bool> storage_low_{false};
  mutable std::atomic<std::uint64_t> free_bytes_{0};
  std::chrono::steady_clock::time_point looked_at_{};
};

constexpr std::size_t recent_heads_max = 100'000;

stream_head rocks_journal::stored::head(const std::string& stream) const {
  if (auto found = in.recent_heads_.find(stream); found != in.recent_heads_.end()) {
    return found->second;
  }
  std::string value;
  auto status = in.store_->db->Get({}, in.store_->heads, stream, &value);
  if (status.IsNotFound()) {
    return {};
  }
  auto head = status.ok() ? parse_head(value) : std::nullopt;
  if (!head) {
    throw read_failed{status};
  }
  return *head;
}

bool rocks_journal::stored::exists(const record_key& key) const {
  rocksdb::PinnableSlice value;
  auto status = in.store_->db->Get({}, in.store_->at(key.in), key.key, &value);
  if (!status.ok() && !status.IsNotFound()) {
    throw read_failed{status};
  }
  return status.ok();
}

// -- writing ---

void rocks_journal::look_at_free_space() const {
  struct statvfs disk {};
  if (::statvfs(options_.directory.c_str(), &disk) == 0) {
    auto free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    free_bytes_ = free;
    storage_low_ = free < options_.free_bytes_min;
  }
}

bool rocks_journal::is_storage_low() {
  constexpr std::chrono::milliseconds interval{100};
  auto now = std::chrono::steady_clock::now();
  if (now - looked_at_ > interval) {
    looked_at_ = now;
    look_at_free_space();
  }
  return storage_low_.load();
}

void rocks_journal::put(rocksdb::WriteBatch& batch, const append_request& r,
                        sha256_digest& running, log_position& position) {
  auto sequence = r.expected;
  auto previous = r.previous;
  for (const auto& event : r.events) {
    ++sequence;
    ++position;
    batch.Put(store_->events, event_key(r.stream, sequence),
              framed_event(previous, event.hash, event.json));
    running = next_running(running, r.stream, sequence, event.hash);
    batch.Put(store_->log, big_endian(position), log_value(r.stream, sequence, event.hash, running));
    previous = event.hash;
  }
  if (!r.events.empty()) {
    batch.Put(store_->heads, r.stream, head_value({sequence, previous}));
  }
  for (const auto& record : r.records) {
    if (record.value) {
      batch.Put(store_->at(record.in), record.key, *record.value);
    } else {
      batch.Delete(store_->at(record.in), record.key);
    }
  }
}

append_status rocks_journal::write(rocksdb::WriteBatch& batch, const sha256_digest& running,
                                   log_position position) {
  rocksdb::WriteOptions options;
  options.sync = true;
  options.protection_bytes_per_key = 8;
  if (auto status = store_->db->Write(options, &batch); !status.ok()) {
    failed_ = true;
    log::error("the journal stops: a write or sync failed", {{"why", status.ToString()}});
    return append_status::unknown;
  }
  if (position != position_.load()) {
    if (auto done = head_file_->advance({position, running}); !done) {
      failed_ = true;
      log::error("the journal stops: its head cannot be written", {{"why", done.error().text()}});
      return append_status::unknown;
    }
  }
  running_ = running;
  position_ = position;
  return append_status::acked;
}

std::vector<append_status> rocks_journal::append(std::span<const append_request* const> group) {
  std::vector<append_status> out(group.size(), append_status::fenced);
  if (!head_file_) {
    return out;
  }
  if (failed_.load()) {
    out.assign(group.size(), append_status::unknown);
    return out;
  }
  if (is_storage_low()) {
    out.assign(group.size(), append_status::storage_low);
    return out;
  }
  stored source{*this};
  heads_judge judge{source};
  rocksdb::WriteBatch batch(0, 0, 8, 0);
  auto running = running_;
  auto position = position_.load();
  bool any = false;
  try {
    for (std::size_t i = 0; i < group.size(); ++i) {
      out[i] = group[i]->held.epoch == 1 ? judge.judge(*group[i]) : append_status::fenced;
      if (out[i] == append_status::acked) {
        put(batch, *group[i], running, position);
        any = true;
      }
    }
  } catch (const read_failed& problem) {
    failed_ = true;
    log::error("the journal stops: a read failed", {{"why", problem.status.ToString()}});
    out.assign(group.size(), append_status::unknown);
    return out;
  }
  auto written = any ? write(batch, running, position) : append_status::acked;
  if (written != append_status::acked) {
    out.assign(group.size(), written);
    return out;
  }
  if (recent_heads_.size() + judge.heads().size() > recent_heads_max) {
    recent_heads_.clear();
  }
  for (const auto& [stream, head] : judge.heads()) {
    recent_heads_[stream] = head;
  }
  return out;
}

// -- reading ---

result<std::vector<stored_event>> rocks_journal::read(std::string_view stream,
                                                      sequence_number from,
                                                      std::size_t limit) const {
  std::vector<stored_event> out;
  rocksdb::ReadOptions options;
  options.prefix_same_as_start = true;
  std::unique_ptr<rocksdb::Iterator> it{store_->db->NewIterator(options, store_->events)};
  auto sequence = from;
  sha256_digest previous{};
  for (it->Seek(event_key(stream, from)); it->Valid() && out.size() < limit; it->Next()) {
    auto name = parse_event_key(it->key().ToStringView());
    if (!name || name->stream != stream) {
      break;
    }
    auto event = parse_event(name->sequence, it->value().ToStringView());
    if (name->sequence != sequence) {
      return damaged(stream, sequence, "is missing");
    }
    if (!event || event->hash != chain_hash(event->previous, event->json)) {
      return damaged(stream, sequence, "is not what was written: its hash does not fit");
    }
    bool chained = out.empty() ? from > 1 || event->previous == sha256_digest{}
                               : event->previous == previous;
    if (!chained) {
      return damaged(stream, sequence, "does not follow the event before it");
    }
    previous = event->hash;
    out.push_back(std::move(*event));
    ++sequence;
  }
  if (!it->status().ok()) {
    return damaged(stream, sequence, it->status().ToString());
  }
  return out;
}

result<std::vector<log_entry>> rocks_journal::tail(log_position from, std::size_t limit) const {
  std::vector<log_entry> out;
  std::unique_ptr<rocksdb::Iterator> it{store_->db->NewIterator({}, store_->log)};
  for (it->Seek(big_endian(from)); it->Valid() && out.size() < limit; it->Next()) {
    auto record = parse_log(it->key().ToStringView(), it->value().ToStringView());
    if (!record) {
      return error{errc::integrity_error, "an entry of the log is damaged"};
    }
    out.push_back(std::move(record->entry));
  }
  if (!it->status().ok()) {
    return io_problem(it->status());
  }
  return out;
}

result<std::optional<stream_head>> rocks_journal::head(std::string_view stream) const {
  std::string value;
  auto status = store_->db->Get({}, store_->heads, slice(stream), &value);
  if (status.IsNotFound()) {
    return std::optional<stream_head>{};
  }
  if (!status.ok()) {
    return io_problem(status);
  }
  auto head = parse_head(value);
  return head ? result<std::optional<stream_head>>{head}
              : result<std::optional<stream_head>>{damaged(stream, 0, "its head is damaged")};
}

result<std::vector<std::string>> rocks_journal::streams(std::string_view after,
                                                        std::size_t limit) const {
  std::vector<std::string> out;
  std::unique_ptr<rocksdb::Iterator> it{store_->db->NewIterator({}, store_->heads)};
  for (it->Seek(slice(after)); it->Valid() && out.size() < limit; it->Next()) {
    if (it->key().ToStringView() != after) {
      out.push_back(it->key().ToString());
    }
  }
  if (!it->status().ok()) {
    return io_problem(it->status());
  }
  return out;
}

result<std::optional<std::string>> rocks_journal::get(column in, std::string_view key) const {
  std::string value;
  auto status = store_->db->Get({}, store_->at(in), slice(key), &value);
  if (status.IsNotFound()) {
    return std::optional<std::string>{};
  }
  if (!status.ok()) {
    return io_problem(status);
  }
  return std::optional{std::move(value)};
}

result<std::vector<record>> rocks_journal::scan(column in, std::string_view prefix,
                                                std::string_view after, std::size_t limit,
                                                bool descending) const {
  std::vector<record> out;
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  std::unique_ptr<rocksdb::Iterator> it{store_->db->NewIterator(options, store_->at(in))};
  if (descending) {
    auto end = after.empty() ? std::string{prefix} + std::string(64, '\xff') : std::string{after};
    it->SeekForPrev(end);
    if (it->Valid() && it->key().ToStringView() == after) {
      it->Prev();
    }
  } else {
    it->Seek(slice(after.empty() ? prefix : after));
    if (it->Valid() && !after.empty() && it->key().ToStringView() == after) {
      it->Next();
    }
  }
  while (it->Valid() && out.size() < limit && it->key().ToStringView().starts_with(prefix)) {
    out.push_back({it->key().ToString(), it->value().ToString()});
    descending ? it->Prev() : it->Next();
  }
  if (!it->status().ok()) {
    return io_problem(it->status());
  }
  return out;
}

// -- opening ---

result<void> make_ballast(const rocks_options& options) {
  auto path = options.directory / "ballast";
  if (options.ballast_bytes == 0 || std::filesystem::exists(path)) {
    return {};
  }
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  bool made = file >= 0 && ::posix_fallocate(file, 0, static_cast<off_t>(options.ballast_bytes)) == 0;
  if (file >= 0) {
    ::close(file);
  }
  if (!made) {
    std::filesystem::remove(path);
    log::warning("no room for the ballast file", {{"path", path.string()}});
  }
  return {};
}

result<void> make_directory(const std::filesystem::path& directory) {
  std::error_code problem;
  bool fresh = std::filesystem::create_directories(directory, problem);
  if (problem) {
    return error{errc::io_error, directory.string() + ": " + problem.message()};
  }
  if (fresh) {
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, problem);
  }
  return {};
}

}  // namespace

result<std::unique_ptr<journal>> open_rocks_journal(const rocks_options& options,
                                                    rocksdb::Env* env) {
  if (auto made = make_directory(options.directory); !made) {
    return made.error();
  }
  auto mark = durable_head::read(head_path(options));
  if (!mark) {
    return mark.error();
  }
  bool fresh = !std::filesystem::exists(options.directory / "journal" / "CURRENT");
  if (fresh && *mark && (*mark)->position > 0) {
    return error{errc::integrity_error,
                 "the head file says " + std::to_string((*mark)->position)
                   + " events, but there is no database: restore a backup"};
  }
  auto store = open_store(options, open_mode::write, env);
  if (!store) {
    return store.error();
  }
  auto at = check_at_open(**store, *mark);
  if (!at) {
    return at.error();
  }
  auto head = durable_head::open(head_path(options));
  if (!head) {
    return head.error();
  }
  if (auto done = (*head)->advance(*at); !done) {
    return done.error();
  }
  if (auto done = (*head)->sync(); !done) {
    return done.error();
  }
  if (auto done = make_ballast(options); !done) {
    return done.error();
  }
  return std::unique_ptr<journal>{
    new rocks_journal{options, std::move(*store), std::move(*head), *at}};
}

result<std::unique_ptr<journal>> open_rocks_journal(const rocks_options& options) {
  return open_rocks_journal(options, nullptr);
}

result<std::unique_ptr<journal>> open_rocks_journal_read_only(const rocks_options& options) {
  if (!std::filesystem::exists(options.directory / "journal" / "CURRENT")) {
    return error{errc::io_error, options.directory.string() + " holds no journal"};
  }
  auto store = open_store(options, open_mode::read_only);
  if (!store) {
    return store.error();
  }
  auto at = last_log_record(**store);
  if (!at) {
    return at.error();
  }
  return std::unique_ptr<journal>{new rocks_journal{options, std::move(*store), nullptr, *at}};
}

}  // namespace bursar::persistence
