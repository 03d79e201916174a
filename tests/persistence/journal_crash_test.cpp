// A killed process, a disk that fails, a power cut: whatever was acknowledged is there after a
// reopen, nothing is acknowledged after a failure, and what a reopen finds is the acknowledged
// prefix, at most with the request that was in flight. The writer is a process of its own, because
// RocksDB may end it. The whole sweeps are hidden here and run as the slow test
// journal_crash_sweep.
#include "tests/persistence/child_process.hpp"
#include "tests/persistence/fault_file_system.hpp"
#include "tests/persistence/journal_script.hpp"
#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::persistence;
using namespace bursar::persistence::testing;

namespace {

struct account {
  unsigned acked = 0;
  bool failed = false;
  std::string wrong;    // empty: the writer kept the rules
  std::string summary;  // its last line
};

void note(account& to, const std::string& line) {
  if (line == "acked") {
    to.wrong = to.failed ? "acknowledged after a failure" : to.wrong;
    ++to.acked;
  } else if (line == "unknown") {
    to.failed = true;
  } else if (line == "other") {
    to.wrong = "a failure is not called unknown";
  }
  to.summary = line;
}

account run(std::vector<std::string> words, unsigned kill_after = ~0U) {
  words.insert(words.begin(), BURSAR_JOURNAL_WRITER);
  child_process writer{std::move(words)};
  account out;
  std::string line;
  while (writer.line(line)) {
    note(out, line);
    if (out.acked == kill_after) {
      writer.kill();
    }
  }
  writer.wait();
  return out;
}

// Empty: the directory holds what was acknowledged, perhaps with one more, and goes on.
std::string judge(const std::filesystem::path& directory, unsigned seed, const account& was) {
  if (!was.wrong.empty()) {
    return was.wrong;
  }
  auto options = small_buffers_in(directory);
  auto opened = open_rocks_journal(options);
  if (!opened) {
    return opened.error().text();
  }
  auto holds = scripted(seed, was.acked);
  auto found = holds.difference(**opened);
  for (unsigned more = 0; more < 2 && !found.empty(); ++more) {
    // A killed writer may have acknowledged without being heard, and had one in flight.
    holds.acknowledged(scripted_request(holds, seed, was.acked + more));
    if (holds.difference(**opened).empty()) {
      found.clear();
    }
  }
  if (!found.empty()) {
    return found;
  }
  if (!holds.write(**opened, "org_new", {"{}"})) {
    return "the reopened journal does not write";
  }
  opened->reset();
  auto verified = verify(options);
  return verified.faults.empty() ? "" : verified.faults[0].stream + ": " + verified.faults[0].what;
}

void kill_once(unsigned seed, unsigned after) {
  temporary_directory directory;
  auto was = run({directory.path(), std::to_string(seed), "100000"}, after);
  INFO("seed " << seed << " killed after " << after);
  CHECK(was.acked >= after);
  CHECK(judge(directory.path(), seed, was) == "");
}

// How often the operation happened.
unsigned fail_once(const fault& planned, unsigned requests) {
  temporary_directory directory;
  auto was = run({directory.path(), "1", std::to_string(requests), "fault",
                  std::to_string(static_cast<int>(planned.on)), planned.name_contains,
                  std::to_string(planned.nth), planned.forever ? "1" : "0"});
  INFO("operation " << static_cast<int>(planned.on) << " of " << planned.name_contains << ", nth "
                    << planned.nth << ", forever " << planned.forever);
  CHECK(judge(directory.path(), 1, was) == "");
  return was.summary.starts_with("seen ") ? static_cast<unsigned>(std::stoul(was.summary.substr(5)))
                                          : 0;
}

void cut_power_once(unsigned seed, unsigned requests) {
  temporary_directory directory;
  std::mt19937 random{seed};
  auto last = static_cast<unsigned>(random() % requests + 5);
  auto head_age = static_cast<unsigned>(random() % 4);
  auto was = run({directory.path(), std::to_string(seed), std::to_string(last), "power",
                  std::to_string(head_age)});
  INFO("power cut, seed " << seed);
  CHECK(was.acked == last - 1);
  CHECK(judge(directory.path(), seed, was) == "");
}

const std::vector<fault> kinds{
  {operation::append, ".log"},     {operation::sync, ".log"},       {operation::append, ".sst"},
  {operation::sync, ".sst"},       {operation::append, "MANIFEST"}, {operation::sync, "MANIFEST"},
  {operation::sync_directory, ""}, {operation::create, ".sst"},     {operation::create, ".log"},
  {operation::rename, "CURRENT"},
};

// Opens the journal again and again for reading while another process writes it.
void read_beside_a_writer(unsigned seed, unsigned openings) {
  temporary_directory directory;
  child_process writer{{BURSAR_JOURNAL_WRITER, directory.path(), std::to_string(seed), "1000000"}};
  std::string line;
  unsigned acked = 0;
  for (unsigned i = 0; i < openings; ++i) {
    for (unsigned more = 0; more < 5 && writer.line(line); ++more) {
      ++acked;
    }
    auto reader = open_rocks_journal_read_only(small_buffers_in(directory.path()));
    INFO("seed " << seed << ", opening " << i << ", " << acked << " acknowledged "
                 << (reader ? "" : reader.error().detail()));
    REQUIRE(reader.has_value());
    // Every fourth request has no event.
    CHECK((*reader)->state().position >= acked - acked / 4);
    CHECK(verify_stream(**reader, "org_1").faults.empty());
  }
}

constexpr unsigned never = ~0U;
// Enough for a write to wait for a flush: so that there is one however slow the machine.
constexpr unsigned requests_of_a_fault = 160;

}  // namespace

TEST_CASE("a killed writer loses nothing it acknowledged", "[journal][crash]") {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    kill_once(seed, seed * seed * 4);
  }
}

TEST_CASE("a write or sync that fails ends acknowledging and loses nothing", "[journal][crash]") {
  for (auto planned : kinds) {
    planned.nth = never;
    auto total = fail_once(planned, requests_of_a_fault);
    REQUIRE(total > 0);
    planned.nth = 1 + total * 3 / 4;
    planned.forever = total % 2 == 0;
    fail_once(planned, requests_of_a_fault);
  }
}

TEST_CASE("a power cut loses nothing acknowledged", "[journal][crash]") {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    cut_power_once(seed, 100);
  }
}

TEST_CASE("a reader opens beside a process that writes", "[journal][crash]") {
  read_beside_a_writer(1, 6);
}

TEST_CASE("five hundred readers open beside a process that writes", "[.sweep]") {
  read_beside_a_writer(2, 500);
}

TEST_CASE("three hundred killed writers lose nothing", "[.sweep]") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    kill_once(seed, seed * 7919 % 997);
  }
}

TEST_CASE("every single operation fails, once and forever", "[.sweep]") {
  for (auto planned : kinds) {
    planned.nth = never;
    auto total = fail_once(planned, requests_of_a_fault);
    for (planned.nth = 1; planned.nth <= total; ++planned.nth) {
      for (bool forever : {false, true}) {
        planned.forever = forever;
        fail_once(planned, requests_of_a_fault);
      }
    }
  }
}

TEST_CASE("a thousand power cuts lose nothing", "[.sweep]") {
  for (unsigned seed = 1; seed <= 1000; ++seed) {
    cut_power_once(seed, 200);
  }
}
