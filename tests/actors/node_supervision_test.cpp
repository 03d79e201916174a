// An organization that fails is restarted, alone; what made it fail again and again is set aside.
#include "tests/actors/node_fixture.hpp"

using namespace bursar;
using namespace bursar::actors;
using namespace bursar::actors::testing;

namespace {

// An event that does not belong into the chain, as a damaged disk would show it.
void spoil(node_fixture& world, const std::string& stream, const std::string& json) {
  auto head = world.journal.head(stream).value().value_or(persistence::stream_head{});
  append_request r;
  r.held = {shard_of(stream), 1, 0};
  r.stream = stream;
  r.expected = head.sequence;
  r.previous = head.hash;
  r.events.emplace_back(head.hash, json);
  const append_request* one = &r;
  REQUIRE(world.journal.append({&one, 1}).at(0) == append_status::acked);
}

}  // namespace

TEST_CASE("a failing organization is restarted and answers, while others go on", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_bad").get().status == 201);
  REQUIRE(world.create("org_good").get().status == 201);
  auto failures = limits::message_attempts_max - 1;
  world.probe.fail("org_bad", failures);
  auto bad = world.rename("org_bad", "Again", "key-1");
  for (int i = 0; i < 50; ++i) {
    REQUIRE(world.rename("org_good", std::to_string(i)).get().status == 200);
  }
  auto answer = bad.get();
  CHECK(answer.status == 200);
  CHECK_FALSE(answer.replayed);
  CHECK(world.events_of("org_bad") == 2);
  CHECK(world.counts().restarts == failures);
  CHECK(world.counts().set_aside == 0);
  CHECK(world.probe.handled("org_good") == 51);
}

TEST_CASE("a command that fails three times is set aside, and the next one is served", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  world.probe.fail("org_a", limits::message_attempts_max);
  auto poison = world.rename("org_a", "Poison", "key-1").get();
  CHECK(failed_with(poison, errc::internal));
  CHECK(poison.status == 500);
  CHECK(world.counts().set_aside == 1);
  CHECK(world.counts().restarts == limits::message_attempts_max);
  auto next = world.rename("org_a", "Next").get();
  CHECK(next.status == 200);
  CHECK(next.sequence == 2);
  // It was not recorded as done: the key is free.
  CHECK(world.rename("org_a", "Repeated", "key-1").get().sequence == 3);
}

TEST_CASE("a read that fails three times is set aside too", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  world.probe.fail("org_a", limits::message_attempts_max);
  CHECK(failed_with(world.view("org_a").get(), errc::internal));
  CHECK(world.view("org_a").get().status == 200);
}

TEST_CASE("a webhook that fails three times is a dead letter that can be replayed", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a", {"cus_a"}).get().status == 201);
  world.probe.fail("org_a", limits::message_attempts_max);
  auto answer = world.deliver(customer_event("evt_1", "cus_a")).get();
  // Durable as a dead letter, so Stripe need not repeat it.
  CHECK(answer.status == 200);
  CHECK(answer.body == "{\"received\":true}");
  REQUIRE(world.inbox_row("evt_1").has_value());
  CHECK(world.inbox_row("evt_1")->status == domain::webhook_status::dead);
  CHECK(world.journal.get(persistence::column::dead, "evt_1").value().has_value());
  auto payload = std::string{"stripe"} + '\0' + "evt_1";
  CHECK(world.journal.get(persistence::column::payloads, payload).value().has_value());
  auto again = world.deliver(customer_event("evt_1", "cus_a")).get();
  CHECK(again.body == "{\"duplicate\":true,\"received\":true}");

  // The cause is gone: a person replays it.
  CHECK(world.replay(customer_event("evt_1", "cus_a")).get().status == 202);
  REQUIRE(eventually([&] {
    auto row = world.inbox_row("evt_1");
    return row && row->status == domain::webhook_status::applied;
  }));
  auto mirror = world.view("org_a", schemas::view::mirror).get().body;
  CHECK(mirror.find("evt_1@example.com") != std::string::npos);
  REQUIRE(eventually(
    [&] { return !world.journal.get(persistence::column::dead, "evt_1").value().has_value(); }));
}

TEST_CASE("everything that waited in a dying organization is answered, each once", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  world.probe.fail("org_a", 2);
  std::vector<pending> asked;
  constexpr int commands = 100;
  for (int i = 0; i < commands; ++i) {
    asked.push_back(world.rename("org_a", std::to_string(i), "key-" + std::to_string(i)));
  }
  std::vector<bool> done;
  for (auto& one : asked) {
    auto what = one.get();
    bool unknown = failed_with(what, errc::outcome_unknown);
    CHECK((unknown || what.status == 200));
    done.push_back(!unknown);
  }
  // Whoever heard nothing certain repeats it: every command has one effect in the end.
  for (int i = 0; i < commands; ++i) {
    auto again = world.rename("org_a", std::to_string(i), "key-" + std::to_string(i)).get();
    CHECK(again.status == 200);
    bool was_done = done[static_cast<std::size_t>(i)];
    CHECK((again.replayed || !was_done));
  }
  CHECK(world.events_of("org_a") == 1 + commands);
}

TEST_CASE("an organization that fails now and then comes back as fast as the first time",
          "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  constexpr int failures = 9;
  auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < failures; ++i) {
    world.probe.fail("org_a", 1);
    REQUIRE(world.rename("org_a", std::to_string(i)).get().status == 200);
    for (int k = 0; k < 20; ++k) {
      REQUIRE(world.view("org_a").get().status == 200);
    }
  }
  CHECK(std::chrono::steady_clock::now() - begin < failures * 50ms + 2s);
}

TEST_CASE("requests that come while an organization backs off wait for it", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  world.probe.fail("org_a", 1);
  auto first = world.rename("org_a", "First");
  REQUIRE(eventually([&] { return world.counts().restarts == 1; }));
  std::vector<pending> asked;
  for (int i = 0; i < 20; ++i) {
    asked.push_back(world.view("org_a"));
  }
  CHECK(first.get().status == 200);
  for (auto& one : asked) {
    CHECK(one.get().status == 200);
  }
}

TEST_CASE("a history that does not verify stops its organization and no other", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_bad").get().status == 201);
  REQUIRE(world.create("org_good").get().status == 201);
  std::string json;
  SECTION("an event of an unknown type") {
    json = R"({"actor":{"id":"","kind":"system"},"correlation_id":"","data":{},)"
           R"("recorded_at":"2026-01-01T00:00:00.000000Z","sequence":2,"stream":"org_bad",)"
           R"("type":"organization_vanished","version":1})";
  }
  SECTION("an event of a later version") {
    json = R"({"actor":{"id":"","kind":"system"},"correlation_id":"","data":{"metadata":{}},)"
           R"("recorded_at":"2026-01-01T00:00:00.000000Z","sequence":2,"stream":"org_bad",)"
           R"("type":"organization_updated","version":99})";
  }
  SECTION("no JSON") {
    json = "nothing";
  }
  world.node.reset();
  spoil(world, "org_bad", json);
  world.start();
  for (int i = 0; i < 2; ++i) {
    auto read = world.view("org_bad").get();
    CHECK(failed_with(read, errc::integrity_error));
    CHECK(read.status == 503);
    CHECK(failed_with(world.rename("org_bad", "x").get(), errc::integrity_error));
    CHECK(world.rename("org_good", "x").get().status == 200);
  }
  CHECK(world.events_of("org_bad") == 2);
  CHECK(world.counts().restarts == 0);
}

TEST_CASE("a node does not start on a catalog, keys or an inbox that do not verify", "[actors]") {
  for (const auto* stream : {"$catalog", "$access", "$inbox"}) {
    INFO(stream);
    node_fixture world;
    world.node.reset();
    spoil(world, stream, "nothing");
    auto started = actors::node::start(world.journal, world.clock, {});
    REQUIRE_FALSE(started.has_value());
    CHECK(started.error().code() == errc::integrity_error);
    CHECK(started.error().detail().find(stream) != std::string::npos);
  }
}
