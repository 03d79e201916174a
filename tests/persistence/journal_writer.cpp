// Writes scripted requests to a journal and tells on standard output what was acknowledged, until
// it is killed, its disk fails or its power goes. One line per request: "acked", "unknown", or
// "refused" when the journal does not open. It ends without closing anything, as processes do.
//
//   journal_writer DIRECTORY SEED REQUESTS [fault OPERATION NAME NTH FOREVER | power HEAD_AGE]
#include <cstdlib>
#include <cstring>
#include <iostream>

#include <unistd.h>

#include "base/log.hpp"
#include "persistence/rocks_store.hpp"
#include "tests/persistence/fault_file_system.hpp"
#include "tests/persistence/journal_script.hpp"

using namespace bursar;
using namespace bursar::persistence;
using namespace bursar::persistence::testing;

namespace {

void say(const std::string& line) {
  auto bytes = line + "\n";
  if (::write(STDOUT_FILENO, bytes.data(), bytes.size()) < 0) {
    std::_Exit(2);
  }
}

// An unknown outcome must have stopped the journal.
const char* word(append_status status, const journal& from) {
  if (status == append_status::acked) {
    return "acked";
  }
  return status == append_status::unknown && !from.state().writable ? "unknown" : "other";
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) {
    return 2;
  }
  std::filesystem::path directory{words[1]};
  auto seed = static_cast<unsigned>(std::atoi(words[2]));
  auto requests = static_cast<unsigned>(std::atoi(words[3]));
  std::string mode = count > 4 ? words[4] : "";
  auto files = std::make_shared<fault_file_system>();
  fault_env env{files};
  unsigned head_age = 0;
  if (mode == "fault" && count == 9) {
    files->plan({static_cast<operation>(std::atoi(words[5])), words[6],
                 static_cast<unsigned>(std::strtoul(words[7], nullptr, 10)),
                 std::strcmp(words[8], "1") == 0});
  } else if (mode == "power" && count == 6) {
    head_age = static_cast<unsigned>(std::atoi(words[5]));
  }
  auto* below = mode.empty() ? nullptr : &env;
  auto opened = open_rocks_journal(small_buffers_in(directory), journal_surroundings{below, {}});
  if (!opened) {
    say("refused");
    std::_Exit(0);
  }
  expectation acked;
  unsigned after_failure = 0;
  auto head = directory / "head";
  for (unsigned i = 0; i < requests && after_failure < 4; ++i) {
    if (mode == "power" && i + head_age + 1 == requests) {
      std::filesystem::copy_file(head, directory / "older");
    }
    if (mode == "power" && i + 1 == requests) {
      files->stop();
    }
    auto r = scripted_request(acked, seed, i);
    auto status = append_one(**opened, r);
    say(word(status, **opened));
    if (status == append_status::acked) {
      acked.acknowledged(r);
    }
    after_failure += status == append_status::acked && after_failure == 0 ? 0 : 1;
  }
  say("seen " + std::to_string(files->seen()));
  if (mode == "power") {
    std::mt19937 random{seed};
    files->lose_power(random);
    if (head_age > 0 && requests > head_age) {  // the head's last writes were not synced yet
      std::filesystem::rename(directory / "older", head);
    }
  }
  std::_Exit(0);
}
