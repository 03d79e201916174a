// What verify() and the checked reads say of a damaged journal: which stream, which event.
#include "tests/persistence/damaged_journal.hpp"

using namespace bursar;
using namespace bursar::persistence;
using namespace bursar::persistence::testing;

namespace {

bool names(const verification& found, const std::string& stream, sequence_number sequence) {
  return std::any_of(found.faults.begin(), found.faults.end(), [&](const chain_fault& fault) {
    return fault.stream == stream && fault.sequence == sequence;
  });
}

}  // namespace

TEST_CASE("verify names stream and sequence of a changed or missing event", "[journal]") {
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
}

TEST_CASE("verify holds events, log and heads against each other", "[journal]") {
  damaged_journal journal;
  auto stream = std::string{"org_1"};
  auto events = journal.holds.events_of(stream);
  auto last = events.size();
  rocksdb::WriteOptions unsynced;
  SECTION("an event after the last") {
    put_raw(journal.options, [&](rocks_store& in) {
      const auto& end = events.back();
      auto value = framed_event(end.hash, chain_hash(end.hash, "more"), "more");
      REQUIRE(in.db->Put(unsynced, in.events, event_key(stream, last + 1), value).ok());
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
