// The same requests in the program that writes them and in the test that knows what must be there:
// everything follows from a seed and a number.
#pragma once

#include <random>

#include "tests/persistence/journal_fixture.hpp"

namespace bursar::persistence::testing {

// Flushes and compactions happen within tens of requests.
inline rocks_options small_buffers_in(const std::filesystem::path& directory) {
  auto out = options_in(directory);
  out.write_buffer_bytes = 64 << 10;
  return out;
}

// Every fourth request has records only.
inline append_request scripted_request(const expectation& holds, unsigned seed, unsigned number) {
  std::mt19937 random{seed * 1'000'003 + number};
  auto stream = "org_" + std::to_string(random() % 3);
  std::string body(300 + random() % 3000, ' ');
  for (auto& c : body) {
    c = static_cast<char>('a' + random() % 26);
  }
  auto key = stream + "/" + std::to_string(number);
  auto r = holds.next(stream, {std::to_string(number) + body},
                      {{column::idempotency, key, body.substr(0, 99)}});
  if (number % 4 == 3) {
    r.events.clear();
  }
  return r;
}

// What a journal holds after the first `count` requests.
inline expectation scripted(unsigned seed, unsigned count) {
  expectation out;
  for (unsigned i = 0; i < count; ++i) {
    out.acknowledged(scripted_request(out, seed, i));
  }
  return out;
}

}  // namespace bursar::persistence::testing
