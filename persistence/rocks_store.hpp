// The RocksDB behind the embedded journal: how it is opened, and its columns. Internal to
// persistence/; tests open it through a file system of their own to inject faults.
// Owner: the journal that opened it; the handles live as long as the store.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include "persistence/free_space.hpp"
#include "persistence/layout.hpp"
#include "persistence/rocks_journal.hpp"

namespace bursar::persistence {

// Of every key and value on its way through the batch and the memtable (reliability.md M2).
inline constexpr std::uint32_t protection_bytes = 8;

struct rocks_store {
  std::unique_ptr<rocksdb::Env> files;  // of a reader; outlives the database
  std::unique_ptr<rocksdb::DB> db;
  rocksdb::ColumnFamilyHandle* counters = nullptr;  // RocksDB's default column
  rocksdb::ColumnFamilyHandle* events = nullptr;
  rocksdb::ColumnFamilyHandle* log = nullptr;
  rocksdb::ColumnFamilyHandle* heads = nullptr;
  std::array<rocksdb::ColumnFamilyHandle*, column_count> columns{};

  rocks_store() = default;
  ~rocks_store();
  rocks_store(const rocks_store&) = delete;
  rocks_store& operator=(const rocks_store&) = delete;

  rocksdb::ColumnFamilyHandle* at(column in) const { return columns[static_cast<std::size_t>(in)]; }
  // Those that count the groups that touched them, in the order of layout.hpp.
  std::array<rocksdb::ColumnFamilyHandle*, counted_columns> counted() const;
};

// What the journal takes from outside, for tests to put something else in its place.
struct journal_surroundings {
  rocksdb::Env* env = nullptr;   // null: the real one
  free_bytes_source free_bytes;  // empty: what the file system says
};

enum class open_mode { write, read_only };

result<std::unique_ptr<rocks_store>> open_store(const rocks_options& options, open_mode mode,
                                                rocksdb::Env* env = nullptr);

result<std::unique_ptr<journal>> open_rocks_journal(const rocks_options& options,
                                                    const journal_surroundings& in);

std::filesystem::path head_path(const rocks_options& options);
std::filesystem::path database_path(const rocks_options& options);
bool holds_journal(const rocks_options& options);
error io_problem(const rocksdb::Status& status);

inline rocksdb::Slice slice(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace bursar::persistence
