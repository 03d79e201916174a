// One effect for each idempotency key and each webhook event, however often and however close
// together they come; and changes only to the sequence the caller saw.
#include "tests/actors/node_fixture.hpp"

using namespace bursar;
using namespace bursar::actors;
using namespace bursar::actors::testing;

TEST_CASE("a webhook delivered many times at once has one effect", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a", {"cus_a"}).get().status == 201);
  world.journal.hold();
  constexpr unsigned deliveries = 40;
  std::vector<pending> asked;
  for (unsigned i = 0; i < deliveries; ++i) {
    asked.push_back(world.deliver(customer_event("evt_1", "cus_a")));
  }
  REQUIRE(eventually([&] { return world.probe.handled("org_a") == 1 + deliveries; }));
  for (auto& one : asked) {
    CHECK_FALSE(one.answered());
  }
  world.journal.let_go();
  unsigned first = 0;
  for (auto& one : asked) {
    auto what = one.get();
    REQUIRE(what.status == 200);
    first += what.body == "{\"received\":true}" ? 1 : 0;
    CHECK((what.body == "{\"received\":true}"
           || what.body == "{\"duplicate\":true,\"received\":true}"));
  }
  CHECK(first == 1);
  CHECK(world.events_of("org_a") == 2);
  // And any time later, also for who never was awake then.
  world.restart();
  CHECK(world.deliver(customer_event("evt_1", "cus_a")).get().body
        == "{\"duplicate\":true,\"received\":true}");
  CHECK(world.events_of("org_a") == 2);
}

TEST_CASE("a webhook nobody can place, delivered many times at once, is parked once", "[actors]") {
  node_fixture world;
  world.journal.hold();
  std::vector<pending> asked;
  for (unsigned i = 0; i < 40; ++i) {
    asked.push_back(world.deliver(customer_event("evt_1", "cus_none")));
  }
  REQUIRE(eventually([&] { return world.journal.held_groups() > 0; }));
  world.journal.let_go();
  unsigned first = 0;
  for (auto& one : asked) {
    auto what = one.get();
    REQUIRE(what.status == 200);
    first += what.body == "{\"received\":true}" ? 1 : 0;
  }
  CHECK(first == 1);
  CHECK(world.events_of("$inbox") == 1);
  CHECK(world.node->shared().waiting.size() == 1);
}

TEST_CASE("a key that comes many times at once has one effect and one answer", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  world.journal.hold();
  std::vector<pending> asked;
  for (int i = 0; i < 40; ++i) {
    asked.push_back(world.rename("org_a", "New", "key-1"));
  }
  auto other = world.rename("org_a", "Else", "key-1", "another request");
  world.journal.let_go();
  auto first = asked.front().get();
  CHECK_FALSE(first.replayed);
  CHECK(first.sequence == 2);
  for (std::size_t i = 1; i < asked.size(); ++i) {
    auto what = asked[i].get();
    CHECK(what.replayed);
    CHECK(what.status == first.status);
    CHECK(what.body == first.body);
  }
  CHECK(failed_with(other.get(), errc::idempotency_key_reused));
  CHECK(world.events_of("org_a") == 2);
}

TEST_CASE("a key that comes to two organizations at once has one effect", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  REQUIRE(world.create("org_b").get().status == 201);
  world.journal.hold();
  auto one = world.rename("org_a", "New", "key-1", "of a");
  REQUIRE(eventually([&] { return world.journal.held_groups() > 0; }));
  auto other = world.rename("org_b", "New", "key-1", "of b");
  auto same = world.rename("org_b", "New", "key-1", "of b");
  REQUIRE(eventually([&] { return world.probe.handled("org_b") == 3; }));
  world.journal.let_go();
  CHECK(one.get().status == 200);
  CHECK(failed_with(other.get(), errc::idempotency_key_reused));
  CHECK(failed_with(same.get(), errc::idempotency_key_reused));
  CHECK(world.events_of("org_a") == 2);
  CHECK(world.events_of("org_b") == 1);
  CHECK(world.rename("org_a", "New", "key-1", "of a").get().replayed);
  CHECK(world.rename("org_b", "Later", "key-2").get().sequence == 2);
}

TEST_CASE("a key answers as it did the first time, also after a restart", "[actors]") {
  node_fixture world;
  auto created = world.create("org_a", {}, "key-1").get();
  REQUIRE(created.status == 201);
  REQUIRE(world.rename("org_a", "Later").get().status == 200);
  for (int i = 0; i < 2; ++i) {
    auto again = world.create("org_a", {}, "key-1").get();
    CHECK(again.replayed);
    CHECK(again.status == 201);
    CHECK(again.body == created.body);
    auto reused = world.rename("org_a", "x", "key-1", "another request").get();
    CHECK(failed_with(reused, errc::idempotency_key_reused));
    CHECK(reused.status == 422);
    world.restart();
  }
  CHECK(world.events_of("org_a") == 2);
}

TEST_CASE("a refusal because of the state is remembered, one because of the request is not",
          "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  auto refused = world.create("org_a", {}, "key-1").get();
  CHECK(failed_with(refused, errc::already_exists));
  CHECK_FALSE(refused.replayed);
  auto again = world.create("org_a", {}, "key-1").get();
  CHECK(failed_with(again, errc::already_exists));
  CHECK(again.replayed);
  CHECK(again.problem->detail() == refused.problem->detail());

  CHECK(failed_with(world.rename("org_new", "x", "key-2").get(), errc::not_found));
  REQUIRE(world.create("org_new").get().status == 201);
  auto now = world.rename("org_new", "x", "key-2").get();
  CHECK(now.status == 200);
  CHECK_FALSE(now.replayed);
  CHECK(
    failed_with(world.rename("org_new", "y", "key-3", "same", 1).get(), errc::precondition_failed));
  CHECK(world.rename("org_new", "y", "key-3", "same", 2).get().status == 200);
}

TEST_CASE("a key may be used anew after thirty days and not a moment before", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  REQUIRE(world.rename("org_a", "One", "key-1").get().sequence == 2);
  world.clock.advance(std::chrono::days{limits::idempotency_days});
  CHECK(world.rename("org_a", "One", "key-1").get().replayed);
  world.clock.advance(1us);
  auto anew = world.rename("org_a", "Two", "key-1", "another request").get();
  CHECK_FALSE(anew.replayed);
  CHECK(anew.sequence == 3);
}

TEST_CASE("a key means one request, whichever organization it is for", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  REQUIRE(world.create("org_b").get().status == 201);
  CHECK(world.rename("org_a", "A", "key-1").get().sequence == 2);
  auto other = world.rename("org_b", "B", "key-1", "another request").get();
  CHECK(failed_with(other, errc::idempotency_key_reused));
  CHECK(world.events_of("org_b") == 1);
}

TEST_CASE("a change is made to the sequence its caller saw, or not at all", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  for (std::uint64_t wrong : {0, 2, 7}) {
    auto refused = world.rename("org_a", "x", {}, {}, wrong).get();
    CHECK(failed_with(refused, errc::precondition_failed));
    CHECK(refused.problem->detail().find("1") != std::string::npos);
  }
  CHECK(world.events_of("org_a") == 1);
  // Of many who saw the same, one wins.
  world.journal.hold();
  std::vector<pending> asked;
  for (int i = 0; i < 20; ++i) {
    asked.push_back(world.rename("org_a", std::to_string(i), "key-" + std::to_string(i), "s", 1));
  }
  world.journal.let_go();
  unsigned winners = 0;
  for (auto& one : asked) {
    auto what = one.get();
    winners += what.problem ? 0 : 1;
    CHECK((!what.problem || failed_with(what, errc::precondition_failed)));
  }
  CHECK(winners == 1);
  CHECK(world.events_of("org_a") == 2);
}

TEST_CASE("a replayed key is answered whatever the sequence is by now", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  REQUIRE(world.rename("org_a", "One", "key-1", "same", 1).get().sequence == 2);
  REQUIRE(world.rename("org_a", "Two").get().sequence == 3);
  auto again = world.rename("org_a", "One", "key-1", "same", 1).get();
  CHECK(again.status == 200);
  CHECK(again.replayed);
  CHECK(world.events_of("org_a") == 3);
}

TEST_CASE("a webhook is applied although a command with its id as key is in flight", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a", {"cus_a"}).get().status == 201);
  world.journal.hold();
  auto renamed = world.rename("org_a", "New", "evt_1");
  auto webhook = world.deliver(customer_event("evt_1", "cus_a"));
  REQUIRE(eventually([&] { return world.probe.handled("org_a") == 3; }));
  world.journal.let_go();
  CHECK(renamed.get().status == 200);
  CHECK(webhook.get().body == "{\"received\":true}");
  CHECK(world.events_of("org_a") == 3);
}

TEST_CASE("a command is done although the webhook whose id is its key is in flight", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a", {"cus_a"}).get().status == 201);
  world.journal.hold();
  auto webhook = world.deliver(customer_event("evt_1", "cus_a"));
  REQUIRE(eventually([&] { return world.probe.handled("org_a") == 2; }));
  auto renamed = world.rename("org_a", "New", "evt_1");
  REQUIRE(eventually([&] { return world.probe.handled("org_a") == 3; }));
  world.journal.let_go();
  CHECK(webhook.get().body == "{\"received\":true}");
  CHECK(renamed.get().sequence == 3);
}
