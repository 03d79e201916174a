// A journal that a test damages, and the ways to do it behind its back.
#pragma once

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>

#include "persistence/layout.hpp"
#include "persistence/rocks_store.hpp"
#include "tests/persistence/journal_script.hpp"
#include "tests/support/catch.hpp"

namespace bursar::persistence::testing {

namespace fs = std::filesystem;

inline std::string bytes_of(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream{file, std::ios::binary}.rdbuf();
  return out.str();
}

inline void put_bytes(const fs::path& file, const std::string& bytes) {
  std::ofstream{file, std::ios::binary | std::ios::trunc} << bytes;
}

inline std::vector<fs::path> files_of(const fs::path& directory, const std::string& part) {
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

inline void check_refused(const damaged_journal& journal, const std::string& says) {
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
inline void put_raw(const rocks_options& options, const std::function<void(rocks_store&)>& change) {
  auto store = open_store(options, open_mode::write).value();
  change(*store);
}

}  // namespace bursar::persistence::testing
