// Bit rot: a bit of any file is flipped, and the journal is refused, or names the damage when it is
// read, or holds everything. It never silently holds less. A sample here; every byte of every file
// and every bit of the MANIFEST in the slow test journal_flip_sweep.
#include <iostream>
#include <sstream>

#include "tests/persistence/child_process.hpp"
#include "tests/persistence/journal_script.hpp"
#include "tests/support/catch.hpp"

using namespace bursar::persistence;
using namespace bursar::persistence::testing;
namespace fs = std::filesystem;

namespace {

struct tally {
  std::map<std::string, unsigned> counts;
  std::string lost;  // where

  unsigned tried() const {
    unsigned out = 0;
    for (const auto& [what, count] : counts) {
      out += count;
    }
    return out;
  }
};

// A process that ends in the middle is started again after the flip that ended it.
void flip_bits(const fs::path& prepared, const fs::path& scratch, const std::string& file,
               unsigned long first, unsigned long last, unsigned long step, tally& into) {
  while (first <= last) {
    child_process flipper{{BURSAR_JOURNAL_FLIPPER, prepared, scratch, file, std::to_string(first),
                           std::to_string(last), std::to_string(step)}};
    std::string line;
    auto tried = first;
    bool judged = false;
    while (flipper.line(line)) {
      std::istringstream words{line};
      std::string what;
      words >> tried >> what;
      judged = what != "?";
      if (judged) {
        ++into.counts[what];
      }
      if (what == "LOST") {
        into.lost += file + " bit " + std::to_string(tried) + "; ";
      }
    }
    flipper.wait();
    if (!judged) {
      ++into.counts["aborted"];
    }
    first = tried + step;
  }
}

// The files that are believed: not the OPTIONS and LOG of RocksDB, which are never read.
std::vector<std::string> believed_files(const fs::path& prepared) {
  std::vector<std::string> out{"head"};
  for (const auto& entry : fs::directory_iterator{prepared / "journal"}) {
    auto name = entry.path().filename().string();
    if (!name.starts_with("OPTIONS") && !name.starts_with("LOG") && name != "LOCK"
        && entry.file_size() > 0) {
      out.push_back("journal/" + name);
    }
  }
  return out;
}

tally flip_all(unsigned long step, unsigned long manifest_step) {
  temporary_directory prepared;
  temporary_directory scratch;
  tiny_journal(prepared.path(), true);
  tally out;
  for (const auto& file : believed_files(prepared.path())) {
    auto bits = fs::file_size(prepared.path() / file) * 8;
    bool manifest = file.find("MANIFEST") != std::string::npos;
    flip_bits(prepared.path(), scratch.path() / "copy", file, bits % 7, bits - 1,
              manifest ? manifest_step : step, out);
  }
  for (const auto& [what, count] : out.counts) {
    std::cout << what << ": " << count << "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("a flipped bit never loses anything silently", "[journal][damage]") {
  auto found = flip_all(4001, 601);
  CHECK(found.lost == "");
  CHECK(found.tried() > 50);
  CHECK(found.counts["refused"] > 10);
}

TEST_CASE("no flipped byte loses anything silently", "[.sweep]") {
  auto found = flip_all(9, 1);
  CHECK(found.lost == "");
  CHECK(found.tried() > 10'000);
}
