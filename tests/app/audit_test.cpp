// `bursar audit` on a journal that holds what no version of it wrote.
#include <algorithm>

#include "app/command.hpp"
#include "tests/persistence/journal_fixture.hpp"
#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::app;
using namespace bursar::persistence::testing;

namespace {

const std::string unreadable
  = R"({"actor":{"id":"a","kind":"user"},"correlation_id":"c","data":{"surprise":1},)"
    R"("recorded_at":"2026-01-01T00:00:00.000000Z","sequence":1,"stream":"org_a",)"
    R"("type":"standing_changed","version":1})";

// The exit code of a command on that directory.
int run(const std::filesystem::path& data, std::vector<std::string> arguments) {
  CLI::App root;
  chosen what;
  add_audit(root, what);
  arguments.push_back("--data");
  arguments.push_back(data.string());
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
  root.parse(arguments);
  return what();
}

}  // namespace

TEST_CASE("an event that cannot be read is not left out of an explanation", "[app][audit]") {
  temporary_directory directory;
  {
    auto journal = persistence::open_rocks_journal(options_in(directory.path())).value();
    persistence::append_request r;
    r.held = journal->open(0).value();
    r.stream = "org_a";
    r.events.emplace_back(sha256_digest{}, unreadable);
    REQUIRE(append_one(*journal, r) == persistence::append_status::acked);
  }
  CHECK(run(directory.path(), {"audit", "timeline", "org_a"}) == done);
  CHECK(run(directory.path(), {"audit", "explain", "org_a"}) == found_a_problem);
  CHECK(run(directory.path(), {"audit", "verify"}) == done);
}
