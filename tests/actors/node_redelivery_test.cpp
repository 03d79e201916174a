// Webhooks that are delivered again out of the inbox: each once at a time, none lost on the way.
#include "tests/actors/node_fixture.hpp"

using namespace bursar;
using namespace bursar::actors;
using namespace bursar::actors::testing;

namespace {

domain::webhook_status status_of(const node_fixture& world, const std::string& event_id) {
  return world.inbox_row(event_id)->status;
}
bool becomes(const node_fixture& world, const std::string& id, domain::webhook_status status) {
  return eventually([&] { return status_of(world, id) == status; });
}

domain::stripe::event session_event(const std::string& id, const std::string& organization) {
  auto out = customer_event(id, "cus_" + organization, organization);
  domain::stripe::checkout_session shown;
  shown.mode = "payment";
  shown.status = "complete";
  shown.payment_status = "paid";
  shown.pack = "credits_500";
  out.type = "checkout.session.completed";
  out.found.related.push_back("cs_" + id);
  out.seen = domain::stripe::observation{"cs_" + id, shown, {}};
  return out;
}

}  // namespace

TEST_CASE("a parked webhook that kills its organization is a dead letter, not released",
          "[actors]") {
  node_fixture world;
  REQUIRE(world.deliver(customer_event("evt_1", "cus_a")).get().status == 200);
  world.probe.fail("org_a", limits::message_attempts_max, 1);
  REQUIRE(world.create("org_a", {"cus_a"}).get().status == 201);
  REQUIRE(becomes(world, "evt_1", domain::webhook_status::dead));
  CHECK(world.journal.get(persistence::column::dead, "evt_1").value().has_value());
  CHECK(eventually([&] { return world.node->shared().waiting.size() == 0; }));
  REQUIRE(world.replay(customer_event("evt_1", "cus_a")).get().status == 202);
  REQUIRE(becomes(world, "evt_1", domain::webhook_status::applied));
}

TEST_CASE("a replayed dead letter that fails again is a dead letter again", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a", {"cus_a"}).get().status == 201);
  world.probe.fail("org_a", limits::message_attempts_max);
  REQUIRE(world.deliver(customer_event("evt_1", "cus_a")).get().status == 200);
  REQUIRE(status_of(world, "evt_1") == domain::webhook_status::dead);
  world.probe.fail("org_a", limits::message_attempts_max);
  auto deaths = world.counts().set_aside.load();
  REQUIRE(world.replay(customer_event("evt_1", "cus_a")).get().status == 202);
  REQUIRE(eventually([&] { return world.counts().set_aside > deaths; }));
  REQUIRE(becomes(world, "evt_1", domain::webhook_status::dead));
  CHECK(world.journal.get(persistence::column::dead, "evt_1").value().has_value());
  // And the third time its cause is gone.
  REQUIRE(world.replay(customer_event("evt_1", "cus_a")).get().status == 202);
  REQUIRE(becomes(world, "evt_1", domain::webhook_status::applied));
  CHECK_FALSE(world.journal.get(persistence::column::dead, "evt_1").value().has_value());
}

TEST_CASE("a webhook whose organization died with it on the way to the disk is applied once",
          "[actors]") {
  node_fixture world;
  REQUIRE(world.deliver(customer_event("evt_1", "cus_a")).get().status == 200);
  world.clock.advance(1h);
  world.journal.hold([](const append_request& r) {
    return r.stream == "org_a"
           && std::any_of(r.records.begin(), r.records.end(), [](const auto& record) {
                return record.in == persistence::column::inbox;
              });
  });
  REQUIRE(world.create("org_a", {"cus_a"}).get().status == 201);
  REQUIRE(eventually([&] { return world.journal.held_groups() > 0; }));
  world.probe.fail("org_a", 1);
  auto looked = world.view("org_a");
  // Created, delivered, looked at. It is not delivered again: its append still answers.
  REQUIRE(eventually([&] { return world.probe.handled("org_a") == 3; }));
  world.journal.let_go();
  CHECK(looked.get().status == 200);
  REQUIRE(eventually([&] { return world.node->shared().waiting.size() == 0; }));
  CHECK(status_of(world, "evt_1") == domain::webhook_status::applied);
  CHECK(world.events_of("org_a") == 2);      // created, the webhook's
  CHECK(world.events_of("$inbox") == 2);     // parked, released
  CHECK(world.probe.handled("org_a") == 4);  // and looked at again by the successor
}

TEST_CASE("many webhooks that wait for one organization are each delivered about once",
          "[actors]") {
  node_fixture world;
  constexpr unsigned many = 1'000;
  std::vector<pending> delivered;
  for (unsigned i = 0; i < many; ++i) {
    auto event = customer_event("evt_" + std::to_string(i), "cus_a");
    event.found.related.push_back("ch_" + std::to_string(i));
    delivered.push_back(world.deliver(std::move(event)));
  }
  for (auto& one : delivered) {
    REQUIRE(one.get().status == 200);
  }
  REQUIRE(world.node->shared().waiting.size() == many);
  REQUIRE(world.create("org_a", {"cus_a"}).get().status == 201);
  REQUIRE(eventually([&] { return world.node->shared().waiting.size() == 0; }));
  CHECK(world.events_of("org_a") == 1 + many);
  CHECK(world.probe.handled("org_a") < 2 * many + 10);
}

TEST_CASE("a pack sold before the catalog knew it is granted once it does", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a", {"cus_org_a"}).get().status == 201);
  auto sold = session_event("evt_1", "org_a");
  REQUIRE(world.deliver(sold).get().status == 200);
  CHECK(status_of(world, "evt_1") == domain::webhook_status::dead);
  domain::credit_product product;
  product.id = product.name = "credits_500";
  product.credits = 500;
  REQUIRE(world.publish(product).get().status == 201);
  REQUIRE(world.replay(sold).get().status == 202);
  REQUIRE(becomes(world, "evt_1", domain::webhook_status::applied));
  auto credits = world.view("org_a", schemas::view::credits).get().body;
  CHECK(credits.find("500") != std::string::npos);
}

TEST_CASE("an object of one organization is not moved to another by metadata", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a", {"cus_a"}).get().status == 201);
  REQUIRE(world.create("org_b", {"cus_b"}).get().status == 201);
  auto charge = customer_event("evt_1", "cus_b");
  charge.found.related.push_back("ch_of_b");
  REQUIRE(world.deliver(charge).get().status == 200);
  auto refund = customer_event("evt_2", "cus_b", "org_a");
  refund.found.customer.reset();
  refund.found.related = {"re_1", "ch_of_b"};
  REQUIRE(world.deliver(refund).get().status == 200);
  CHECK(status_of(world, "evt_2") == domain::webhook_status::dead);
  auto owner = std::string{"stripe"} + '\0' + "ch_of_b";
  CHECK(world.journal.get(persistence::column::index, owner).value() == "org_b");
}

TEST_CASE("customers whose ids look like nothing known are updated more than once", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  for (const auto* id : {"evt_1", "evt_2", "evt_3"}) {
    REQUIRE(world.deliver(customer_event(id, "acme-42", "org_a")).get().status == 200);
    CHECK(status_of(world, id) == domain::webhook_status::applied);
  }
}

TEST_CASE("while the disk is low nothing is written, and reads cost no replay", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  auto reads = world.journal.reads_of("org_a").size();
  world.journal.set_storage_low(true);
  for (int i = 0; i < 10; ++i) {
    CHECK(failed_with(world.rename("org_a", "No").get(), errc::storage_low));
    CHECK(world.view("org_a").get().status == 200);
  }
  CHECK(world.journal.reads_of("org_a").size() == reads);
  world.journal.set_storage_low(false);
  CHECK(world.rename("org_a", "Yes").get().status == 200);
}

TEST_CASE("a disk that cannot be read for a moment does not end an organization", "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  world.restart();
  world.journal.fail_reads("org_a", 2);
  auto first = world.view("org_a").get();
  CHECK((first.status == 200 || failed_with(first, errc::outcome_unknown)));
  CHECK(eventually([&] { return world.view("org_a").get().status == 200; }));
}

TEST_CASE("an append of before a crash may become durable while its successor replays",
          "[actors]") {
  node_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  world.restart();
  // Between the last page and the look at the head, as the old append would do it.
  world.journal.after_next_read("org_a", [&] {
    append_request r;
    r.held = {shard_of("org_a"), 1, 0};
    r.stream = "org_a";
    auto head = world.journal.head("org_a").value().value();
    r.expected = head.sequence;
    r.previous = head.hash;
    r.events.emplace_back(head.hash, world.some_event("org_a", head.sequence + 1));
    const append_request* one = &r;
    REQUIRE(world.journal.append({&one, 1}).at(0) == append_status::acked);
  });
  CHECK(world.view("org_a").get().status == 200);
  // It is one event behind: the next command finds out, and the one after it is served.
  world.rename("org_a", "One").get();
  CHECK(world.rename("org_a", "Two").get().status == 200);
}
