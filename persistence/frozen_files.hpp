// The files of a database as they are at one moment, for a reader beside a running writer: each is
// held open, so that it can be read after the writer has deleted it, and the MANIFEST, which tells
// which files count, is copied, so that it names none that came later. Nothing is written to disk.
// Threads: immutable once made.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include <rocksdb/file_system.h>

#include "base/error.hpp"

namespace bursar::persistence {

class frozen_files final : public rocksdb::FileSystemWrapper {
 public:
  static result<std::shared_ptr<frozen_files>> freeze(const std::filesystem::path& directory);

  explicit frozen_files(const std::filesystem::path& directory);
  ~frozen_files() override;
  const char* Name() const override { return "bursar.frozen_files"; }

  // -- rocksdb::FileSystem ---

  rocksdb::IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* out,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* out,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus FileExists(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetFileSize(const std::string& name, const rocksdb::IOOptions& options,
                                std::uint64_t* size, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetChildren(const std::string& directory, const rocksdb::IOOptions& options,
                                std::vector<std::string>* names,
                                rocksdb::IODebugContext* debug) override;

 private:
  bool hold_all();
  bool copy(const std::string& name, std::string& bytes);
  // Where a name of the directory can be read from; other names stay.
  std::string place_of(const std::string& name) const;

  std::filesystem::path directory_;
  std::map<std::string, int> held_;  // by name, without the directory
};

}  // namespace bursar::persistence
