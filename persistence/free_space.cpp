// statvfs costs a microsecond or two, an append of a full disk costs the process: so the figure is
// cached for a tenth of a second and 16 MiB, far less than the watermark leaves.
#include "persistence/free_space.hpp"

#include <limits>

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/log.hpp"

namespace bursar::persistence {
namespace {

std::int64_t now_ms() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

free_bytes_source free_bytes_at(const std::filesystem::path& directory) {
  return [directory] {
    struct statvfs disk {};
    // A disk that does not say how full it is cannot be judged: its errors will be.
    return ::statvfs(directory.c_str(), &disk) == 0
             ? static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize
             : std::numeric_limits<std::uint64_t>::max();
  };
}

free_space::free_space(free_bytes_source source, std::uint64_t watermark)
  : source_{std::move(source)}, watermark_{watermark}, bytes_{source_()}, looked_at_ms_{now_ms()} {}

std::uint64_t free_space::bytes() const {
  auto now = now_ms();
  auto before = looked_at_ms_.load(std::memory_order_relaxed);
  bool due
    = now - before >= look_interval.count() || spent_.load(std::memory_order_relaxed) >= look_bytes;
  if (due && looked_at_ms_.compare_exchange_strong(before, now)) {
    spent_ = 0;
    bytes_ = source_();
  }
  return bytes_.load();
}

result<void> check_room_to_open(const rocks_options& options, std::uint64_t free) {
  constexpr std::uint64_t spare = 8ULL << 20;
  std::uint64_t needed = spare;
  std::error_code problem;
  for (std::filesystem::directory_iterator it{options.directory / "journal", problem}, end;
       !problem && it != end; it.increment(problem)) {
    std::error_code gone;
    auto size = it->path().extension() == ".log" ? it->file_size(gone) : 0;
    needed += gone ? 0 : size;
  }
  if (free < needed) {
    return error{errc::storage_low, "opening the journal needs " + std::to_string(needed)
                                      + " bytes, " + std::to_string(free)
                                      + " are free; free some, or delete "
                                      + (options.directory / "ballast").string()};
  }
  return {};
}

void make_ballast(const rocks_options& options, std::uint64_t free) {
  auto path = options.directory / "ballast";
  bool room
    = free >= options.free_bytes_min && free - options.free_bytes_min >= options.ballast_bytes;
  std::error_code problem;
  if (options.ballast_bytes == 0 || std::filesystem::exists(path, problem) || problem) {
    return;
  }
  int file = room ? ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
  bool made
    = file >= 0 && ::posix_fallocate(file, 0, static_cast<off_t>(options.ballast_bytes)) == 0;
  if (file >= 0) {
    ::close(file);
  }
  if (!made) {
    std::filesystem::remove(path, problem);
    log::warning("no room for the ballast file", {{"path", path.string()}});
  }
}

}  // namespace bursar::persistence
