// The RocksDB behind the embedded journal: how it is opened, and its columns. Internal to
// persistence/; tests open it through a file system of their own to inject faults.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include "persistence/rocks_journal.hpp"

namespace bursar::persistence {

struct rocks_store {
  std::unique_ptr<rocksdb::DB> db;
  rocksdb::ColumnFamilyHandle* events = nullptr;
  rocksdb::ColumnFamilyHandle* log = nullptr;
  rocksdb::ColumnFamilyHandle* heads = nullptr;
  std::array<rocksdb::ColumnFamilyHandle*, column_count> columns{};

  rocks_store() = default;
  ~rocks_store();
  rocks_store(const rocks_store&) = delete;
  rocks_store& operator=(const rocks_store&) = delete;

  rocksdb::ColumnFamilyHandle* at(column in) const {
    return columns[static_cast<std::size_t>(in)];
  }
};

enum class open_mode { write, read_only };

// `env` null: the real one.
result<std::unique_ptr<rocks_store>> open_store(const rocks_options& options, open_mode mode,
                                                rocksdb::Env* env = nullptr);

// The embedded journal over an Env of the caller's: what open_rocks_journal does with the real one.
result<std::unique_ptr<journal>> open_rocks_journal(const rocks_options& options,
                                                    rocksdb::Env* env);

std::filesystem::path head_path(const rocks_options& options);
error io_problem(const rocksdb::Status& status);

}  // namespace bursar::persistence
