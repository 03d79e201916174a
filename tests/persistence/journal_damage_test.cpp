// A journal that something happened to: it is refused, or it is whole; it never opens with less
// than was acknowledged. And what verify() says names the stream and the sequence.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <sstream>

#include "persistence/layout.hpp"
#include "persistence/rocks_store.hpp"
#include "tests/persistence/journal_script.hpp"
#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::persistence;
using namespace bursar::persistence::testing;
namespace fs = std::filesystem;

namespace {

std::string bytes_of(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream{file, std::ios::binary}.rdbuf();
  return out.str();
}

void put_bytes(const fs::path& file, const std::string& bytes) {
  std::ofstream{file, std::ios::binary | std::ios::trunc} << bytes;
}

std::vector<fs::path> files_of(const fs::path& directory, const std::string& part) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator{directory / "journal"}) {
    if (entry.path().filename().string().find(part) != std::string::npos) {
      out.push_back(entry.path());
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

// A journal of 40 requests whose last ones are in the write-ahead log only.
struct damaged_journal {
  temporary_directory directory;
  rocks_options options = options_in(directory.path());
  expectation holds;
  unsigned number = 0;

  explicit damaged_journal(unsigned requests = 40) {
    // Made once; a copy is ten times faster.
    struct prepared {
      temporary_directory directory;
      expectation holds;
    };
    static std::map<unsigned, prepared> all;
    auto& from = all[requests];
    if (from.holds.events() == 0) {
      write(requests / 2);
      write(requests - requests / 2);
      fs::copy(directory.path(), from.directory.path(), fs::copy_options::recursive);
      from.holds = holds;
    } else {
      fs::copy(from.directory.path(), directory.path(), fs::copy_options::recursive);
      holds = from.holds;
      number = requests;
    }
  }
  void write(unsigned requests) {
    auto opened = open_rocks_journal(options).value();
    for (unsigned i = 0; i < requests; ++i) {
      REQUIRE(holds.write(*opened, scripted_request(holds, 3, number++)));
    }
  }
  fs::path path() const { return directory.path(); }
  fs::path wal() const { return files_of(path(), ".log").back(); }

  error refused() const {
    auto opened = open_rocks_journal(options);
    return opened ? error{} : opened.error();
  }
  bool whole() const { return holds.difference(*open_rocks_journal(options).value()).empty(); }
};

void check_refused(const damaged_journal& journal, const std::string& says) {
  // Both ways of looking at it first: opening for writing may change what is there.
  auto verified = verify(journal.options);
  CHECK_FALSE(verified.faults.empty());
  CHECK(open_rocks_journal_read_only(journal.options).has_error());
  auto why = journal.refused();
  CHECK(why.code() == errc::integrity_error);
  INFO(why.detail());
  CHECK(why.detail().find(says) != std::string::npos);
}

// Writes into the database behind the journal's back.
void put_raw(const rocks_options& options, const std::function<void(rocks_store&)>& change) {
  auto store = open_store(options, open_mode::write).value();
  change(*store);
}

bool names(const verification& found, const std::string& stream, sequence_number sequence) {
  return std::any_of(found.faults.begin(), found.faults.end(), [&](const chain_fault& fault) {
    return fault.stream == stream && fault.sequence == sequence;
  });
}

}  // namespace

TEST_CASE("a reopened journal holds everything and goes on", "[journal]") {
  damaged_journal journal;
  for (int i = 0; i < 3; ++i) {
    journal.write(5);
    CHECK(journal.whole());
  }
  auto verified = verify(journal.options);
  CHECK(verified.faults.empty());
  CHECK(verified.events == journal.holds.events());
  CHECK(verified.streams == 3);
}

TEST_CASE("a torn last record of the write-ahead log that was never acknowledged is dropped",
          "[journal]") {
  damaged_journal journal;
  auto head = bytes_of(journal.path() / "head");
  auto before = bytes_of(journal.wal());
  auto acked = journal.holds;
  {
    auto opened = open_rocks_journal(journal.options).value();
    REQUIRE(journal.holds.write(*opened, "org_torn", {std::string(5000, 'x')}));
  }
  auto wal = journal.wal();
  auto all = bytes_of(wal);
  put_bytes(wal, all.substr(0, all.size() - 1000));
  put_bytes(journal.path() / "head", head);  // as if the write had not returned
  CHECK(acked.difference(*open_rocks_journal(journal.options).value()) == "");
}

TEST_CASE("an acknowledged end of the write-ahead log that is gone is refused", "[journal]") {
  damaged_journal journal;
  auto wal = journal.wal();
  auto all = bytes_of(wal);
  SECTION("the last byte") {
    put_bytes(wal, all.substr(0, all.size() - 1));
  }
  SECTION("half of it") {
    put_bytes(wal, all.substr(0, all.size() / 2));
  }
  SECTION("all of it") {
    put_bytes(wal, "");
  }
  SECTION("the file") {
    fs::remove(wal);
  }
  check_refused(journal, "");
}

TEST_CASE("a write without events that is lost is refused", "[journal]") {
  damaged_journal journal;
  {
    auto opened = open_rocks_journal(journal.options).value();
    auto records = journal.holds.next("org_a", {}, {{column::inbox, "evt", "seen"}});
    REQUIRE(journal.holds.write(*opened, records));
  }
  auto wal = journal.wal();
  put_bytes(wal, bytes_of(wal).substr(0, bytes_of(wal).size() - 1));
  check_refused(journal, "writes");
}

TEST_CASE("a hole in the write-ahead log is refused", "[journal]") {
  damaged_journal journal{200};
  auto wal = journal.wal();
  auto all = bytes_of(wal);
  REQUIRE(all.size() > 40'000);
  // Zeros from a record's header on look like preallocated space: RocksDB reads on after the block.
  auto block = std::size_t{32'768};
  for (std::size_t from : {std::size_t{0}, block}) {
    auto holed = all;
    std::fill_n(holed.begin() + static_cast<std::ptrdiff_t>(from), 4096, '\0');
    put_bytes(wal, holed);
    CHECK(journal.refused().code() == errc::integrity_error);
    put_bytes(wal, all);
  }
}

TEST_CASE("a head file that is missing, damaged or another's is refused", "[journal]") {
  damaged_journal journal;
  auto head = journal.path() / "head";
  SECTION("missing") {
    fs::remove(head);
    check_refused(journal, "head file is missing");
  }
  SECTION("empty") {
    put_bytes(head, "");
    check_refused(journal, "is damaged");
  }
  SECTION("of another journal as long") {
    temporary_directory other;
    auto opened = open_rocks_journal(options_in(other.path())).value();
    expectation holds;
    for (unsigned i = 0; i < 40; ++i) {
      REQUIRE(holds.write(*opened, scripted_request(holds, 4, i)));
    }
    opened.reset();
    fs::copy_file(other.path() / "head", head, fs::copy_options::overwrite_existing);
    check_refused(journal, "is not what the head file knows");
  }
}

TEST_CASE("one torn slot of the head file is survived", "[journal]") {
  for (std::size_t slot : {0U, 512U}) {
    damaged_journal journal;
    auto head = journal.path() / "head";
    auto bytes = bytes_of(head);
    REQUIRE(bytes.size() == 1024);
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(slot) + 30, 400, '\x5a');
    put_bytes(head, bytes);
    CHECK(journal.whole());
    CHECK(verify(journal.options).faults.empty());
  }
}

TEST_CASE("a database that is gone beside its head file is refused, not made anew", "[journal]") {
  damaged_journal journal;
  fs::remove_all(journal.path() / "journal");
  check_refused(journal, "there is no database");
  CHECK_FALSE(fs::exists(journal.path() / "journal"));
}

TEST_CASE("an older copy of the database under the newer head file is refused", "[journal]") {
  damaged_journal journal;
  fs::copy(journal.path() / "journal", journal.path() / "copy", fs::copy_options::recursive);
  journal.write(1);
  fs::remove_all(journal.path() / "journal");
  fs::rename(journal.path() / "copy", journal.path() / "journal");
  check_refused(journal, "position");
}

TEST_CASE("a lost table file is refused", "[journal]") {
  damaged_journal journal;
  auto tables = files_of(journal.path(), ".sst");
  REQUIRE(tables.size() >= 5);
  for (const auto& table : tables) {
    auto bytes = bytes_of(table);
    fs::remove(table);
    CHECK_FALSE(open_rocks_journal(journal.options).has_value());
    CHECK_FALSE(verify(journal.options).faults.empty());
    put_bytes(table, bytes);
  }
}

TEST_CASE("a MANIFEST that ends early forgets nothing silently", "[journal]") {
  temporary_directory prepared;
  auto holds = tiny_journal(prepared.path(), true);
  auto manifest = files_of(prepared.path(), "MANIFEST").back();
  auto bytes = bytes_of(manifest);
  unsigned refused = 0;
  // A record is checksum(4) ‖ length(2, little endian) ‖ type(1) ‖ payload; a header of zeros ends
  // its block without an error.
  constexpr std::size_t header = 7;
  for (std::size_t at = 0; at + header <= bytes.size();) {
    auto length = static_cast<unsigned char>(bytes[at + 4])
                  + 256U * static_cast<unsigned char>(bytes[at + 5]);
    temporary_directory copy;
    fs::copy(prepared.path(), copy.path(), fs::copy_options::recursive);
    auto cut = bytes;
    std::fill_n(cut.begin() + static_cast<std::ptrdiff_t>(at), header, '\0');
    put_bytes(copy.path() / "journal" / manifest.filename(), cut);
    auto opened = open_rocks_journal(options_in(copy.path()));
    INFO("cut at byte " << at);
    CHECK((!opened || holds.difference(**opened).empty()));
    refused += opened ? 0 : 1;
    at += header + length;
  }
  CHECK(refused > 10);
}

TEST_CASE("a column that lost a write is refused by its name", "[journal]") {
  damaged_journal journal;
  put_raw(journal.options, [&](rocks_store& in) {
    REQUIRE(in.db->Put({}, in.at(column::idempotency), slice(sum_key), big_endian(39)).ok());
  });
  check_refused(journal, "column idempotency");
}

TEST_CASE("a second writer is kept out, a reader is not", "[journal]") {
  damaged_journal journal;
  auto writer = open_rocks_journal(journal.options).value();
  auto second = open_rocks_journal(journal.options);
  REQUIRE(second.has_error());
  CHECK(second.error().code() == errc::io_error);
  CHECK(second.error().detail().find("LOCK") != std::string::npos);

  auto reader = open_rocks_journal_read_only(journal.options).value();
  auto then = journal.holds;
  CHECK(then.difference(*reader) == "");
  CHECK(append_one(*reader, then.next("org_a", {"{}"})) == append_status::fenced);
  CHECK_FALSE(reader->state().writable);
  REQUIRE(journal.holds.write(*writer, "org_a", {"{}"}));
  CHECK(then.difference(*reader) == "");  // as of its opening
  CHECK(journal.holds.difference(*open_rocks_journal_read_only(journal.options).value()) == "");
  CHECK(verify(journal.options).faults.empty());
}

TEST_CASE("readers beside a busy writer see what was durable and disturb nothing", "[journal]") {
  temporary_directory directory;
  auto options = small_buffers_in(directory.path());
  auto writer = open_rocks_journal(options).value();
  expectation holds;
  for (unsigned i = 0; i < 240; ++i) {
    REQUIRE(holds.write(*writer, scripted_request(holds, 5, i)));
    if (i % 40 == 39) {
      auto reader = open_rocks_journal_read_only(options);
      INFO((reader ? "" : reader.error().detail()));
      REQUIRE(reader.has_value());
      CHECK(holds.difference(**reader) == "");
    }
  }
  writer.reset();
  CHECK(holds.difference(*open_rocks_journal(options).value()) == "");
}

TEST_CASE("appends below the watermark are refused until space is freed", "[journal]") {
  temporary_directory directory;
  std::atomic<std::uint64_t> free{1 << 30};
  auto options = options_in(directory.path());
  options.free_bytes_min = 100 << 20;
  auto journal = open_rocks_journal(options, {nullptr, [&] { return free.load(); }}).value();
  expectation holds;
  auto await = [&](bool low) {  // what is known about the disk is up to a tenth of a second old
    while (journal->state().storage_low != low) {
    }
  };
  REQUIRE(holds.write(*journal, "org_a", {"{}"}));
  free = (100 << 20) - 1;
  await(true);
  CHECK(append_one(*journal, holds.next("org_a", {"{}"})) == append_status::storage_low);
  CHECK(journal->state().free_bytes == free);
  CHECK(journal->state().writable);
  CHECK(holds.difference(*journal) == "");
  free = 100 << 20;
  await(false);
  CHECK(holds.write(*journal, "org_a", {"{}"}));
}

TEST_CASE("a disk too full for recovery is named before RocksDB meets it", "[journal]") {
  damaged_journal journal;
  auto opened = open_rocks_journal(journal.options, {nullptr, [] { return 1000; }});
  REQUIRE(opened.has_error());
  CHECK(opened.error().code() == errc::storage_low);
  CHECK(opened.error().detail().find("ballast") != std::string::npos);
  CHECK(journal.whole());
}

TEST_CASE("the ballast is made where there is room above the watermark", "[journal]") {
  temporary_directory directory;
  auto options = options_in(directory.path());
  options.ballast_bytes = 1 << 20;
  options.free_bytes_min = 50 << 20;
  auto ballast = directory.path() / "ballast";
  REQUIRE(open_rocks_journal(options, {nullptr, [] { return 50 << 20; }}).has_value());
  CHECK_FALSE(fs::exists(ballast));
  REQUIRE(open_rocks_journal(options, {nullptr, [] { return 51 << 20; }}).has_value());
  CHECK(fs::file_size(ballast) == 1 << 20);
}

TEST_CASE("verify names stream and sequence of a changed, missing or added event", "[journal]") {
  damaged_journal journal;
  auto stream = std::string{"org_1"};
  auto events = journal.holds.events_of(stream);
  REQUIRE(events.size() > 4);
  auto last = events.size();
  rocksdb::WriteOptions unsynced;
  auto put = [&](rocks_store& in, sequence_number at, const std::string& value) {
    REQUIRE(in.db->Put(unsynced, in.events, event_key(stream, at), value).ok());
  };
  auto framed = [&](sequence_number at, const std::string& json, bool rehash) {
    const auto& event = events[at - 1];
    return framed_event(event.previous, rehash ? chain_hash(event.previous, json) : event.hash,
                        json);
  };
  for (sequence_number at : {sequence_number{1}, sequence_number{3}, last}) {
    DYNAMIC_SECTION("a flipped byte in event " << at) {
      auto json = events[at - 1].json;
      json[json.size() / 2] ^= 1;
      put_raw(journal.options, [&](rocks_store& in) { put(in, at, framed(at, json, false)); });
      CHECK(names(verify(journal.options), stream, at));
      CHECK(journal.refused().detail().find(stream + " event " + std::to_string(at))
            != std::string::npos);
    }
    DYNAMIC_SECTION("another event with a fitting hash at " << at) {
      put_raw(journal.options, [&](rocks_store& in) { put(in, at, framed(at, "forged", true)); });
      CHECK_FALSE(verify(journal.options).faults.empty());
      CHECK(names(verify(journal.options), stream, at == last ? at : at + 1));
    }
    DYNAMIC_SECTION("event " << at << " deleted") {
      put_raw(journal.options, [&](rocks_store& in) {
        REQUIRE(in.db->Delete(unsynced, in.events, event_key(stream, at)).ok());
      });
      CHECK(names(verify(journal.options), stream, at));
      CHECK(journal.refused().detail().find("is missing") != std::string::npos);
    }
  }
  SECTION("an event after the last") {
    put_raw(journal.options, [&](rocks_store& in) {
      const auto& end = events.back();
      put(in, last + 1, framed_event(end.hash, chain_hash(end.hash, "more"), "more"));
    });
    CHECK(names(verify(journal.options), stream, last + 1));
  }
  SECTION("a stream that nobody logged") {
    put_raw(journal.options, [&](rocks_store& in) {
      auto value = framed_event({}, chain_hash({}, "x"), "x");
      REQUIRE(in.db->Put(unsynced, in.events, event_key("org_new", 1), value).ok());
    });
    CHECK(names(verify(journal.options), "org_new", 1));
  }
  SECTION("a head that is older") {
    put_raw(journal.options, [&](rocks_store& in) {
      REQUIRE(in.db->Put(unsynced, in.heads, stream, head_value({last - 1, {}})).ok());
    });
    CHECK(names(verify(journal.options), stream, last));
    CHECK(journal.refused().detail().find("head of " + stream) != std::string::npos);
  }
  SECTION("a head that is missing") {
    put_raw(journal.options,
            [&](rocks_store& in) { REQUIRE(in.db->Delete(unsynced, in.heads, stream).ok()); });
    CHECK(names(verify(journal.options), stream, 1));
  }
  SECTION("a log entry that is missing") {
    put_raw(journal.options,
            [&](rocks_store& in) { REQUIRE(in.db->Delete(unsynced, in.log, big_endian(5)).ok()); });
    CHECK_FALSE(verify(journal.options).faults.empty());
    CHECK(journal.refused().detail().find("log entry 5") != std::string::npos);
  }
}

TEST_CASE("reading a damaged stream names the event and leaves its neighbours alone", "[journal]") {
  damaged_journal journal;
  auto events = journal.holds.events_of("org_1");
  put_raw(journal.options, [&](rocks_store& in) {
    auto value = framed_event(events[2].previous, events[2].hash, "changed");
    REQUIRE(in.db->Put({}, in.events, event_key("org_1", 3), value).ok());
    REQUIRE(in.db->Delete({}, in.events, event_key("org_1", 6)).ok());
  });
  auto opened = open_rocks_journal_read_only(journal.options).value();
  auto changed = opened->read("org_1", 1, 10);
  REQUIRE(changed.has_error());
  CHECK(changed.error().code() == errc::integrity_error);
  CHECK(changed.error().detail().starts_with("org_1 event 3:"));
  CHECK(opened->read("org_1", 1, 2).value().size() == 2);
  auto missing = opened->read("org_1", 5, 10);
  REQUIRE(missing.has_error());
  CHECK(missing.error().detail().starts_with("org_1 event 6: is missing"));
  CHECK(opened->read("org_0", 1, 1000).value().size() == journal.holds.events_of("org_0").size());
  CHECK(verify_stream(*opened, "org_1").faults.at(0).sequence == 3);
  CHECK(verify_stream(*opened, "org_0").faults.empty());
}

TEST_CASE("a table block that cannot be read is named by stream and sequence", "[journal]") {
  damaged_journal journal{120};
  journal.write(1);  // what was in the write-ahead log is in tables now
  auto tables = files_of(journal.path(), ".sst");
  bool found = false;
  for (const auto& table : tables) {
    auto good = bytes_of(table);
    auto bad = good;
    bad[100] ^= 1;  // in the first data block
    put_bytes(table, bad);
    auto verified = verify(journal.options);
    CHECK_FALSE(verified.faults.empty());
    for (const auto& fault : verified.faults) {
      found = found || (!fault.stream.empty() && fault.sequence > 0);
    }
    put_bytes(table, good);
  }
  CHECK(found);
  CHECK(verify(journal.options).faults.empty());
}

TEST_CASE("verifying what is not a journal is a fault", "[journal]") {
  temporary_directory directory;
  CHECK(verify(options_in(directory.path() / "nowhere")).faults.size() == 1);
  fs::create_directories(directory.path() / "journal");
  put_bytes(directory.path() / "journal" / "CURRENT", "nonsense");
  auto found = verify(options_in(directory.path()));
  REQUIRE(found.faults.size() == 1);
  CHECK(found.faults[0].what.find("cannot be opened") != std::string::npos);
}

TEST_CASE("verification tells how far it is", "[journal]") {
  damaged_journal journal;
  std::uint64_t done = 0;
  std::uint64_t all = 0;
  verify(journal.options, [&](std::uint64_t d, std::uint64_t a) {
    done = d;
    all = a;
  });
  CHECK(done == journal.holds.events());
  CHECK(all == done);
}
