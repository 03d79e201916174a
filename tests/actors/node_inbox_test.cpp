// Webhooks that wait for their organization: tried at their times, given up on after the last,
// and not confused by whoever else comes into being.
#include "tests/actors/node_fixture.hpp"

using namespace bursar;
using namespace bursar::actors;
using namespace bursar::actors::testing;

namespace {

node_options impatient() {
  node_options out;
  out.parked_retry_delays = {10s, 60s, 600s};
  return out;
}

std::int64_t attempts_of(const node_fixture& world, const std::string& event_id) {
  return world.inbox_row(event_id)->attempts;
}
domain::webhook_status status_of(const node_fixture& world, const std::string& event_id) {
  return world.inbox_row(event_id)->status;
}

// A microsecond before it is due nothing is tried, and then it is.
void advance_to_attempt(node_fixture& world, std::chrono::seconds by, std::int64_t attempt) {
  world.advance(by - 1us);
  CHECK(attempts_of(world, "evt_1") == attempt - 1);
  world.advance(1us);
  CHECK(attempts_of(world, "evt_1") == attempt);
}

}  // namespace

TEST_CASE("a webhook nobody claims is tried at its times, then it is a dead letter", "[actors]") {
  node_fixture world{impatient()};
  REQUIRE(world.deliver(customer_event("evt_1", "cus_none")).get().status == 200);
  advance_to_attempt(world, 10s, 1);
  advance_to_attempt(world, 60s, 2);
  CHECK(status_of(world, "evt_1") == domain::webhook_status::parked);
  world.advance(600s);
  REQUIRE(eventually([&] { return status_of(world, "evt_1") == domain::webhook_status::dead; }));
  CHECK(world.journal.get(persistence::column::dead, "evt_1").value().has_value());
  // Too late: what is dead stays so until a person replays it.
  REQUIRE(world.create("org_a", {"cus_none"}).get().status == 201);
  CHECK(world.deliver(customer_event("evt_1", "cus_none")).get().body
        == "{\"duplicate\":true,\"received\":true}");
  CHECK(status_of(world, "evt_1") == domain::webhook_status::dead);
}

TEST_CASE("what was parked before a restart is tried after it when it is due", "[actors]") {
  node_fixture world{impatient()};
  REQUIRE(world.deliver(customer_event("evt_1", "cus_none")).get().status == 200);
  world.restart(impatient());
  CHECK(world.node->shared().waiting.size() == 1);
  advance_to_attempt(world, 10s, 1);
  advance_to_attempt(world, 60s, 2);
}

TEST_CASE("what was parked before a restart is applied after it when it is claimed", "[actors]") {
  node_fixture world{impatient()};
  REQUIRE(world.deliver(customer_event("evt_1", "cus_a")).get().status == 200);
  world.restart(impatient());
  SECTION("by a new organization") {
    REQUIRE(world.create("org_a", {"cus_a"}).get().status == 201);
  }
  SECTION("by a change of one that is there") {
    REQUIRE(world.create("org_a").get().status == 201);
    domain::update_organization wanted;
    wanted.stripe_customer_ids = std::set<std::string>{"cus_a"};
    REQUIRE(world.command("org_a", wanted).get().status == 200);
  }
  SECTION("by another webhook") {
    REQUIRE(world.create("org_a").get().status == 201);
    REQUIRE(world.deliver(customer_event("evt_2", "cus_a", "org_a")).get().status == 200);
  }
  REQUIRE(eventually([&] { return status_of(world, "evt_1") == domain::webhook_status::applied; }));
  CHECK(world.inbox_row("evt_1")->organization_id == "org_a");
}

TEST_CASE("a webhook is not forgotten whose organization came just after it was looked for",
          "[actors]") {
  // Nothing ticks, and nobody was waiting when the organization came: only who parks it can see.
  node_fixture world{impatient()};
  auto event = customer_event("evt_1", "cus_none", "org_a");
  event.found.customer.reset();
  world.journal.pause_reader(persistence::column::index,
                             std::string{"organization"} + '\0' + "org_a");
  auto webhook = world.deliver(event);
  REQUIRE(eventually([&] { return world.journal.reader_paused(); }));
  REQUIRE(world.create("org_a").get().status == 201);
  world.journal.let_reader_go();
  CHECK(webhook.get().body == "{\"received\":true}");
  REQUIRE(eventually([&] { return status_of(world, "evt_1") == domain::webhook_status::applied; }));
}

TEST_CASE("a parked webhook is applied once, however many learn of it at once", "[actors]") {
  node_fixture world{impatient()};
  REQUIRE(world.deliver(customer_event("evt_1", "cus_a")).get().status == 200);
  // Due, claimed, and delivered again by Stripe, all in the same moment.
  world.clock.advance(10s);
  world.journal.hold();
  auto created = world.create("org_a", {"cus_a"});
  REQUIRE(eventually([&] { return world.journal.held_groups() > 0; }));
  world.node->clock_moved({});
  auto again = world.deliver(customer_event("evt_1", "cus_a"));
  world.journal.let_go();
  REQUIRE(created.get().status == 201);
  CHECK(again.get().status == 200);
  world.node->clock_moved({});
  REQUIRE(eventually(
    [&] { return world.inbox_row("evt_1")->status == domain::webhook_status::applied; }));
  REQUIRE(eventually([&] { return world.node->shared().waiting.size() == 0; }));
  CHECK(world.view("org_a").get().sequence == 2);
  CHECK(world.deliver(customer_event("evt_1", "cus_a")).get().body
        == "{\"duplicate\":true,\"received\":true}");
  CHECK(world.view("org_a").get().sequence == 2);
}

TEST_CASE("a webhook that could not be parked does not count as waiting", "[actors]") {
  node_fixture world;
  world.journal.answer_with(
    [](const append_request&) { return std::optional{append_status::storage_low}; });
  for (int i = 0; i < 5; ++i) {
    auto n = std::to_string(i);
    CHECK(
      failed_with(world.deliver(customer_event("evt_" + n, "cus_none")).get(), errc::storage_low));
  }
  CHECK(eventually([&] { return world.node->shared().waiting.size() == 0; }));
  world.journal.answer_with(nullptr);
  CHECK(world.deliver(customer_event("evt_0", "cus_none")).get().status == 200);
  CHECK(world.node->shared().waiting.size() == 1);
}

TEST_CASE("two organizations named for one customer at once: one gets it, one contradicts",
          "[actors]") {
  for (int round = 0; round < 20; ++round) {
    node_fixture world;
    REQUIRE(world.create("org_a").get().status == 201);
    REQUIRE(world.create("org_b").get().status == 201);
    world.journal.hold();
    auto a = world.deliver(customer_event("evt_a", "cus_1", "org_a"));
    auto b = world.deliver(customer_event("evt_b", "cus_1", "org_b"));
    REQUIRE(eventually(
      [&] { return world.probe.handled("org_a") == 2 && world.probe.handled("org_b") == 2; }));
    world.journal.let_go();
    auto first = a.get();
    auto second = b.get();
    REQUIRE((first.status == 200) != (second.status == 200));
    CHECK(failed_with(first.problem ? first : second, errc::shard_unavailable));
    // Delivered again, as its sender does after a 503, it contradicts what is known by now.
    auto loser = first.problem ? "a" : "b";
    auto again = world
                   .deliver(customer_event(std::string{"evt_"} + loser, "cus_1",
                                           std::string{"org_"} + loser))
                   .get();
    CHECK(again.status == 200);
    CHECK(world.inbox_row(std::string{"evt_"} + loser)->status == domain::webhook_status::dead);
    CHECK(world.events_of(std::string{"org_"} + loser) == 1);
  }
}

TEST_CASE("a node that routes nothing parked leaves it to the next one", "[actors]") {
  node_fixture world{impatient()};
  REQUIRE(world.deliver(customer_event("evt_1", "cus_none")).get().status == 200);
  auto quiet = impatient();
  quiet.routes_parked = false;
  world.restart(quiet);
  REQUIRE(world.create("org_a", {"cus_none"}).get().status == 201);
  world.clock.advance(1h);
  world.restart(quiet);
  CHECK(status_of(world, "evt_1") == domain::webhook_status::parked);
  CHECK(attempts_of(world, "evt_1") == 0);
  world.restart(impatient());
  CHECK(eventually([&] { return status_of(world, "evt_1") == domain::webhook_status::applied; }));
}
