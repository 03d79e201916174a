// Flips single bits of one file of the tiny journal, each in a fresh copy, opens it and says what
// became of it, one line each: the flip's number and
//   refused   it did not open
//   found     it opened, and reading names the damage
//   whole     it opened and holds everything
//   LOST      it opened with something else in it and nobody says so
// A line ends with "?" before the flip is tried: RocksDB may end the process, which is no loss.
//
//   journal_flipper PREPARED SCRATCH FILE FIRST LAST STEP      flip n is bit n % 8 of byte n / 8
#include <cstdlib>
#include <fstream>

#include <unistd.h>

#include "base/log.hpp"
#include "tests/persistence/journal_script.hpp"

using namespace bursar::persistence;
using namespace bursar::persistence::testing;
namespace fs = std::filesystem;

namespace {

void say(const std::string& line) {
  if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) {
    std::_Exit(2);
  }
}

void flip(const fs::path& file, unsigned long number) {
  std::fstream bytes{file, std::ios::in | std::ios::out | std::ios::binary};
  bytes.seekg(static_cast<std::streamoff>(number / 8));
  auto byte = static_cast<char>(bytes.get() ^ (1 << (number % 8)));
  bytes.seekp(static_cast<std::streamoff>(number / 8));
  bytes.put(byte);
}

const char* judge(const fs::path& directory, const expectation& holds) {
  auto opened = open_rocks_journal(options_in(directory));
  if (!opened) {
    return "refused";
  }
  auto found = holds.difference(**opened);
  if (found.empty()) {
    return "whole";
  }
  return found.starts_with("integrity_error") || found.starts_with("io_error") ? "found" : "LOST";
}

}  // namespace

int main(int count, char** words) {
  if (count != 7) {
    return 2;
  }
  bursar::log::configure(bursar::log::level::error, bursar::log::format::text);
  fs::path prepared{words[1]};
  fs::path scratch{words[2]};
  auto holds = tiny_journal({}, false);
  auto last = std::strtoul(words[5], nullptr, 10);
  auto step = std::strtoul(words[6], nullptr, 10);
  for (auto n = std::strtoul(words[4], nullptr, 10); n <= last; n += step) {
    fs::remove_all(scratch);
    fs::copy(prepared, scratch, fs::copy_options::recursive);
    flip(scratch / words[3], n);
    say(std::to_string(n) + " ?\n");
    say(std::to_string(n) + " " + judge(scratch, holds) + "\n");
  }
  return 0;
}
