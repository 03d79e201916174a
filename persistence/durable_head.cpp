// Two slots and a thread that syncs them. Everything here is about one file of 1024 bytes.
// Invariant: the slot that is not being written holds a mark that the database reached earlier.
#include "persistence/durable_head.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "persistence/layout.hpp"

namespace bursar::persistence {
namespace {

constexpr std::string_view magic = "BURSARH1";
constexpr std::size_t slot_bytes = 512;
constexpr std::size_t covered_bytes = 56;

error failed(const std::string& what) {
  return {errc::io_error, what + ": " + std::strerror(errno)};
}

std::string encode(const head_mark& mark) {
  std::string out{magic};
  out += big_endian(mark.position);
  out += big_endian(mark.groups);
  out += as_bytes(mark.running);
  out += as_bytes(sha256(out));
  out.resize(slot_bytes, '\0');
  return out;
}

std::optional<head_mark> decode(std::string_view slot) {
  if (slot.size() < covered_bytes + digest_bytes || !slot.starts_with(magic)
      || digest_at(slot, covered_bytes) != sha256(slot.substr(0, covered_bytes))) {
    return std::nullopt;
  }
  return head_mark{*from_big_endian(slot.substr(8, 8)), digest_at(slot, 24),
                   *from_big_endian(slot.substr(16, 8))};
}

bool write_at(int file, std::string_view bytes, std::size_t at) {
  while (!bytes.empty()) {
    auto done = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (done < 0 && errno != EINTR) {
      return false;
    }
    auto count = static_cast<std::size_t>(std::max<ssize_t>(done, 0));
    bytes.remove_prefix(count);
    at += count;
  }
  return true;
}

struct slots {
  std::array<std::optional<head_mark>, 2> marks;
  // The slot that a reader believes; 1 only where it is good and newer.
  unsigned newest() const {
    if (!marks[0] || !marks[1]) {
      return marks[0] ? 0 : 1;
    }
    return marks[1]->groups > marks[0]->groups ? 1 : 0;
  }
};

result<slots> read_slots(int file) {
  std::string bytes(2 * slot_bytes, '\0');
  auto size = ::pread(file, bytes.data(), bytes.size(), 0);
  if (size < 0) {
    return failed("cannot read the head file");
  }
  bytes.resize(static_cast<std::size_t>(size));
  std::string_view all{bytes};
  return slots{
    {decode(all.substr(0, slot_bytes)), decode(all.substr(std::min(slot_bytes, all.size())))}};
}

// Under another name first: a crash in between leaves no file rather than an empty one.
result<void> create(const std::filesystem::path& file, const head_mark& first) {
  auto fresh = file;
  fresh += ".new";
  int made = ::open(fresh.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (made < 0) {
    return failed("cannot create the head file " + fresh.string());
  }
  auto slot = encode(first);
  bool written = write_at(made, slot + slot, 0) && ::fdatasync(made) == 0;
  ::close(made);
  if (!written || ::rename(fresh.c_str(), file.c_str()) != 0) {
    return failed("cannot create the head file " + file.string());
  }
  return sync_directory(file.parent_path());
}

}  // namespace

result<void> sync_directory(const std::filesystem::path& directory) {
  auto name = directory.empty() ? std::filesystem::path{"."} : directory;
  int opened = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool synced = opened >= 0 && ::fsync(opened) == 0;
  auto problem = failed("cannot sync the directory " + name.string());
  if (opened >= 0) {
    ::close(opened);
  }
  return synced ? result<void>{} : result<void>{problem};
}

result<std::optional<head_mark>> durable_head::read(const std::filesystem::path& file) {
  int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (opened < 0 && errno == ENOENT) {
    return std::optional<head_mark>{};
  }
  if (opened < 0) {
    return failed("cannot open the head file " + file.string());
  }
  auto found = read_slots(opened);
  ::close(opened);
  if (!found) {
    return found.error();
  }
  const auto& mark = found->marks[found->newest()];
  if (!mark) {
    return error{errc::integrity_error,
                 "the head file " + file.string()
                   + " is damaged; restore it from a backup taken with the journal"};
  }
  return mark;
}

result<std::unique_ptr<durable_head>> durable_head::open(const std::filesystem::path& file,
                                                         const head_mark& first) {
  if (::access(file.c_str(), F_OK) != 0) {
    if (auto made = create(file, first); !made) {
      return made.error();
    }
  }
  int opened = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (opened < 0) {
    return failed("cannot open the head file " + file.string());
  }
  auto found = read_slots(opened);
  if (!found) {
    ::close(opened);
    return found.error();
  }
  return std::unique_ptr<durable_head>{new durable_head{opened, 1 - found->newest()}};
}

durable_head::durable_head(int file, unsigned turn) : file_{file}, turn_{turn} {
  syncer_ = std::jthread{[this](std::stop_token stop) { sync_now_and_then(stop); }};
}

durable_head::~durable_head() {
  syncer_.request_stop();
  syncer_ = {};
  if (good()) {
    if (auto done = sync(); !done) {
      log::error("the head file is not synced", {{"why", done.error().detail()}});
    }
  }
  ::close(file_);
}

result<void> durable_head::advance(const head_mark& to) {
  if (!good()) {
    return error{errc::io_error, "the head file failed before"};
  }
  if (!write_at(file_, encode(to), turn_ * slot_bytes)) {
    failed_ = true;
    return failed("cannot write the head file");
  }
  turn_ = 1 - turn_;
  std::lock_guard lock{mutex_};
  if (!dirty_) {
    dirty_ = true;
    changed_.notify_one();
  }
  return {};
}

result<void> durable_head::sync() {
  if (::fdatasync(file_) != 0) {
    failed_ = true;
    return failed("cannot sync the head file");
  }
  return {};
}

void durable_head::sync_now_and_then(std::stop_token stop) {
  std::unique_lock lock{mutex_};
  while (changed_.wait(lock, stop, [this] { return dirty_; })) {
    dirty_ = false;
    lock.unlock();
    if (auto done = sync(); !done) {
      log::error("the head file is not synced", {{"why", done.error().detail()}});
      return;
    }
    lock.lock();
    changed_.wait_for(lock, stop, sync_interval, [] { return false; });
  }
}

}  // namespace bursar::persistence
