// A journal that something happened to: it is refused, or it is whole; it never opens with less
// than was acknowledged. And who may open it beside whom, and on how full a disk.
#include <atomic>

#include "tests/persistence/damaged_journal.hpp"

using namespace bursar;
using namespace bursar::persistence;
using namespace bursar::persistence::testing;

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
