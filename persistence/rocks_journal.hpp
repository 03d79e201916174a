// The embedded journal: one RocksDB in `<directory>/journal`, and beside it the durable head
// `<directory>/head` (count and hash over everything) and `<directory>/ballast`.
#pragma once

#include <filesystem>
#include <memory>

#include "persistence/journal.hpp"

namespace bursar::persistence {

struct rocks_options {
  std::filesystem::path directory;
  std::filesystem::path head_file;  // empty: <directory>/head
  std::uint64_t free_bytes_min;     // watermark; appends below it are storage_low
  std::uint64_t ballast_bytes;
  std::uint64_t block_cache_bytes = 256ULL << 20;
  std::uint64_t write_buffer_bytes = 64ULL << 20;
  rocks_options();
};

// Opens for writing; creates what is missing in an empty or new directory. Refuses with
// integrity_error when the database is behind its head or damaged, io_error when it is locked by
// another process or the disk fails. `error.detail()` says what to do.
result<std::unique_ptr<journal>> open_rocks_journal(const rocks_options& options);

// Beside a running server or on a stopped one: reads what was durable when it was opened.
// append() answers fenced.
result<std::unique_ptr<journal>> open_rocks_journal_read_only(const rocks_options& options);

// Reads everything: every chain of every stream, the log against the streams, the head file.
// Never throws; an unreadable database is a fault like any other.
verification verify(const rocks_options& options, const verify_progress& progress = {});
// One stream of an open journal.
verification verify_stream(const journal& in, std::string_view stream);

}  // namespace bursar::persistence
