// Organizations go to sleep and wake again: nobody can tell from the answers, and no more is
// replayed than what the snapshot does not have.
#include "base/encoding.hpp"
#include "tests/actors/node_fixture.hpp"

using namespace bursar;
using namespace bursar::actors;
using namespace bursar::actors::testing;

namespace {

node_options sleepy() {
  node_options out;
  out.passivate_after = 40ms;
  return out;
}

// An organization with a history of its own: commands and webhooks.
void live(node_fixture& world, const std::string& stream) {
  REQUIRE(world.create(stream, {"cus_" + stream}).get().status == 201);
  for (int i = 0; i < 5; ++i) {
    auto event = customer_event("evt_" + stream + std::to_string(i), "cus_" + stream);
    event.created += i;
    REQUIRE(world.deliver(event).get().status == 200);
    REQUIRE(world.rename(stream, "Name " + std::to_string(i)).get().status == 200);
  }
}

std::optional<schemas::snapshot_record> snapshot_of(const node_fixture& world,
                                                    const std::string& stream) {
  auto stored = world.journal.get(persistence::column::snapshots, stream).value();
  return stored ? std::optional{schemas::decode_record<schemas::snapshot_record>(*stored).value()}
                : std::nullopt;
}

void store_snapshot(node_fixture& world, const std::string& stream, const std::string& record) {
  auto head = world.journal.head(stream).value().value();
  append_request r;
  r.held = {shard_of(stream), 1, 0};
  r.stream = stream;
  r.expected = head.sequence;
  r.previous = head.hash;
  r.records = {{persistence::column::snapshots, stream, record}};
  const append_request* one = &r;
  REQUIRE(world.journal.append({&one, 1}).at(0) == append_status::acked);
}

}  // namespace

TEST_CASE("an idle organization sleeps, and the next request wakes it as it was", "[actors]") {
  node_fixture world{sleepy()};
  live(world, "org_a");
  auto before = world.view("org_a");
  auto state = before.get();
  REQUIRE(world.all_asleep());
  auto events = world.events_of("org_a");
  auto snapshot = snapshot_of(world, "org_a");
  REQUIRE(snapshot.has_value());
  CHECK(snapshot->sequence == events);

  auto after = world.view("org_a").get();
  CHECK(after.body == state.body);
  CHECK(after.sequence == state.sequence);
  // It began behind the snapshot, and the history did not grow by sleeping.
  CHECK(world.journal.reads_of("org_a").back() == events + 1);
  CHECK(world.events_of("org_a") == events);
  CHECK(world.rename("org_a", "Awake").get().sequence == events + 1);
}

TEST_CASE("an organization that only answered reads sleeps without writing", "[actors]") {
  node_fixture world{sleepy()};
  live(world, "org_a");
  REQUIRE(world.all_asleep());
  auto groups = world.journal.groups();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(world.view("org_a").get().status == 200);
    REQUIRE(world.all_asleep());
  }
  CHECK(world.journal.groups() == groups);
}

TEST_CASE("a request that comes while its organization goes to sleep is answered", "[actors]") {
  node_fixture world{sleepy()};
  constexpr std::uint64_t events = 11;
  world.journal.hold([](const append_request& r) {  // the last snapshot, on the way to sleep
    return r.events.empty() && r.expected == events;
  });
  live(world, "org_a");
  REQUIRE(world.events_of("org_a") == events);
  REQUIRE(eventually([&] { return world.journal.held_groups() > 0; }));
  auto read = world.view("org_a");
  auto renamed = world.rename("org_a", "Between");
  CHECK_FALSE(read.answered());
  world.journal.let_go();
  CHECK(read.get().sequence == events);
  CHECK(renamed.get().sequence == events + 1);
  CHECK(world.counts().restarts == 0);
}

TEST_CASE("many organizations sleep and wake under way without losing a command", "[actors]") {
  auto options = sleepy();
  options.passivate_after = 4ms;
  node_fixture world{options};
  constexpr int organizations = 12;
  constexpr int rounds = 25;
  for (int i = 0; i < organizations; ++i) {
    REQUIRE(world.create("org_" + std::to_string(i)).get().status == 201);
  }
  for (int round = 0; round < rounds; ++round) {
    std::vector<pending> asked;
    for (int i = 0; i < organizations; ++i) {
      asked.push_back(world.rename("org_" + std::to_string(i), std::to_string(round)));
    }
    for (auto& one : asked) {
      REQUIRE(one.get().sequence == static_cast<std::uint64_t>(round) + 2);
    }
    if (round % 5 == 0) {
      REQUIRE(world.all_asleep());
    }
  }
  CHECK(world.counts().restarts == 0);
}

TEST_CASE("a snapshot is written with the append that reaches the interval, and at the end",
          "[actors]") {
  node_options options;
  options.snapshot_interval_events = 4;
  node_fixture world{options};
  REQUIRE(world.create("org_a").get().status == 201);
  for (std::uint64_t sequence = 2; sequence <= 9; ++sequence) {
    REQUIRE(world.rename("org_a", std::to_string(sequence)).get().sequence == sequence);
    auto snapshot = snapshot_of(world, "org_a");
    CHECK((snapshot ? snapshot->sequence : 0) == sequence / 4 * 4);
  }
  auto state = world.view("org_a").get().body;
  world.restart(options);
  CHECK(snapshot_of(world, "org_a").value().sequence == 9);
  CHECK(world.view("org_a").get().body == state);
  CHECK(world.journal.reads_of("org_a").back() == 10);
}

TEST_CASE("a snapshot that is damaged or not of its chain is not believed", "[actors]") {
  node_fixture world{sleepy()};
  live(world, "org_a");
  live(world, "org_b");
  auto state = world.view("org_a").get().body;
  REQUIRE(world.all_asleep());
  auto good = snapshot_of(world, "org_a").value();
  auto other = snapshot_of(world, "org_b").value();
  auto wrong = good;
  std::string what;
  SECTION("another state hash") {
    wrong.state_hash = other.state_hash;
  }
  SECTION("another state, its own hash beside it") {
    wrong.state = other.state;
  }
  SECTION("a state that does not read") {
    wrong.state = "{}";
    wrong.state_hash = to_hex(sha256(wrong.state));
  }
  SECTION("another format") {
    wrong.format = good.format + 1;
  }
  SECTION("no hash of an event") {
    wrong.hash = "none";
  }
  SECTION("the hash of another chain") {
    wrong.hash = other.hash;
  }
  SECTION("a place further on than the chain") {
    wrong.sequence = good.sequence + 5;
  }
  SECTION("a place where the chain was otherwise") {
    wrong.sequence = good.sequence - 1;
  }
  store_snapshot(world, "org_a", schemas::encode_record(wrong));
  CHECK(world.view("org_a").get().body == state);
  // The whole history was read at last.
  auto reads = world.journal.reads_of("org_a");
  CHECK(reads.back() == 1);
}

TEST_CASE("a long history is replayed in pages, across page borders", "[actors]") {
  for (std::size_t events : {limits::replay_page_events - 1, limits::replay_page_events,
                             limits::replay_page_events + 1, 2 * limits::replay_page_events}) {
    INFO(events << " events");
    node_options options;
    options.snapshot_interval_events = 1'000'000;
    node_fixture world{options};
    auto created = world.create("org_a");
    std::vector<pending> asked;
    for (std::size_t i = 1; i < events; ++i) {
      asked.push_back(world.rename("org_a", "N" + std::to_string(i)));
    }
    for (auto& one : asked) {
      REQUIRE(one.get().status == 200);
    }
    auto state = world.view("org_a").get();
    REQUIRE(state.sequence == events);
    world.restart(options);
    CHECK(world.view("org_a").get().body == state.body);
  }
}

TEST_CASE("an organization nobody created is not found and leaves no trace", "[actors]") {
  node_fixture world{sleepy()};
  CHECK(failed_with(world.view("org_none").get(), errc::not_found));
  CHECK(failed_with(world.rename("org_none", "x").get(), errc::not_found));
  REQUIRE(world.all_asleep());
  CHECK(world.events_of("org_none") == 0);
  CHECK_FALSE(snapshot_of(world, "org_none").has_value());
}

TEST_CASE("a node that stops answers whatever it was asked", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  world.journal.hold();
  std::vector<pending> asked;
  for (int i = 0; i < 50; ++i) {
    asked.push_back(world.rename("org_a", std::to_string(i), "k" + std::to_string(i)));
    asked.push_back(world.view("org_a"));
    asked.push_back(world.deliver(customer_event("evt_" + std::to_string(i), "cus_none")));
  }
  REQUIRE(eventually([&] { return world.journal.held_groups() > 0; }));
  auto stopping = std::async(std::launch::async, [&] { world.node->stop(); });
  world.journal.let_go();
  REQUIRE(stopping.wait_for(patience) == std::future_status::ready);
  std::uint64_t acknowledged = 1;
  for (auto& one : asked) {
    auto what = one.get();
    bool said = !what.problem || failed_with(what, errc::outcome_unknown)
                || failed_with(what, errc::shard_unavailable);
    CHECK(said);
    acknowledged = std::max(acknowledged, what.problem ? 0 : what.sequence);
  }
  CHECK(world.events_of("org_a") >= acknowledged);
}
