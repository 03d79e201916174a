// What time does to organizations, and numbers for their invoices: nothing is skipped, nothing is
// done twice, whoever dies in between.
#include <algorithm>

#include "tests/actors/billed_fixture.hpp"

using namespace bursar;
using namespace bursar::actors;
using namespace bursar::actors::testing;

TEST_CASE("a timer stands in the journal and moves with what it is for", "[actors]") {
  billed_fixture world;
  world.subscribe("org_a");
  REQUIRE(world.timers().size() == 1);
  auto first = world.timers().front();
  world.advance(std::chrono::days{31});
  REQUIRE(world.timers().size() == 1);
  CHECK(world.timers().front() > first);
  REQUIRE(world.bill("org_a", domain::cancel_subscription{{}, domain::effective_at::now, false})
            .get()
            .status
          == 200);
  CHECK(world.timers().size() == 1);  // for what is to be paid
  REQUIRE(world.all_numbered());
  auto prefix = schemas::invoice_number_key("");
  for (const auto& key : world.keys(column::index, prefix)) {
    domain::record_payment wire{key.substr(prefix.size()), "wire", {}};
    REQUIRE(world.bill("org_a", wire).get().status == 200);
  }
  CHECK(world.timers().empty());
}

TEST_CASE("what is due fires once, and after a restart as well", "[actors]") {
  billed_fixture world;
  world.subscribe("org_a");
  world.clock.advance(std::chrono::days{31});  // nobody is told
  world.restart();
  world.advance(0s);
  REQUIRE(world.all_numbered());
  CHECK(world.numbers() == std::vector<std::string>{"INV-000001", "INV-000002"});
  auto events = world.events_of("org_a");
  world.advance(0s);
  CHECK(world.events_of("org_a") == events);
}

TEST_CASE("an organization that dies of its timer is tried again", "[actors]") {
  billed_fixture world;
  world.subscribe("org_a");
  world.subscribe("org_b");
  REQUIRE(world.all_numbered());
  auto before = world.events_of("org_a");
  world.probe.fail("org_a", 2);
  world.advance(std::chrono::days{31});
  CHECK(eventually([&] { return world.events_of("org_a") > before; }));
  REQUIRE(world.all_numbered());
  auto numbers = world.numbers();
  std::sort(numbers.begin(), numbers.end());
  CHECK(numbers
        == std::vector<std::string>{"INV-000001", "INV-000002", "INV-000003", "INV-000004"});
}

TEST_CASE("a timer that nothing is due for any more is taken away", "[actors]") {
  billed_fixture world;
  world.subscribe("org_a");
  auto stale = schemas::timer_key({world.clock.now(), "org_a"});
  persistence::append_request made;
  made.held = world.journal.open(shard_of("org_a")).value();
  made.stream = "org_a";
  made.expected = world.events_of("org_a");
  made.previous = world.journal.head("org_a").value()->hash;
  made.records.push_back({column::timers, stale, ""});
  const persistence::append_request* group[] = {&made};
  REQUIRE(world.all_numbered());
  made.expected = world.events_of("org_a");
  made.previous = world.journal.head("org_a").value()->hash;
  REQUIRE(world.journal.append(group).front() == persistence::append_status::acked);
  REQUIRE(world.timers().size() == 2);
  world.advance(0s);
  CHECK(eventually([&] { return world.timers().size() == 1; }));
  CHECK(world.timers().front() != stale);
}

TEST_CASE("whoever dies between a number and the telling tells it again, not another one",
          "[actors]") {
  billed_fixture world;
  world.subscribe("org_a");
  REQUIRE(world.all_numbered());
  // The organization refuses to be told, until it is set aside; the number is given meanwhile.
  world.clock.advance(std::chrono::days{31});
  world.probe.fail("org_a", 3, 1);
  auto [reply, moved] = way_back();
  world.node->clock_moved(std::move(reply));
  REQUIRE(eventually([&] { return world.numbers().size() == 2; }));
  world.restart();
  world.advance(0s);
  REQUIRE(world.all_numbered());
  CHECK(world.numbers() == std::vector<std::string>{"INV-000001", "INV-000002"});
  CHECK(world.events_of("$invoices") == 2);
  auto page = world.bill("org_a", domain::advance_time{});
  REQUIRE(page.get().status == 200);
  auto state = world.view("org_a").get().body;
  CHECK(state.find("INV-000002") != std::string::npos);
}

TEST_CASE("invoices and credit notes get their numbers without a tick", "[actors]") {
  billed_fixture world;
  world.subscribe("org_a");
  REQUIRE(world.all_numbered());
  auto prefix = schemas::invoice_number_key("");
  domain::issue_credit_note wanted;
  wanted.invoice_id = world.keys(column::index, prefix).front().substr(prefix.size());
  REQUIRE(world.bill("org_a", wanted).get().status < 300);
  REQUIRE(world.all_numbered());
  CHECK(world.numbers().size() == 2);
}

TEST_CASE("each of many invoices gets a number of its own, without a gap", "[actors]") {
  billed_fixture world;
  for (int i = 0; i < 20; ++i) {
    world.subscribe("org_" + std::to_string(i));
    world.clock.advance(1h);
  }
  for (int month = 0; month < 3; ++month) {
    world.advance(std::chrono::days{31});
  }
  REQUIRE(world.all_numbered());
  auto numbers = world.numbers();
  std::sort(numbers.begin(), numbers.end());
  REQUIRE(numbers.size() == world.events_of("$invoices"));
  REQUIRE(numbers.size() >= 60);
  CHECK(std::unique(numbers.begin(), numbers.end()) == numbers.end());
  CHECK(numbers.back() == "INV-0000" + std::to_string(numbers.size()));
}
