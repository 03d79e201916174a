// The contract of every journal, run on each of them: what append() answers, and what reading
// shows afterwards.
#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "persistence/memory_journal.hpp"
#include "tests/persistence/journal_fixture.hpp"
#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::persistence;
using namespace bursar::persistence::testing;

namespace {

struct in_memory {
  std::unique_ptr<journal> opened = make_memory_journal();
};

struct on_disk {
  temporary_directory directory;
  std::unique_ptr<journal> opened = open_rocks_journal(options_in(directory.path())).value();
};

std::vector<std::string> keys_of(const std::vector<record>& records) {
  std::vector<std::string> out;
  for (const auto& r : records) {
    out.push_back(r.key);
  }
  return out;
}

// By definition, without an index: what scan() must answer.
std::vector<std::string> scan_by_definition(const std::vector<std::string>& all,
                                            const std::string& prefix, const std::string& after,
                                            std::size_t limit, bool descending) {
  std::vector<std::string> out;
  for (const auto& key : all) {
    bool past = after.empty() || (descending ? key < after : key > after);
    if (key.starts_with(prefix) && past) {
      out.push_back(key);
    }
  }
  std::sort(out.begin(), out.end());
  if (descending) {
    std::reverse(out.begin(), out.end());
  }
  out.resize(std::min(limit, out.size()));
  return out;
}

}  // namespace

TEMPLATE_TEST_CASE("a journal holds what it acknowledged", "[journal]", in_memory, on_disk) {
  TestType made;
  auto& journal = *made.opened;
  expectation holds;
  CHECK(holds.difference(journal).empty());
  CHECK(holds.write(journal, "org_a", {"{\"n\":1}", "{\"n\":2}"},
                    {{column::outbox, "1", "x"}, {column::index, "customer", "org_a"}}));
  CHECK(holds.write(journal, "org_b", {"{}"}));
  CHECK(holds.write(journal, "org_a", {std::string(100'000, 'x')},
                    {{column::outbox, "1", std::nullopt}, {column::dead, "empty", ""}}));
  CHECK(holds.difference(journal) == "");
  CHECK(journal.state().position == 4);
  CHECK(journal.state().writable);
}

TEMPLATE_TEST_CASE("a lease begins at the last position", "[journal]", in_memory, on_disk) {
  TestType made;
  expectation holds;
  REQUIRE(holds.write(*made.opened, "org_a", {"{}", "{}"}));
  auto held = made.opened->open(7).value();
  CHECK(held.shard == 7);
  CHECK(held.epoch == 1);
  CHECK(held.position == 2);
  made.opened->close(held);
}

TEMPLATE_TEST_CASE("another epoch is fenced and leaves nothing", "[journal]", in_memory, on_disk) {
  TestType made;
  expectation holds;
  for (std::uint64_t epoch : {0U, 2U}) {
    auto r = holds.next("org_a", {"{}"}, {{column::index, "k", "v"}});
    r.held.epoch = epoch;
    CHECK(append_one(*made.opened, r) == append_status::fenced);
  }
  CHECK(holds.difference(*made.opened) == "");
}

TEMPLATE_TEST_CASE("a request that does not continue its stream is a conflict", "[journal]",
                   in_memory, on_disk) {
  TestType made;
  auto& journal = *made.opened;
  expectation holds;
  auto stale = holds.next("org_a", {"{\"stale\":1}"}, {{column::index, "k", "v"}});
  REQUIRE(holds.write(journal, "org_a", {"{}"}));
  CHECK(append_one(journal, stale) == append_status::sequence_conflict);
  SECTION("the sequence fits, the hash does not") {
    auto other = holds.next("org_a", {});
    other.previous[0] ^= 1;
    CHECK(append_one(journal, other) == append_status::sequence_conflict);
  }
  SECTION("ahead of the stream") {
    auto ahead = holds.next("org_a", {});
    ++ahead.expected;
    CHECK(append_one(journal, ahead) == append_status::sequence_conflict);
  }
  SECTION("a stream that is not there") {
    auto ahead = holds.next("org_b", {});
    ahead.expected = 1;
    CHECK(append_one(journal, ahead) == append_status::sequence_conflict);
  }
  SECTION("records alone are judged by the head too") {
    auto records = stale;
    records.events.clear();
    CHECK(append_one(journal, records) == append_status::sequence_conflict);
  }
  CHECK(holds.difference(journal) == "");
}

TEMPLATE_TEST_CASE("requests of a group see the heads and keys of those before them", "[journal]",
                   in_memory, on_disk) {
  TestType made;
  auto& journal = *made.opened;
  expectation holds;
  std::vector<append_request> group;
  auto add = [&](append_request r, bool accepted) {
    group.push_back(r);
    if (accepted) {
      holds.acknowledged(r);
    }
  };
  auto first = holds.next("org_a", {"1"}, {{column::idempotency, "key", "first"}});
  first.absent = {{column::idempotency, "key"}};
  add(first, true);
  add(first, false);  // the same again: its sequence is taken
  auto second = holds.next("org_a", {"2"}, {{column::idempotency, "other", "second"}});
  second.absent = {{column::idempotency, "key"}};
  add(second, false);
  second.absent = {{column::index, "key"}};  // of another column
  add(second, true);
  add(holds.next("org_b", {"b"}, {{column::idempotency, "key", std::nullopt}}), true);
  auto third = holds.next("org_a", {"3"}, {{column::idempotency, "key", "third"}});
  third.absent = {{column::idempotency, "key"}};
  add(third, true);
  using enum append_status;
  CHECK(append_all(journal, group)
        == std::vector{acked, sequence_conflict, key_conflict, acked, acked, acked});
  CHECK(holds.difference(journal) == "");
}

TEMPLATE_TEST_CASE("a key that must be absent is looked for in what is durable", "[journal]",
                   in_memory, on_disk) {
  TestType made;
  auto& journal = *made.opened;
  expectation holds;
  REQUIRE(holds.write(journal, "org_a", {"1"}, {{column::inbox, "evt_1", "seen"}}));
  auto again = holds.next("org_a", {"2"});
  again.absent = {{column::inbox, "evt_2"}, {column::inbox, "evt_1"}};
  CHECK(append_one(journal, again) == append_status::key_conflict);
  REQUIRE(holds.write(journal, "org_a", {}, {{column::inbox, "evt_1", std::nullopt}}));
  CHECK(holds.write(journal, again));
  CHECK(holds.difference(journal) == "");
}

TEMPLATE_TEST_CASE("events are read from a sequence on, at most as many as asked", "[journal]",
                   in_memory, on_disk) {
  TestType made;
  auto& journal = *made.opened;
  expectation holds;
  for (int i = 1; i <= 10; ++i) {
    REQUIRE(holds.write(journal, "org_a", {std::to_string(i)}));
    REQUIRE(holds.write(journal, "org_ab", {"b" + std::to_string(i)}));
  }
  auto sequences = [&](sequence_number from, std::size_t limit) {
    std::vector<sequence_number> out;
    for (const auto& event : journal.read("org_a", from, limit).value()) {
      CHECK(event.json == std::to_string(event.sequence));
      out.push_back(event.sequence);
    }
    return out;
  };
  CHECK(sequences(0, 2) == std::vector<sequence_number>{1, 2});
  CHECK(sequences(1, 3) == std::vector<sequence_number>{1, 2, 3});
  CHECK(sequences(9, 100) == std::vector<sequence_number>{9, 10});
  CHECK(sequences(10, 1) == std::vector<sequence_number>{10});
  CHECK(sequences(11, 5).empty());
  CHECK(sequences(99, 5).empty());
  CHECK(sequences(3, 0).empty());
  CHECK(journal.read("org", 1, 5).value().empty());
  CHECK(!journal.head("org").value());
  CHECK(journal.tail(0, 1).value().at(0).position == 1);
  CHECK(journal.tail(20, 5).value().at(0).sequence == 10);
  CHECK(journal.tail(21, 5).value().empty());
}

TEMPLATE_TEST_CASE("streams are listed in byte order after a name", "[journal]", in_memory,
                   on_disk) {
  TestType made;
  expectation holds;
  for (const char* name : {"b", "a", "ab", "\xff", "a-b"}) {
    REQUIRE(holds.write(*made.opened, name, {"{}"}));
  }
  using names = std::vector<std::string>;
  CHECK(made.opened->streams("", 9).value() == names{"a", "a-b", "ab", "b", "\xff"});
  CHECK(made.opened->streams("a", 2).value() == names{"a-b", "ab"});
  CHECK(made.opened->streams("aa", 1).value() == names{"ab"});
  CHECK(made.opened->streams("\xff", 9).value().empty());
}

TEMPLATE_TEST_CASE("a scan answers by definition", "[journal]", in_memory, on_disk) {
  TestType made;
  auto& journal = *made.opened;
  std::mt19937 random{20261121};
  auto pick = [&](std::size_t below) { return std::size_t{random() % below}; };
  // Few letters, so that prefixes and neighbours are frequent; 0x00 and 0xff are the hard ones.
  auto some_text = [&](std::size_t longest) {
    std::string out;
    for (auto n = pick(longest + 1); n > 0; --n) {
      out += std::string_view{
        "\x00"
        "a"
        "\xff",
        3}[pick(3)];
    }
    return out;
  };
  expectation holds;
  std::vector<std::string> keys;
  std::vector<side_record> records;
  for (int i = 0; i < 60; ++i) {
    auto key = some_text(5);
    if (std::find(keys.begin(), keys.end(), key) == keys.end() && !key.empty()) {
      keys.push_back(key);
      records.push_back({column::timers, key, key});
    }
  }
  REQUIRE(holds.write(journal, "org_a", {}, records));
  for (int i = 0; i < 3000; ++i) {
    auto prefix = some_text(2);
    auto after = some_text(5);
    auto limit = pick(8);
    bool descending = pick(2) == 1;
    auto found = journal.scan(column::timers, prefix, after, limit, descending);
    REQUIRE(found.has_value());
    REQUIRE(keys_of(*found) == scan_by_definition(keys, prefix, after, limit, descending));
  }
  CHECK(journal.scan(column::dead, "", "", 9).value().empty());
}

TEMPLATE_TEST_CASE("readers see whole groups in order while a writer appends", "[journal]",
                   in_memory, on_disk) {
  TestType made;
  auto& journal = *made.opened;
  std::atomic<bool> done{false};
  std::atomic<int> rounds{0};
  std::string problem;
  std::thread reader{[&] {
    while (!done || rounds == 0) {
      auto head = journal.head("org_a").value().value_or(stream_head{});
      auto events = journal.read("org_a", 1, 10'000'000);
      auto record = journal.get(column::snapshots, "org_a");
      if (!events || events->size() < head.sequence || events->size() % 2 != 0 || !record) {
        problem = "a reader saw half a group, or less than the head";
      }
      ++rounds;
    }
  }};
  expectation holds;
  for (int i = 0; i < 100 || rounds < 3; ++i) {
    REQUIRE(holds.write(journal, "org_a", {"a", "b"}, {{column::snapshots, "org_a", "s"}}));
  }
  done = true;
  reader.join();
  CHECK(problem == "");
  CHECK(verify_stream(journal, "org_a").faults.empty());
  CHECK(verify_stream(journal, "org_a").events == holds.events());
}

TEMPLATE_TEST_CASE("random groups leave what the model says", "[journal]", in_memory, on_disk) {
  TestType made;
  auto& journal = *made.opened;
  expectation holds;
  std::mt19937 random{7};
  auto pick = [&](unsigned below) { return static_cast<unsigned>(random()) % below; };
  for (int round = 0; round < 100; ++round) {
    std::vector<append_request> group;
    std::vector<append_status> wanted;
    auto model = holds;
    for (auto n = pick(6); n > 0; --n) {
      std::vector<std::string> events(pick(4), std::to_string(random()));
      auto key = std::to_string(pick(20));
      std::optional<std::string> value;
      if (pick(3) > 0) {
        value = std::to_string(random());
      }
      auto r = model.next("org_" + std::to_string(pick(5)), events,
                          {{static_cast<column>(pick(column_count)), key, value}});
      bool stale = pick(5) == 0;
      if (stale) {
        r.previous[31] ^= 1;
        r.events.clear();
      } else {
        model.acknowledged(r);
      }
      group.push_back(r);
      wanted.push_back(stale ? append_status::sequence_conflict : append_status::acked);
    }
    REQUIRE(append_all(journal, group) == wanted);
    holds = model;
  }
  CHECK(holds.events() > 100);
  CHECK(holds.difference(journal) == "");
}
