// Order is what makes it one moment: hold what is there, copy the MANIFEST, hold what came
// meanwhile. A file that the copy names was there before it was copied, so it is held, unless it
// came and went between the two; then opening fails, and the caller tries again.
#include "persistence/frozen_files.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace bursar::persistence {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

bool is_table_or_log(const std::filesystem::path& name) {
  return name.extension() == ".sst" || name.extension() == ".log";
}

bool read_whole(int file, std::string& out) {
  char buffer[64 << 10];
  for (off_t at = 0;;) {
    auto count = ::pread(file, buffer, sizeof buffer, at);
    if (count <= 0) {
      return count == 0;
    }
    out.append(buffer, static_cast<std::size_t>(count));
    at += count;
  }
}

}  // namespace

result<std::shared_ptr<frozen_files>> frozen_files::freeze(const std::filesystem::path& directory) {
  auto out = std::make_shared<frozen_files>(directory);
  std::string current;
  std::string manifest;
  bool done = out->hold_all() && out->copy("CURRENT", current)
              && out->copy(current.substr(0, current.find('\n')), manifest) && out->hold_all();
  if (!done) {
    return error{errc::io_error, "cannot read " + directory.string() + ": " + std::strerror(errno)};
  }
  return out;
}

frozen_files::frozen_files(const std::filesystem::path& directory)
  : FileSystemWrapper{rocksdb::FileSystem::Default()}, directory_{directory} {}

frozen_files::~frozen_files() {
  for (const auto& [name, file] : held_) {
    ::close(file);
  }
}

bool frozen_files::hold_all() {
  std::error_code problem;
  for (std::filesystem::directory_iterator it{directory_, problem}, end; !problem && it != end;
       it.increment(problem)) {
    auto name = it->path().filename();
    if (!is_table_or_log(name) || held_.contains(name)) {
      continue;
    }
    int file = ::open(it->path().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno != ENOENT) {
      return false;
    }
    if (file >= 0) {
      held_[name] = file;
    }
  }
  return !problem;
}

bool frozen_files::copy(const std::string& name, std::string& bytes) {
  int file = ::open((directory_ / name).c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return false;
  }
  bool read = read_whole(file, bytes);
  ::close(file);
  int kept = read ? ::memfd_create("bursar-manifest", MFD_CLOEXEC) : -1;
  if (kept < 0) {
    return false;
  }
  held_[name] = kept;
  return ::pwrite(kept, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
}

std::string frozen_files::place_of(const std::string& name) const {
  std::filesystem::path path{name};
  auto found = path.parent_path() == directory_ ? held_.find(path.filename()) : held_.end();
  return found == held_.end() ? name : "/proc/self/fd/" + std::to_string(found->second);
}

IOStatus frozen_files::NewSequentialFile(const std::string& name,
                                         const rocksdb::FileOptions& options,
                                         std::unique_ptr<rocksdb::FSSequentialFile>* out,
                                         IODebugContext* debug) {
  return FileSystemWrapper::NewSequentialFile(place_of(name), options, out, debug);
}

IOStatus frozen_files::NewRandomAccessFile(const std::string& name,
                                           const rocksdb::FileOptions& options,
                                           std::unique_ptr<rocksdb::FSRandomAccessFile>* out,
                                           IODebugContext* debug) {
  return FileSystemWrapper::NewRandomAccessFile(place_of(name), options, out, debug);
}

IOStatus frozen_files::FileExists(const std::string& name, const IOOptions& options,
                                  IODebugContext* debug) {
  return FileSystemWrapper::FileExists(place_of(name), options, debug);
}

IOStatus frozen_files::GetFileSize(const std::string& name, const IOOptions& options,
                                   std::uint64_t* size, IODebugContext* debug) {
  return FileSystemWrapper::GetFileSize(place_of(name), options, size, debug);
}

IOStatus frozen_files::GetChildren(const std::string& directory, const IOOptions& options,
                                   std::vector<std::string>* names, IODebugContext* debug) {
  if (std::filesystem::path{directory} != directory_) {
    return FileSystemWrapper::GetChildren(directory, options, names, debug);
  }
  names->clear();
  for (const auto& [name, file] : held_) {
    names->push_back(name);
  }
  return IOStatus::OK();
}

}  // namespace bursar::persistence
