// What the journal's tests share: a directory that goes away, and a writer that knows what the
// journal must hold: everything acknowledged, and nothing else.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <stdlib.h>

#include "base/digest.hpp"
#include "persistence/rocks_journal.hpp"

namespace bursar::persistence::testing {

class temporary_directory {
 public:
  temporary_directory() {
    // In memory where there is such a place: what is tested is never whether a disk is one.
    namespace fs = std::filesystem;
    auto base = fs::exists("/dev/shm") ? fs::path{"/dev/shm"} : fs::temp_directory_path();
    std::string name = (base / "bursar-journal-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error{"no temporary directory"};
    }
    path_ = name;
  }
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline rocks_options options_in(const std::filesystem::path& directory) {
  rocks_options out;
  out.directory = directory;
  out.free_bytes_min = 0;
  out.ballast_bytes = 0;
  out.block_cache_bytes = 1 << 20;
  out.write_buffer_bytes = 1 << 20;
  return out;
}

inline std::vector<append_status> append_all(journal& to, const std::vector<append_request>& all) {
  std::vector<const append_request*> group;
  for (const auto& r : all) {
    group.push_back(&r);
  }
  return to.append(group);
}

inline append_status append_one(journal& to, const append_request& r) {
  return append_all(to, {r}).at(0);
}

// What a journal must hold.
class expectation {
 public:
  // The next request for a stream, as if all before it had been acknowledged.
  append_request next(const std::string& stream, const std::vector<std::string>& events,
                      std::vector<side_record> records = {}) const {
    append_request out;
    out.held = {0, 1, 0};
    out.stream = stream;
    if (auto found = streams_.find(stream); found != streams_.end()) {
      out.expected = found->second.size();
      out.previous = found->second.back().hash;
    }
    auto hash = out.previous;
    for (const auto& json : events) {
      out.events.emplace_back(hash, json);
      hash = out.events.back().hash();
    }
    out.records = std::move(records);
    return out;
  }

  void acknowledged(const append_request& r) {
    for (const auto& event : r.events) {
      auto& stream = streams_[r.stream];
      stream.push_back({stream.size() + 1, event.previous(), event.hash(), event.json()});
      log_.push_back({log_.size() + 1, r.stream, stream.size(), event.hash()});
    }
    for (const auto& record : r.records) {
      if (record.value) {
        records_[{record.in, record.key}] = *record.value;
      } else {
        records_.erase({record.in, record.key});
      }
    }
  }

  // Appends and remembers; false when it was not acknowledged.
  bool write(journal& to, const append_request& r) {
    bool acked = append_one(to, r) == append_status::acked;
    if (acked) {
      acknowledged(r);
    }
    return acked;
  }
  bool write(journal& to, const std::string& stream, const std::vector<std::string>& events,
             std::vector<side_record> records = {}) {
    return write(to, next(stream, events, std::move(records)));
  }

  // Empty: the journal holds exactly this. Otherwise the first difference.
  std::string difference(const journal& in) const {
    auto log = in.tail(1, log_.size() + 1);
    if (!log) {
      return log.error().text();
    }
    if (log->size() != log_.size()) {
      return "the log has " + std::to_string(log->size()) + " entries, expected "
             + std::to_string(log_.size());
    }
    for (std::size_t i = 0; i < log_.size(); ++i) {
      const auto& a = (*log)[i];
      const auto& b = log_[i];
      if (a.position != b.position || a.stream != b.stream || a.sequence != b.sequence
          || a.hash != b.hash) {
        return "log entry " + std::to_string(i + 1) + " is another";
      }
    }
    auto found = difference_of_streams(in);
    return found.empty() ? difference_of_records(in) : found;
  }

  std::uint64_t events() const { return log_.size(); }
  const std::vector<stored_event>& events_of(const std::string& s) const { return streams_.at(s); }

 private:
  std::string difference_of_streams(const journal& in) const {
    auto names = in.streams("", streams_.size() + 1);
    if (!names || names->size() != streams_.size()) {
      return names ? "other streams" : names.error().text();
    }
    for (const auto& [name, events] : streams_) {
      auto stored = in.read(name, 1, events.size() + 1);
      if (!stored) {
        return stored.error().text();
      }
      auto head = in.head(name);
      if (!head || !*head || (*head)->sequence != events.size()
          || (*head)->hash != events.back().hash) {
        return "the head of " + name;
      }
      bool same = stored->size() == events.size();
      for (std::size_t i = 0; same && i < events.size(); ++i) {
        const auto& a = (*stored)[i];
        const auto& b = events[i];
        same = a.sequence == b.sequence && a.previous == b.previous && a.hash == b.hash
               && a.json == b.json;
      }
      if (!same) {
        return "stream " + name + " is another";
      }
    }
    return {};
  }

  std::string difference_of_records(const journal& in) const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < column_count; ++i) {
      auto stored = in.scan(static_cast<column>(i), "", "", records_.size() + 1);
      if (!stored) {
        return stored.error().text();
      }
      count += stored->size();
      for (const auto& r : *stored) {
        auto found = records_.find({static_cast<column>(i), r.key});
        if (found == records_.end() || found->second != r.value) {
          return "record " + r.key + " is another";
        }
        auto got = in.get(static_cast<column>(i), r.key);
        if (!got || *got != r.value) {
          return "record " + r.key + " is not found by its key";
        }
      }
    }
    return count == records_.size() ? "" : "a side record is missing";
  }

  std::map<std::string, std::vector<stored_event>> streams_;
  std::vector<log_entry> log_;
  std::map<record_key, std::string> records_;
};

}  // namespace bursar::persistence::testing
