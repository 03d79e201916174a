// Appending: judge the group, one WriteBatch, one synced write, the head file. The order is the
// promise: nothing is acknowledged before the sync returned, and the head is never ahead.
#include <exception>

#include "base/log.hpp"
#include "persistence/embedded_journal.hpp"
#include "persistence/heads_judge.hpp"

namespace bursar::persistence {
namespace {

constexpr std::size_t recent_heads_max = 100'000;

struct read_failed {
  std::string why;
};

}  // namespace

embedded_journal::embedded_journal(std::unique_ptr<rocks_store> store,
                                   std::unique_ptr<durable_head> head, const head_mark& at,
                                   std::unique_ptr<free_space> space)
  : store_{std::move(store)},
    head_file_{std::move(head)},
    space_{std::move(space)},
    at_{at},
    position_{at.position} {}

stream_head embedded_journal::stored::head(const std::string& stream) const {
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
    throw read_failed{"the head of " + stream + ": " + status.ToString()};
  }
  return *head;
}

bool embedded_journal::stored::exists(const record_key& key) const {
  rocksdb::PinnableSlice value;
  auto status = in.store_->db->Get({}, in.store_->at(key.in), key.key, &value);
  if (!status.ok() && !status.IsNotFound()) {
    throw read_failed{"a side record: " + status.ToString()};
  }
  return status.ok();
}

health embedded_journal::state() const {
  bool writable = head_file_ && !failed_.load() && head_file_->good();
  return {writable, space_->low(), space_->bytes(), position_.load()};
}

void embedded_journal::fail(const std::string& what, const std::string& why) {
  failed_ = true;
  log::error("the journal stops: " + what, {{"why", why}});
}

void embedded_journal::put(rocksdb::WriteBatch& batch, const append_request& r,
                           head_mark& to) const {
  auto sequence = r.expected;
  auto previous = r.previous;
  for (const auto& event : r.events) {
    ++sequence;
    ++to.position;
    batch.Put(store_->events, event_key(r.stream, sequence),
              framed_event(previous, event.hash, event.json));
    to.running = next_running(to.running, r.stream, sequence, event.hash);
    batch.Put(store_->log, big_endian(to.position),
              log_value(r.stream, sequence, event.hash, to.running));
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

bool embedded_journal::write(rocksdb::WriteBatch& batch, const head_mark& to) {
  batch.Put(store_->counters, slice(groups_key), big_endian(to.groups));
  batch.Merge(store_->counters, slice(applied_key), big_endian(1));
  rocksdb::WriteOptions options;
  options.sync = true;
  options.protection_bytes_per_key = 8;
  auto bytes = batch.GetDataSize();
  if (auto status = store_->db->Write(options, &batch); !status.ok()) {
    fail("a write or sync failed", status.ToString());
    return false;
  }
  if (auto done = head_file_->advance(to); !done) {
    fail("its head cannot be written", done.error().text());
    return false;
  }
  space_->spend(bytes);
  at_ = to;
  position_ = to.position;
  return true;
}

std::vector<append_status> embedded_journal::judge(std::span<const append_request* const> group,
                                                   rocksdb::WriteBatch& batch, head_mark& to) {
  std::vector<append_status> out;
  out.reserve(group.size());
  stored source{*this};
  heads_judge judge{source};
  bool any = false;
  for (const auto* r : group) {
    out.push_back(r->held.epoch == 1 ? judge.judge(*r) : append_status::fenced);
    if (out.back() == append_status::acked) {
      put(batch, *r, to);
      any = true;
    }
  }
  if (!any) {
    return out;
  }
  ++to.groups;
  if (!write(batch, to)) {
    out.assign(group.size(), append_status::unknown);
    return out;
  }
  if (recent_heads_.size() + judge.heads().size() > recent_heads_max) {
    recent_heads_.clear();
  }
  for (const auto& [stream, head] : judge.heads()) {
    recent_heads_.insert_or_assign(stream, head);
  }
  return out;
}

std::vector<append_status> embedded_journal::append(std::span<const append_request* const> group) {
  auto all = [&](append_status status) { return std::vector<append_status>(group.size(), status); };
  if (!head_file_) {
    return all(append_status::fenced);
  }
  if (!failed_.load() && !head_file_->good()) {
    fail("its head cannot be synced", "see above");
  }
  if (failed_.load()) {
    return all(append_status::unknown);
  }
  if (space_->low()) {
    return all(append_status::storage_low);
  }
  rocksdb::WriteBatch batch(0, 0, 8, 0);
  auto to = at_;
  try {
    return judge(group, batch, to);
  } catch (const read_failed& problem) {
    fail("a read failed", problem.why);
  } catch (const std::exception& problem) {
    fail("an append ended early", problem.what());
  }
  return all(append_status::unknown);
}

}  // namespace bursar::persistence
