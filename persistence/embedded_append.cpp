// Appending: judge the group, one WriteBatch, one synced write, the head file. The order is the
// promise: nothing is acknowledged before the sync returned, and the head is never ahead.
#include <algorithm>
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
                                   std::unique_ptr<durable_head> head, const standing& at,
                                   std::unique_ptr<free_space> space)
  : store_{std::move(store)},
    head_file_{std::move(head)},
    space_{std::move(space)},
    at_{at},
    position_{at.mark.position} {}

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

void embedded_journal::put(pending& p, const append_request& r) const {
  auto& mark = p.to.mark;
  auto sequence = r.expected;
  for (const auto& event : r.events) {
    ++sequence;
    ++mark.position;
    p.batch.Put(store_->events, event_key(r.stream, sequence),
                framed_event(event.previous(), event.hash(), event.json()));
    mark.running = next_running(mark.running, r.stream, sequence, event.hash());
    p.batch.Put(store_->log, big_endian(mark.position),
                log_value(r.stream, sequence, event.hash(), mark.running));
  }
  if (!r.events.empty()) {
    p.batch.Put(store_->heads, r.stream, head_value({sequence, r.events.back().hash()}));
    std::fill_n(p.touches.begin(), 3, true);
  }
  for (const auto& record : r.records) {
    p.touches[3 + static_cast<std::size_t>(record.in)] = true;
    if (record.value) {
      p.batch.Put(store_->at(record.in), record.key, *record.value);
    } else {
      p.batch.Delete(store_->at(record.in), record.key);
    }
  }
}

bool embedded_journal::write(pending& p) {
  ++p.to.mark.groups;
  auto columns = store_->counted();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (p.touches[i]) {
      ++p.to.touched[i];
      p.batch.Merge(columns[i], slice(sum_key), big_endian(1));
    }
  }
  p.batch.Put(store_->counters, slice(groups_key), counts_value({p.to.mark.groups, p.to.touched}));
  rocksdb::WriteOptions options;
  options.sync = true;
  options.protection_bytes_per_key = protection_bytes;
  auto bytes = p.batch.GetDataSize();
  if (auto status = store_->db->Write(options, &p.batch); !status.ok()) {
    fail("a write or sync failed", status.ToString());
    return false;
  }
  if (auto done = head_file_->advance(p.to.mark); !done) {
    fail("its head cannot be written", done.error().text());
    return false;
  }
  space_->spend(bytes);
  at_ = p.to;
  position_ = at_.mark.position;
  return true;
}

std::vector<append_status> embedded_journal::judge(std::span<const append_request* const> group,
                                                   pending& p) {
  std::vector<append_status> out;
  out.reserve(group.size());
  stored source{*this};
  heads_judge judge{source};
  bool any = false;
  for (const auto* r : group) {
    out.push_back(r->held.epoch == 1 ? judge.judge(*r) : append_status::fenced);
    if (out.back() == append_status::acked) {
      put(p, *r);
      any = true;
    }
  }
  if (!any) {
    return out;
  }
  if (!write(p)) {
    out.assign(group.size(), append_status::unknown);
    return out;
  }
  if (recent_heads_.size() + judge.heads().size() > recent_heads_max) {
    recent_heads_.clear();
  }
  for (const auto& [stream, head] : judge.heads()) {
    recent_heads_.insert_or_assign(std::string{stream}, head);
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
  pending p;
  p.to = at_;
  try {
    return judge(group, p);
  } catch (const read_failed& problem) {
    fail("a read failed", problem.why);
  } catch (const std::exception& problem) {
    fail("an append ended early", problem.what());
  }
  return all(append_status::unknown);
}

}  // namespace bursar::persistence
