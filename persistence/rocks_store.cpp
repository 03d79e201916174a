// How RocksDB is told to behave. Everything is set here and nothing is read from the OPTIONS file,
// because nobody notices when that is damaged. All columns are flushed together, so that between
// two flushes they stand at one moment; what a damaged MANIFEST forgets, their counts show.
#include "persistence/rocks_store.hpp"

#include <algorithm>

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/merge_operator.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include "base/encoding.hpp"
#include "base/limits.hpp"
#include "persistence/frozen_files.hpp"

namespace bursar::persistence {
namespace {

constexpr std::array column_names{"snapshots", "idempotency", "outbox", "timers",
                                  "payloads",  "inbox",       "dead",   "index"};
static_assert(column_names.size() == column_count);

// The stream of an event's key with the zero byte after it: what is before the last eight bytes.
class stream_of_key final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "bursar.stream"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), key.size() - 8};
  }
  bool InDomain(const rocksdb::Slice& key) const override { return key.size() > 9; }
};

// Adds big-endian counts.
class count_sum final : public rocksdb::AssociativeMergeOperator {
 public:
  const char* Name() const override { return "bursar.count_sum"; }
  bool Merge(const rocksdb::Slice&, const rocksdb::Slice* before, const rocksdb::Slice& more,
             std::string* out, rocksdb::Logger*) const override {
    auto a = before == nullptr ? 0 : from_big_endian(before->ToStringView());
    auto b = from_big_endian(more.ToStringView());
    if (!a || !b) {
      return false;
    }
    *out = big_endian(*a + *b);
    return true;
  }
};

// Columns that are read in order have larger blocks: fewer to find, and they compress better.
enum class access { by_key, in_order };

rocksdb::ColumnFamilyOptions column_options(const rocks_options& options, access how,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions out;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
  table.block_cache = cache;
  table.format_version = 5;
  table.block_size = how == access::by_key ? 4096 : 16'384;
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  out.merge_operator = std::make_shared<count_sum>();
  out.memtable_protection_bytes_per_key = protection_bytes;
  out.paranoid_file_checks = true;
  // Stripe's ids and our positions grow with time: most keys of a kind come after the last one.
  constexpr std::size_t kind_bytes = 9;  // "stripe", zero, "ch"
  out.memtable_insert_with_hint_prefix_extractor.reset(
    rocksdb::NewCappedPrefixTransform(how == access::by_key ? kind_bytes : 0));
  out.write_buffer_size = options.write_buffer_bytes;
  out.compression = rocksdb::kLZ4Compression;
  if (how == access::in_order) {  // what is kept for ever and seldom read
    out.bottommost_compression = rocksdb::kZSTD;
    out.bottommost_compression_opts.level = 1;
    out.bottommost_compression_opts.enabled = true;
  }
  // Keys of many organizations are spread over everything below: it is rewritten half as often.
  out.level0_file_num_compaction_trigger = 8;
  if (how == access::by_key) {  // most of what is asked for by key is not there
    out.memtable_prefix_bloom_size_ratio = 0.02;
    out.memtable_whole_key_filtering = true;
  }
  return out;
}

// One torn record at the end of the write-ahead log is what a crash leaves; everything else the
// head file and the counters judge. After a failed write nothing is resumed.
rocksdb::DBOptions database_options(const rocks_options& options, open_mode mode,
                                    rocksdb::Env* env) {
  rocksdb::DBOptions out;
  if (env != nullptr) {
    out.env = env;
  }
  out.create_if_missing = mode == open_mode::write;
  out.create_missing_column_families = mode == open_mode::write;
  out.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  out.recycle_log_file_num = 0;
  out.avoid_flush_during_recovery = false;
  out.atomic_flush = true;
  out.paranoid_checks = true;
  // In 7.8 this refuses a whole database when a new MANIFEST was begun at the wrong moment
  // (rocksdb#10892). A log that is missing shows in the head file and the sums.
  out.track_and_verify_wals_in_manifest = false;
  out.max_bgerror_resume_count = 0;
  out.max_background_jobs = 2;
  out.max_open_files = 512;
  out.max_file_opening_threads = 1;  // else sixteen are started for each column
  // How much a restart after a crash has to read again.
  out.max_total_wal_size = options.write_buffer_bytes;
  out.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  out.keep_log_file_num = 4;
  return out;
}

std::vector<rocksdb::ColumnFamilyDescriptor> all_columns(const rocks_options& options) {
  auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  auto plain = column_options(options, access::by_key, cache);
  auto log = column_options(options, access::in_order, cache);
  auto events = log;
  events.prefix_extractor = std::make_shared<stream_of_key>();
  auto packed = plain;
  packed.compression = rocksdb::kNoCompression;  // payload.hpp has done it
  std::vector<rocksdb::ColumnFamilyDescriptor> out{
    {rocksdb::kDefaultColumnFamilyName, plain}, {"events", events}, {"log", log}, {"heads", plain}};
  for (std::string_view name : column_names) {
    out.emplace_back(std::string{name}, name == "payloads" ? packed : plain);
  }
  return out;
}

rocksdb::Status open_database(const rocks_options& options, open_mode mode, rocksdb::Env* env,
                              std::vector<rocksdb::ColumnFamilyHandle*>& handles,
                              rocksdb::DB** db) {
  auto behaviour = database_options(options, mode, env);
  auto columns = all_columns(options);
  auto path = database_path(options).string();
  return mode == open_mode::write
           ? rocksdb::DB::Open(behaviour, path, columns, &handles, db)
           : rocksdb::DB::OpenForReadOnly(behaviour, path, columns, &handles, db, false);
}

}  // namespace

rocks_options::rocks_options()
  : free_bytes_min{limits::free_bytes_min}, ballast_bytes{limits::ballast_bytes} {}

std::filesystem::path head_path(const rocks_options& options) {
  return options.head_file.empty() ? options.directory / "head" : options.head_file;
}

std::filesystem::path database_path(const rocks_options& options) {
  return options.directory / "journal";
}

bool holds_journal(const rocks_options& options) {
  std::error_code problem;
  return std::filesystem::exists(database_path(options) / "CURRENT", problem);
}

error io_problem(const rocksdb::Status& status) {
  if (status.IsIOError() && status.ToString().find("lock file") != std::string::npos) {
    return {errc::io_error,
            "the data directory is in use: a server runs on it; stop that, or ask its API"};
  }
  return {status.IsCorruption() ? errc::integrity_error : errc::io_error, status.ToString()};
}

std::array<rocksdb::ColumnFamilyHandle*, counted_columns> rocks_store::counted() const {
  std::array<rocksdb::ColumnFamilyHandle*, counted_columns> out{events, log, heads};
  std::copy(columns.begin(), columns.end(), out.begin() + 3);
  return out;
}

rocks_store::~rocks_store() {
  if (!db) {
    return;
  }
  for (auto* handle : columns) {
    db->DestroyColumnFamilyHandle(handle);
  }
  for (auto* handle : {counters, events, log, heads}) {
    db->DestroyColumnFamilyHandle(handle);
  }
  db->Close();
}

result<std::unique_ptr<rocks_store>> open_store(const rocks_options& options, open_mode mode,
                                                rocksdb::Env* env) {
  auto out = std::make_unique<rocks_store>();
  if (mode == open_mode::read_only) {
    auto files = frozen_files::freeze(database_path(options));
    if (!files) {
      return files.error();
    }
    out->files = rocksdb::NewCompositeEnv(*files);
    env = out->files.get();
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  if (auto status = open_database(options, mode, env, handles, &db); !status.ok()) {
    return io_problem(status);
  }
  out->db.reset(db);
  out->counters = handles[0];
  out->events = handles[1];
  out->log = handles[2];
  out->heads = handles[3];
  for (std::size_t i = 0; i < column_count; ++i) {
    out->columns[i] = handles[4 + i];
  }
  return out;
}

}  // namespace bursar::persistence
