// What an organization may do is told again by others only while it would say the same.
#include "tests/actors/node_fixture.hpp"

using namespace bursar;
using namespace bursar::actors;
using namespace bursar::actors::testing;

namespace {

std::optional<std::string> kept(node_fixture& world, const std::string& stream,
                                std::chrono::microseconds later = {}) {
  auto& shared = world.node->shared();
  return shared.access_answers.find(stream, shared.catalog.version(), world.clock.now() + later,
                                    std::chrono::steady_clock::now());
}

std::string asked(node_fixture& world, const std::string& stream) {
  return world.view(stream, schemas::view::access).get().body;
}

// Asked until it is kept: what the last command left may still be on its way to the organization.
std::string kept_when_asked(node_fixture& world, const std::string& stream) {
  std::string said;
  REQUIRE(eventually([&] {
    said = asked(world, stream);
    return kept(world, stream) == said;
  }));
  return said;
}

pending grant(node_fixture& world, const std::string& stream, std::chrono::microseconds lives) {
  domain::credit_grant what;
  what.amount = 5;
  what.expires_at = world.clock.now() + lives;
  return world.command(stream, domain::credit_command{domain::grant_credits{"g", what}});
}

}  // namespace

TEST_CASE("what an organization may do is kept until it decides something", "[actors][access]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  CHECK_FALSE(kept(world, "org_a"));
  auto before = kept_when_asked(world, "org_a");
  CHECK_FALSE(kept(world, "org_b"));
  CHECK(asked(world, "org_b").empty());
  CHECK_FALSE(kept(world, "org_b"));

  world.journal.hold();
  auto granted = grant(world, "org_a", 1h);
  CHECK(eventually([&] { return !kept(world, "org_a"); }));  // before anybody hears of it
  CHECK_FALSE(granted.answered());
  auto handled = world.probe.handled("org_a");
  auto meanwhile = world.view("org_a", schemas::view::access);
  REQUIRE(eventually([&] { return world.probe.handled("org_a") > handled; }));
  world.journal.let_go();
  REQUIRE(granted.get().status < 300);
  auto after = meanwhile.get().body;
  CHECK(after != before);
  CHECK_FALSE(kept(world, "org_a"));  // it was decided while something was in flight
  CHECK(kept_when_asked(world, "org_a") == after);
}

TEST_CASE("what is refused changes nothing of what may be done", "[actors][access]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  auto said = kept_when_asked(world, "org_a");
  domain::consume_credits too_much;
  too_much.use.amount = 1;
  CHECK(world.command("org_a", domain::credit_command{too_much}, "k").get().status == 402);
  CHECK(kept_when_asked(world, "org_a") == said);
}

TEST_CASE("what may be done is asked again when time may have changed it", "[actors][access]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  REQUIRE(grant(world, "org_a", 1h).get().status < 300);
  auto said = kept_when_asked(world, "org_a");
  CHECK(kept(world, "org_a", 1h - 1us) == said);
  CHECK_FALSE(kept(world, "org_a", 1h));
  CHECK_FALSE(kept(world, "org_a", -1us));
  world.clock.advance(1h);  // nobody has told the organization yet
  CHECK(asked(world, "org_a") != said);
}

TEST_CASE("another catalog is another answer", "[actors][access]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  kept_when_asked(world, "org_a");
  REQUIRE(world.publish({"pack", "Pack", 10, {}, true}).get().status < 300);
  CHECK_FALSE(kept(world, "org_a"));
  kept_when_asked(world, "org_a");
}

TEST_CASE("whoever sleeps or fails has said nothing", "[actors][access]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  kept_when_asked(world, "org_a");
  world.probe.fail("org_a", 1);
  auto renamed = world.rename("org_a", "Again", "key-1");
  CHECK(renamed.get().status == 200);
  CHECK(world.counts().restarts == 1);
  CHECK_FALSE(kept(world, "org_a"));

  node_options options;
  options.passivate_after = 40ms;
  world.restart(std::move(options));
  asked(world, "org_a");
  REQUIRE(world.all_asleep());
  CHECK_FALSE(kept(world, "org_a"));
}

TEST_CASE("whoever is asked for is not put to sleep by being answered for", "[actors][access]") {
  node_options options;
  options.passivate_after = 2s;
  node_fixture world{std::move(options)};
  REQUIRE(world.create("org_a").get().status == 201);
  kept_when_asked(world, "org_a");
  CHECK(eventually([&] { return !kept(world, "org_a"); }));
  CHECK(world.counts().organizations_awake == 1);
}
