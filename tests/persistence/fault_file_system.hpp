// A file system under RocksDB that fails when it is told to, and that knows what a power cut would
// leave: of each file what was synced and perhaps some of the rest, of each directory the names
// that were synced and perhaps some of the others.
// Threads: RocksDB's; everything here is under one mutex.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <shared_mutex>
#include <string>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace bursar::persistence::testing {

enum class operation : std::uint8_t { append, sync, sync_directory, create, rename };

struct fault {
  operation on{};
  std::string name_contains;  // of the file, without its directory
  unsigned nth = 1;
  bool forever = false;  // and all after it
};

class fault_file_system : public rocksdb::FileSystemWrapper {
 public:
  fault_file_system() : FileSystemWrapper{rocksdb::FileSystem::Default()} {}
  const char* Name() const override { return "bursar.fault_file_system"; }

  void plan(const fault& planned);
  unsigned seen() const;  // operations that the plan counts
  // From here on nothing reaches the disk; then lose_power() leaves what was there.
  void stop();
  void lose_power(std::mt19937& random);

  // -- rocksdb::FileSystem ---

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* out,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* out,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

  // -- told by the wrapped files ---

  // Held while something is done to the disk, so that nothing is under way once stop() returned.
  std::shared_lock<std::shared_mutex> working() { return std::shared_lock{gate_}; }
  bool stopped() const;
  rocksdb::IOStatus ask(operation on, const std::string& name);
  void appended(const std::string& name, std::uint64_t bytes);
  void synced(const std::string& name);
  void synced_directory(const std::string& name);

 private:
  struct extent {
    std::uint64_t size = 0;
    std::uint64_t synced = 0;
  };
  struct replaced {
    std::string by;
    std::optional<std::string> before;  // the bytes of the file that was there
  };

  std::shared_mutex gate_;
  mutable std::mutex mutex_;
  std::optional<fault> plan_;
  unsigned seen_ = 0;
  bool stopped_ = false;
  std::map<std::string, extent> files_;
  std::set<std::string> new_names_;              // not synced into their directory
  std::map<std::string, replaced> new_renames_;  // likewise, by their target
};

// The environment above it. Time is real but nobody sleeps: RocksDB rests a second after a failure.
class fault_env : public rocksdb::EnvWrapper {
 public:
  explicit fault_env(const std::shared_ptr<fault_file_system>& files);
  const char* Name() const override { return "bursar.fault_env"; }
};

}  // namespace bursar::persistence::testing
