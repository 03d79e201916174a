#include "persistence/rocks_store.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include "base/limits.hpp"

namespace bursar::persistence {
namespace {

constexpr std::array column_names{"snapshots", "idempotency", "outbox", "timers",
                                  "payloads",  "inbox",       "dead",   "index"};
static_assert(column_names.size() == column_count);

// The stream of an event's key: what is before its last nine bytes.
class stream_of_key final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "bursar.stream"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), key.size() - 8};
  }
  bool InDomain(const rocksdb::Slice& key) const override { return key.size() > 9; }
};

rocksdb::ColumnFamilyOptions column_options(const rocks_options& options,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions out;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
  table.block_cache = cache;
  table.format_version = 5;
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  out.write_buffer_size = options.write_buffer_bytes;
  out.compression = rocksdb::kLZ4Compression;
  out.bottommost_compression = rocksdb::kZSTD;
  out.memtable_protection_bytes_per_key = 8;
  out.memtable_whole_key_filtering = true;
  out.memtable_prefix_bloom_size_ratio = 0.05;
  return out;
}

// Rules M1, M2 and M4: one torn record at the end of the WAL is what a crash leaves; everything
// else the head file judges. After a failed write nothing is resumed.
rocksdb::DBOptions database_options(rocksdb::Env* env) {
  rocksdb::DBOptions out;
  if (env != nullptr) {
    out.env = env;
  }
  out.create_if_missing = true;
  out.create_missing_column_families = true;
  out.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  out.recycle_log_file_num = 0;
  out.avoid_flush_during_recovery = false;
  out.paranoid_checks = true;
  out.track_and_verify_wals_in_manifest = true;
  out.max_bgerror_resume_count = 0;
  out.max_background_jobs = 2;
  out.max_open_files = 512;
  out.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  out.keep_log_file_num = 4;
  out.max_total_wal_size = 256ULL << 20;
  return out;
}

}  // namespace

rocks_options::rocks_options()
  : free_bytes_min{limits::free_bytes_min}, ballast_bytes{limits::ballast_bytes} {}

std::filesystem::path head_path(const rocks_options& options) {
  return options.head_file.empty() ? options.directory / "head" : options.head_file;
}

error io_problem(const rocksdb::Status& status) {
  return {status.IsCorruption() ? errc::integrity_error : errc::io_error, status.ToString()};
}

rocks_store::~rocks_store() {
  if (!db) {
    return;
  }
  for (auto* handle : columns) {
    db->DestroyColumnFamilyHandle(handle);
  }
  for (auto* handle : {events, log, heads}) {
    db->DestroyColumnFamilyHandle(handle);
  }
  db->Close();
}

result<std::unique_ptr<rocks_store>> open_store(const rocks_options& options, open_mode mode,
                                                rocksdb::Env* env) {
  auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  auto plain = column_options(options, cache);
  auto events = plain;
  events.prefix_extractor = std::make_shared<stream_of_key>();
  events.paranoid_file_checks = true;
  std::vector<rocksdb::ColumnFamilyDescriptor> columns{
    {rocksdb::kDefaultColumnFamilyName, plain}, {"events", events}, {"log", plain},
    {"heads", plain}};
  for (const char* name : column_names) {
    columns.emplace_back(name, plain);
  }
  auto path = (options.directory / "journal").string();
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  auto status = mode == open_mode::write
                  ? rocksdb::DB::Open(database_options(env), path, columns, &handles, &db)
                  : rocksdb::DB::OpenForReadOnly(database_options(env), path, columns, &handles,
                                                 &db, false);
  if (!status.ok()) {
    return io_problem(status);
  }
  auto out = std::make_unique<rocks_store>();
  out->db.reset(db);
  db->DestroyColumnFamilyHandle(handles[0]);
  out->events = handles[1];
  out->log = handles[2];
  out->heads = handles[3];
  for (std::size_t i = 0; i < column_count; ++i) {
    out->columns[i] = handles[4 + i];
  }
  return out;
}

}  // namespace bursar::persistence
