// The wrapped files report what happens to them; the file system decides and remembers.
#include "tests/persistence/fault_file_system.hpp"

#include <fstream>
#include <sstream>

#include <rocksdb/system_clock.h>

namespace bursar::persistence::testing {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;
namespace fs = std::filesystem;

class faulty_file final : public rocksdb::FSWritableFileWrapper {
 public:
  faulty_file(std::unique_ptr<rocksdb::FSWritableFile> file, std::string name,
              fault_file_system& in)
    : FSWritableFileWrapper{file.get()}, file_{std::move(file)}, name_{std::move(name)}, in_{in} {}
  ~faulty_file() override {
    auto working = in_.working();
    if (in_.stopped()) {
      // Closing would cut the file to the size that this process believes in. It ends soon anyway.
      static_cast<void>(file_.release());
    }
  }

  IOStatus Append(const Slice& bytes, const IOOptions& options, IODebugContext* debug) override {
    auto working = in_.working();
    auto allowed = in_.ask(operation::append, name_);
    if (!allowed.ok()) {
      return allowed;
    }
    in_.appended(name_, bytes.size());
    return FSWritableFileWrapper::Append(bytes, options, debug);
  }
  IOStatus Append(const Slice& bytes, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
    return Append(bytes, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    auto working = in_.working();
    auto allowed = in_.ask(operation::sync, name_);
    if (!allowed.ok()) {
      return allowed;
    }
    auto done = FSWritableFileWrapper::Sync(options, debug);
    in_.synced(name_);
    return done;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    auto working = in_.working();
    return in_.stopped() ? IOStatus::IOError("the power is off")
                         : FSWritableFileWrapper::Close(options, debug);
  }

 private:
  std::unique_ptr<rocksdb::FSWritableFile> file_;
  std::string name_;
  fault_file_system& in_;
};

class faulty_directory final : public rocksdb::FSDirectoryWrapper {
 public:
  faulty_directory(std::unique_ptr<rocksdb::FSDirectory> directory, std::string name,
                   fault_file_system& in)
    : FSDirectoryWrapper{std::move(directory)}, name_{std::move(name)}, in_{in} {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    auto working = in_.working();
    auto allowed = in_.ask(operation::sync_directory, name_);
    if (!allowed.ok()) {
      return allowed;
    }
    in_.synced_directory(name_);
    return FSDirectoryWrapper::Fsync(options, debug);
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  std::string name_;
  fault_file_system& in_;
};

class sleepless_clock final : public rocksdb::SystemClockWrapper {
 public:
  sleepless_clock() : SystemClockWrapper{rocksdb::SystemClock::Default()} {}
  const char* Name() const override { return "bursar.sleepless_clock"; }
  void SleepForMicroseconds(int) override {}
};

std::optional<std::string> contents(const std::string& name) {
  std::ifstream file{name, std::ios::binary};
  if (!file) {
    return std::nullopt;
  }
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

}  // namespace

fault_env::fault_env(const std::shared_ptr<fault_file_system>& files)
  : EnvWrapper{rocksdb::Env::Default()} {
  file_system_ = files;
  system_clock_ = std::make_shared<sleepless_clock>();
}

void fault_file_system::plan(const fault& planned) {
  std::lock_guard lock{mutex_};
  plan_ = planned;
  seen_ = 0;
}

unsigned fault_file_system::seen() const {
  std::lock_guard lock{mutex_};
  return seen_;
}

void fault_file_system::stop() {
  std::lock_guard nothing_under_way{gate_};
  std::lock_guard lock{mutex_};
  stopped_ = true;
}

bool fault_file_system::stopped() const {
  std::lock_guard lock{mutex_};
  return stopped_;
}

IOStatus fault_file_system::ask(operation on, const std::string& name) {
  std::lock_guard lock{mutex_};
  if (stopped_) {
    return IOStatus::IOError("the power is off");
  }
  bool counted
    = plan_ && plan_->on == on
      && fs::path{name}.filename().string().find(plan_->name_contains) != std::string::npos;
  if (counted) {
    ++seen_;
    if (seen_ == plan_->nth || (plan_->forever && seen_ > plan_->nth)) {
      return IOStatus::IOError("injected");
    }
  }
  return IOStatus::OK();
}

void fault_file_system::appended(const std::string& name, std::uint64_t bytes) {
  std::lock_guard lock{mutex_};
  files_[name].size += bytes;
}

void fault_file_system::synced(const std::string& name) {
  std::lock_guard lock{mutex_};
  files_[name].synced = files_[name].size;
}

void fault_file_system::synced_directory(const std::string& directory) {
  std::lock_guard lock{mutex_};
  auto inside
    = [&](const std::string& name) { return fs::path{name}.parent_path() == fs::path{directory}; };
  std::erase_if(new_names_, inside);
  std::erase_if(new_renames_, [&](const auto& entry) { return inside(entry.first); });
}

IOStatus fault_file_system::NewWritableFile(const std::string& name,
                                            const rocksdb::FileOptions& options,
                                            std::unique_ptr<rocksdb::FSWritableFile>* out,
                                            IODebugContext* debug) {
  auto under_way = working();
  auto status = ask(operation::create, name);
  if (!status.ok()) {
    return status;
  }
  status = FileSystemWrapper::NewWritableFile(name, options, out, debug);
  if (status.ok()) {
    *out = std::make_unique<faulty_file>(std::move(*out), name, *this);
    std::lock_guard lock{mutex_};
    files_[name] = {};
    new_names_.insert(name);
  }
  return status;
}

IOStatus fault_file_system::NewDirectory(const std::string& name, const IOOptions& options,
                                         std::unique_ptr<rocksdb::FSDirectory>* out,
                                         IODebugContext* debug) {
  auto status = FileSystemWrapper::NewDirectory(name, options, out, debug);
  if (status.ok()) {
    *out = std::make_unique<faulty_directory>(std::move(*out), name, *this);
  }
  return status;
}

IOStatus fault_file_system::RenameFile(const std::string& from, const std::string& to,
                                       const IOOptions& options, IODebugContext* debug) {
  auto under_way = working();
  auto status = ask(operation::rename, to);
  if (!status.ok()) {
    return status;
  }
  std::lock_guard lock{mutex_};
  auto before = contents(to);
  status = FileSystemWrapper::RenameFile(from, to, options, debug);
  if (status.ok()) {
    new_renames_[to] = {from, std::move(before)};
    files_[to] = files_[from];
    files_.erase(from);
    new_names_.erase(from);
  }
  return status;
}

IOStatus fault_file_system::DeleteFile(const std::string& name, const IOOptions& options,
                                       IODebugContext* debug) {
  auto under_way = working();
  std::lock_guard lock{mutex_};
  if (stopped_) {
    return IOStatus::IOError("the power is off");
  }
  files_.erase(name);
  new_names_.erase(name);
  return FileSystemWrapper::DeleteFile(name, options, debug);
}

void fault_file_system::lose_power(std::mt19937& random) {
  std::lock_guard lock{mutex_};
  auto perhaps = [&] { return random() % 2 == 0; };
  for (const auto& [name, file] : files_) {
    if (fs::exists(name) && file.synced < file.size) {
      // At least what was synced; beyond it as much as happened to be written back.
      fs::resize_file(name, file.synced + random() % (file.size - file.synced + 1));
    }
  }
  for (const auto& name : new_names_) {
    if (perhaps()) {
      fs::remove(name);
    }
  }
  for (const auto& [to, what] : new_renames_) {
    if (!perhaps()) {
      continue;
    }
    if (what.before) {
      std::ofstream{to, std::ios::binary | std::ios::trunc} << *what.before;
    } else {
      fs::remove(to);
    }
  }
}

}  // namespace bursar::persistence::testing
