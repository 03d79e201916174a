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
constexpr std::size_t covered_bytes = 48;

error failed(std::string_view what) {
  return {errc::io_error, std::string{what} + ": " + std::strerror(errno)};
}

std::string encode(const head_mark& mark) {
  std::string out{magic};
  out += big_endian(mark.position);
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
  return head_mark{*from_big_endian(slot.substr(8, 8)), digest_at(slot, 16)};
}

}  // namespace

result<std::optional<head_mark>> durable_head::read(const std::filesystem::path& file) {
  int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return errno == ENOENT ? result<std::optional<head_mark>>{std::optional<head_mark>{}}
                           : result<std::optional<head_mark>>{failed("cannot read the head file")};
  }
  std::string bytes(2 * slot_bytes, '\0');
  auto size = ::pread(descriptor, bytes.data(), bytes.size(), 0);
  ::close(descriptor);
  if (size < 0) {
    return failed("cannot read the head file");
  }
  bytes.resize(static_cast<std::size_t>(size));
  auto first = decode(std::string_view{bytes}.substr(0, slot_bytes));
  std::optional<head_mark> second;
  if (bytes.size() > slot_bytes) {
    second = decode(std::string_view{bytes}.substr(slot_bytes));
  }
  if (!first && !second) {
    return error{errc::integrity_error, "the head file " + file.string() + " is damaged"};
  }
  if (first && second) {
    return std::optional{first->position >= second->position ? *first : *second};
  }
  return first ? first : second;
}

result<std::unique_ptr<durable_head>> durable_head::open(const std::filesystem::path& file) {
  int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return failed("cannot open the head file " + file.string());
  }
  return std::unique_ptr<durable_head>{new durable_head{descriptor}};
}

durable_head::durable_head(int file) : file_{file} {
  syncer_ = std::jthread{[this](std::stop_token stop) { sync_now_and_then(stop); }};
}

durable_head::~durable_head() {
  syncer_.request_stop();
  syncer_ = {};
  if (auto done = sync(); !done) {
    log::error("the head file is not synced", {{"why", done.error().detail()}});
  }
  ::close(file_);
}

result<void> durable_head::advance(const head_mark& to) {
  auto bytes = encode(to);
  auto at = static_cast<off_t>((turn_++ % 2) * slot_bytes);
  if (::pwrite(file_, bytes.data(), bytes.size(), at) != static_cast<ssize_t>(bytes.size())) {
    return failed("cannot write the head file");
  }
  std::lock_guard lock{mutex_};
  if (!dirty_) {
    dirty_ = true;
    changed_.notify_one();
  }
  return {};
}

result<void> durable_head::sync() {
  return ::fdatasync(file_) == 0 ? result<void>{} : result<void>{failed("cannot sync the head file")};
}

void durable_head::sync_now_and_then(std::stop_token stop) {
  std::unique_lock lock{mutex_};
  while (changed_.wait(lock, stop, [this] { return dirty_; })) {
    dirty_ = false;
    lock.unlock();
    if (auto done = sync(); !done) {
      log::error("the head file is not synced", {{"why", done.error().detail()}});
    }
    lock.lock();
    changed_.wait_for(lock, stop, sync_interval, [] { return false; });
  }
}

}  // namespace bursar::persistence
