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

// A journal small enough to damage every byte of: half of it in tables, half in the write-ahead
// log. With a record in every column, and writes without events.
inline append_request tiny_request(const expectation& holds, unsigned number) {
  auto text = std::to_string(number);
  auto r = holds.next(number % 2 == 0 ? "org_a" : "org_b", {"{\"n\":" + text + "}"});
  for (std::size_t i = 0; i < column_count; ++i) {
    r.records.push_back({static_cast<column>(i), "key" + text, "value" + text});
  }
  if (number % 4 == 3) {
    r.events.clear();
  }
  return r;
}

inline expectation tiny_journal(const std::filesystem::path& directory, bool write) {
  expectation out;
  for (unsigned half = 0; half < 2; ++half) {
    auto opened = write ? open_rocks_journal(options_in(directory)).value() : nullptr;
    for (unsigned i = half * 4; i < half * 4 + 4; ++i) {
      auto r = tiny_request(out, i);
      if (write && append_one(*opened, r) != append_status::acked) {
        throw std::runtime_error{"the tiny journal does not write"};
      }
      out.acknowledged(r);
    }
  }
  return out;
}

}  // namespace bursar::persistence::testing
