// What is not durable is not answered and not shown; what failed to become durable is named so.
#include "tests/actors/node_fixture.hpp"

using namespace bursar;
using namespace bursar::actors;
using namespace bursar::actors::testing;

namespace {

// Waits until an organization is done with so many requests: a read is sent behind them, and
// returned.
pending after_handling(node_fixture& world, const std::string& stream, unsigned requests) {
  auto marker = world.view(stream);
  REQUIRE(eventually([&] { return world.probe.handled(stream) >= requests + 1; }));
  return marker;
}

// Repeats what a caller repeats: as long as the outcome is unknown.
template <class Ask>
outcome until_known(Ask ask) {
  outcome what;
  REQUIRE(eventually([&] {
    what = ask().get();
    return !failed_with(what, errc::outcome_unknown);
  }));
  return what;
}

append_request foreign_event(const node_fixture& world, const std::string& stream) {
  auto head = world.journal.head(stream).value().value();
  append_request r;
  r.held = {shard_of(stream), 1, 0};
  r.stream = stream;
  r.expected = head.sequence;
  r.previous = head.hash;
  schemas::envelope about;
  about.stream = stream;
  about.sequence = head.sequence + 1;
  domain::organization_updated updated;
  updated.name = "From elsewhere";
  auto json = schemas::encode_event(about, domain::event{updated});
  r.events.emplace_back(head.hash, json);
  return r;
}

}  // namespace

TEST_CASE("commands and reads wait behind appends in flight", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  world.journal.hold();
  auto renamed = world.rename("org_a", "New");
  auto read = world.view("org_a");
  auto refused = world.rename("org_a", "Other", "k", "same", 1);
  auto marker = after_handling(world, "org_a", 4);
  CHECK_FALSE(renamed.answered());
  CHECK_FALSE(read.answered());
  CHECK_FALSE(refused.answered());
  CHECK_FALSE(marker.answered());
  CHECK(world.events_of("org_a") == 1);
  world.journal.let_go();
  CHECK(renamed.get().sequence == 2);
  auto seen = read.get();
  CHECK(seen.sequence == 2);
  CHECK(seen.body.find("\"New\"") != std::string::npos);
  // Judged against the state with the command in flight, which is durable by now.
  CHECK(failed_with(refused.get(), errc::precondition_failed));
}

TEST_CASE("commands of one organization are decided while earlier ones are in flight", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  world.journal.hold();
  std::vector<pending> asked;
  for (int i = 0; i < 100; ++i) {
    asked.push_back(world.rename("org_a", std::to_string(i)));
  }
  auto marker = after_handling(world, "org_a", 101);
  auto groups = world.journal.groups();
  world.journal.let_go();
  for (std::size_t i = 0; i < asked.size(); ++i) {
    CHECK(asked[i].get().sequence == i + 2);
  }
  // One group was held; all the others became durable together.
  CHECK(world.journal.groups() <= groups + 3);
}

TEST_CASE("who waits for an append hears of it though its organization died meanwhile",
          "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  world.journal.hold();
  auto renamed = world.rename("org_a", "Renamed");
  REQUIRE(eventually([&] { return world.journal.held_groups() > 0; }));
  world.probe.fail("org_a", 1);
  auto looked = world.view("org_a");
  REQUIRE(eventually([&] { return world.probe.handled("org_a") == 3; }));
  world.journal.let_go();
  auto what = renamed.get();
  CHECK(what.status == 200);
  CHECK(what.sequence == 2);
  // And its successor has seen it.
  CHECK(looked.get().body.find("Renamed") != std::string::npos);
}

TEST_CASE("one organization has a bounded number of commands in flight", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  world.journal.hold();
  std::vector<pending> asked;
  for (std::size_t i = 0; i < limits::in_flight_appends_max; ++i) {
    asked.push_back(world.rename("org_a", std::to_string(i)));
  }
  auto surplus = world.rename("org_a", "One too many").get();
  CHECK(failed_with(surplus, errc::overloaded));
  CHECK(surplus.status == 503);
  world.journal.let_go();
  for (std::size_t i = 0; i < asked.size(); ++i) {
    REQUIRE(asked[i].get().sequence == i + 2);
  }
  CHECK(world.rename("org_a", "Again").get().sequence == limits::in_flight_appends_max + 2);
}

TEST_CASE("when an append fails nothing is acknowledged and nothing undurable is shown",
          "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  REQUIRE(world.create("org_b").get().status == 201);
  world.journal.hold();
  world.journal.answer_with(
    [](const append_request&) { return std::optional{append_status::unknown}; });
  auto first = world.rename("org_a", "First", "key-1");
  auto second = world.rename("org_a", "Second", "key-2");
  auto same = world.rename("org_a", "First", "key-1");
  auto read = world.view("org_a");
  auto other = world.rename("org_b", "Other");
  auto marker = after_handling(world, "org_a", 5);
  world.journal.let_go();
  for (auto* one : {&first, &second, &same, &other}) {
    auto what = one->get();
    CHECK(failed_with(what, errc::outcome_unknown));
    CHECK(what.status == 503);
  }
  auto shown = read.get();
  REQUIRE(shown.problem.has_value());
  CHECK(shown.status == 503);
  CHECK(marker.get().status == 503);
  REQUIRE(eventually([&] { return world.journal_failures > 0; }));
  CHECK(world.events_of("org_a") == 1);

  // What is left is what was durable, also for who is restarted.
  world.journal.answer_with(nullptr);
  auto after = until_known([&] { return world.view("org_a"); });
  CHECK(after.sequence == 1);
  CHECK(after.body.find("Name of org_a") != std::string::npos);
  CHECK(world.rename("org_a", "First", "key-1").get().sequence == 2);
}

TEST_CASE("a write whose answer was lost has one effect when it is repeated", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a", {"cus_a"}).get().status == 201);
  world.journal.lose_next_answer();
  CHECK(failed_with(world.rename("org_a", "New", "key-1").get(), errc::outcome_unknown));
  CHECK(world.events_of("org_a") == 2);
  auto again = until_known([&] { return world.rename("org_a", "New", "key-1"); });
  CHECK(again.status == 200);
  CHECK(again.replayed);
  CHECK(again.body.find("\"New\"") != std::string::npos);
  CHECK(world.events_of("org_a") == 2);

  world.journal.lose_next_answer();
  auto event = customer_event("evt_1", "cus_a");
  CHECK(failed_with(world.deliver(event).get(), errc::outcome_unknown));
  auto events = world.events_of("org_a");
  auto duplicate = until_known([&] { return world.deliver(event); });
  CHECK(duplicate.body == "{\"duplicate\":true,\"received\":true}");
  CHECK(world.events_of("org_a") == events);
}

TEST_CASE("a failed append of the inbox or the catalog is an unknown outcome too", "[actors]") {
  node_fixture world;
  world.journal.answer_with(
    [](const append_request&) { return std::optional{append_status::unknown}; });
  CHECK(
    failed_with(world.deliver(customer_event("evt_1", "cus_none")).get(), errc::outcome_unknown));
  auto r = std::make_shared<basic_request<domain::catalog_command>>();
  domain::plan plan;
  plan.id = "pro";
  plan.name = "Pro";
  plan.prices = {{"usd", 4900, domain::billing_interval::month, 1, "price_pro"}};
  r->command = domain::put_plan{plan};
  auto [reply, answer] = way_back();
  r->reply = std::move(reply);
  world.node->ask(std::move(r));
  CHECK(failed_with(answer.get(), errc::outcome_unknown));
  CHECK(world.node->shared().catalog.get()->plans.empty());

  world.journal.answer_with(nullptr);
  CHECK(world.deliver(customer_event("evt_1", "cus_none")).get().body == "{\"received\":true}");
}

TEST_CASE("below the watermark writes are refused, reads answered, and writes come back",
          "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  world.journal.answer_with(
    [](const append_request&) { return std::optional{append_status::storage_low}; });
  for (int i = 0; i < 3; ++i) {
    auto refused = world.rename("org_a", "New", "key-1").get();
    CHECK(failed_with(refused, errc::storage_low));
    CHECK(refused.status == 503);
    CHECK(failed_with(world.deliver(customer_event("evt_1", "cus_none")).get(), errc::storage_low));
    CHECK(world.view("org_a").get().sequence == 1);
  }
  CHECK(world.journal_failures == 0);
  world.journal.answer_with(nullptr);
  auto accepted = world.rename("org_a", "New", "key-1").get();
  CHECK(accepted.sequence == 2);
  CHECK_FALSE(accepted.replayed);
  CHECK(world.counts().restarts == 0);
}

TEST_CASE("who finds its chain moved on replays it and serves the repetition", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  auto foreign = foreign_event(world, "org_a");
  const append_request* one = &foreign;
  REQUIRE(world.journal.append({&one, 1}).at(0) == append_status::acked);
  auto refused = world.rename("org_a", "Mine", "key-1").get();
  CHECK(failed_with(refused, errc::shard_unavailable));
  CHECK(world.view("org_a").get().body.find("From elsewhere") != std::string::npos);
  CHECK(world.rename("org_a", "Mine", "key-1").get().sequence == 3);
}

TEST_CASE("of two organizations that claim one customer at once one gets it", "[actors]") {
  for (int round = 0; round < 30; ++round) {
    node_fixture world;
    world.journal.hold();
    auto a = world.create("org_a", {"cus_1"});
    auto b = world.create("org_b", {"cus_1"});
    world.journal.let_go();
    auto first = a.get();
    auto second = b.get();
    CHECK(first.problem.has_value() != second.problem.has_value());
    CHECK(failed_with(first.problem ? first : second, errc::conflict));
    auto loser = first.problem ? "org_a" : "org_b";
    CHECK(failed_with(world.view(loser).get(), errc::not_found));
    CHECK(world.events_of(loser) == 0);
  }
}

TEST_CASE("a webhook parked while its organization comes into being is not forgotten", "[actors]") {
  // Nothing ticks here: whoever misses the other waits for ever.
  node_fixture world;
  for (int round = 0; round < 200; ++round) {
    auto n = std::to_string(round);
    auto webhook = world.deliver(customer_event("evt_" + n, "cus_" + n));
    auto created = world.create("org_" + n, {"cus_" + n});
    REQUIRE(created.get().status == 201);
    REQUIRE(webhook.get().status == 200);
    INFO("round " << round);
    REQUIRE(eventually([&] {
      auto row = world.inbox_row("evt_" + n);
      return row && row->status == domain::webhook_status::applied;
    }));
    auto mirror = world.view("org_" + n, schemas::view::mirror).get().body;
    REQUIRE(mirror.find("evt_" + n + "@example.com") != std::string::npos);
  }
  REQUIRE(eventually([&] { return world.node->shared().waiting.size() == 0; }));
}
