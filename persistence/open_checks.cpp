#include "persistence/open_checks.hpp"

#include <algorithm>

#include "persistence/layout.hpp"

namespace bursar::persistence {
namespace {

constexpr const char* advice
  = "; restore a backup, or see docs/runbooks/refused-to-start.md (bursar audit verify names all)";

error behind(std::string what) {
  return {errc::integrity_error, "the journal lost something: " + std::move(what) + advice};
}

result<std::optional<log_record>> record_at(const rocks_store& store, log_position position) {
  std::string value;
  auto status = store.db->Get({}, store.log, big_endian(position), &value);
  if (status.IsNotFound()) {
    return std::optional<log_record>{};
  }
  if (!status.ok()) {
    return io_problem(status);
  }
  auto record = parse_log(big_endian(position), value);
  if (!record) {
    return behind("log entry " + std::to_string(position) + " is damaged");
  }
  return record;
}

result<void> check_event(const rocks_store& store, const log_entry& entry) {
  std::string value;
  auto status = store.db->Get({}, store.events, event_key(entry.stream, entry.sequence), &value);
  auto event = status.ok() ? parse_event(entry.sequence, value) : std::nullopt;
  if (!event) {
    return behind(entry.stream + " event " + std::to_string(entry.sequence) + " is missing ("
                  + status.ToString() + ")");
  }
  if (event->hash != entry.hash || event->hash != chain_hash(event->previous, event->json)) {
    return behind(entry.stream + " event " + std::to_string(entry.sequence)
                  + " is not what was written");
  }
  return {};
}

// Every entry of the tail: gapless, chained by the running hash, and its event there.
result<void> check_tail(const rocks_store& store, log_position last) {
  auto from = last > checked_tail ? last - checked_tail + 1 : 1;
  sha256_digest running{};
  if (from > 1) {
    auto before = record_at(store, from - 1);
    if (!before) {
      return before.error();
    }
    if (!*before) {
      return behind("log entry " + std::to_string(from - 1) + " is missing");
    }
    running = (*before)->running;
  }
  std::unique_ptr<rocksdb::Iterator> it{store.db->NewIterator({}, store.log)};
  auto position = from;
  for (it->Seek(big_endian(from)); it->Valid(); it->Next(), ++position) {
    auto record = parse_log(it->key().ToStringView(), it->value().ToStringView());
    if (!record || record->entry.position != position) {
      return behind("log entry " + std::to_string(position) + " is missing or damaged");
    }
    const auto& entry = record->entry;
    running = next_running(running, entry.stream, entry.sequence, entry.hash);
    if (running != record->running) {
      return behind("log entry " + std::to_string(position) + " does not follow the one before");
    }
    if (auto event = check_event(store, entry); !event) {
      return event.error();
    }
  }
  if (!it->status().ok()) {
    return io_problem(it->status());
  }
  return {};
}

result<void> check_probes(const rocks_store& store, log_position last) {
  if (last <= checked_tail) {
    return {};
  }
  auto range = last - checked_tail;
  auto step = std::max<log_position>(1, range / probes);
  for (log_position position = 1; position <= range; position += step) {
    auto record = record_at(store, position);
    if (!record) {
      return record.error();
    }
    if (!*record) {
      return behind("log entry " + std::to_string(position) + " is missing");
    }
    if (auto event = check_event(store, (*record)->entry); !event) {
      return event.error();
    }
  }
  return {};
}

result<void> check_mark(const rocks_store& store, const head_mark& last,
                        const std::optional<head_mark>& expected) {
  if (!expected) {
    if (last.position > 0) {
      return behind("the head file is missing, the database has "
                    + std::to_string(last.position) + " events");
    }
    return {};
  }
  if (last.position < expected->position) {
    return behind("the head file says " + std::to_string(expected->position)
                  + " events, the database has " + std::to_string(last.position));
  }
  if (expected->position == 0) {
    return {};
  }
  auto record = record_at(store, expected->position);
  if (!record) {
    return record.error();
  }
  if (!*record || (*record)->running != expected->running) {
    return behind("event " + std::to_string(expected->position)
                  + " of all is not the one the head file knows");
  }
  return {};
}

}  // namespace

result<head_mark> last_log_record(const rocks_store& store) {
  std::unique_ptr<rocksdb::Iterator> it{store.db->NewIterator({}, store.log)};
  it->SeekToLast();
  if (!it->Valid()) {
    return it->status().ok() ? result<head_mark>{head_mark{}}
                             : result<head_mark>{io_problem(it->status())};
  }
  auto record = parse_log(it->key().ToStringView(), it->value().ToStringView());
  if (!record) {
    return behind("the last entry of the log is damaged");
  }
  return head_mark{record->entry.position, record->running};
}

result<head_mark> check_at_open(const rocks_store& store,
                                const std::optional<head_mark>& expected) {
  auto last = last_log_record(store);
  if (!last) {
    return last.error();
  }
  if (auto good = check_mark(store, *last, expected); !good) {
    return good.error();
  }
  if (last->position > 0) {
    if (auto good = check_tail(store, last->position); !good) {
      return good.error();
    }
    if (auto good = check_probes(store, last->position); !good) {
      return good.error();
    }
  }
  return last;
}

}  // namespace bursar::persistence
