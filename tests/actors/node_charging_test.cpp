// What organizations owe is asked of a payment gateway: once, whoever dies in between, and each
// answer has its consequence.
#include "schemas/state_codec.hpp"
#include "tests/actors/billed_fixture.hpp"
#include "tests/actors/scripted_gateway.hpp"

using namespace bursar;
using namespace bursar::actors;
using namespace bursar::actors::testing;

namespace {

node_options with(scripted_gateway& gateway) {
  node_options out;
  out.gateway = &gateway;
  return out;
}

// The gateway first: it outlives the node.
struct has_gateway {
  scripted_gateway gateway;
};

struct charged_fixture : has_gateway, billed_fixture {
  charged_fixture() : billed_fixture{with(gateway)} {}

  std::vector<std::string> asked_for() const {
    return keys(column::outbox, schemas::charge_prefix());
  }
  bool is_settled() const {
    return eventually([this] { return asked_for().empty(); });
  }
  // "active", "paid", 1000: as the organization's state has it.
  std::string state(const std::string& stream) { return view(stream).get().body; }
  bool says(const std::string& stream, const std::string& text) {
    return eventually([&] { return state(stream).find(text) != std::string::npos; });
  }
  void look() { advance(0s); }
  // The gateway is asked, and holds its answer back.
  void begins_to_charge() {
    gateway.hold();
    auto before = gateway.asked().size();
    auto [reply, looked] = way_back();
    node->clock_moved(std::move(reply));
    REQUIRE(eventually([&] { return gateway.asked().size() == before + 1; }));
  }
};

}  // namespace

TEST_CASE("what is owed is charged, and the organization hears of it", "[actors][charging]") {
  charged_fixture world;
  world.subscribe("org_a");
  REQUIRE(world.asked_for().size() == 1);
  world.look();
  REQUIRE(world.is_settled());
  CHECK(world.says("org_a", "\"status\":\"paid\""));
  CHECK(world.gateway.moved() == 1000);
  auto asked = world.gateway.asked();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].organization_id == "org_a");
  CHECK(asked[0].payment_method == "pm_1");
  CHECK(asked[0].amount == 1000);
  CHECK(asked[0].currency == "usd");
  CHECK(asked[0].idempotency_key == asked[0].invoice_id + "-1");
}

TEST_CASE("without a gateway nothing is asked for; one that is set up later is",
          "[actors][charging]") {
  charged_fixture world;
  world.restart();
  world.subscribe("org_a");
  world.look();
  CHECK(world.asked_for().empty());
  world.restart(with(world.gateway));
  REQUIRE(world.bill("org_a", domain::put_payment_method{"pm_2"}).get().status == 200);
  world.look();
  REQUIRE(world.is_settled());
  CHECK(world.gateway.moved() == 1000);
}

TEST_CASE("who is declined is asked again on the days of its plan, then suspended, then paid",
          "[actors][charging]") {
  charged_fixture world;
  for (int i = 0; i < 3; ++i) {
    world.gateway.will_say(scripted_gateway::kind::declined);
  }
  world.subscribe("org_a");
  world.look();
  CHECK(world.says("org_a", "\"subscription_status\":\"past_due\""));
  world.advance(std::chrono::hours{23});
  CHECK(world.gateway.asked().size() == 1);
  world.advance(std::chrono::hours{2});
  CHECK(world.gateway.asked().size() == 2);
  world.advance(std::chrono::days{2});
  CHECK(world.gateway.asked().size() == 3);
  CHECK(world.says("org_a", "\"subscription_status\":\"suspended\""));
  world.advance(std::chrono::days{2});
  CHECK(world.gateway.asked().size() == 4);
  REQUIRE(world.is_settled());
  CHECK(world.says("org_a", "\"subscription_status\":\"active\""));
  CHECK(world.gateway.moved() == 1000);
}

TEST_CASE("a card that will never work is not asked again, a new one at once",
          "[actors][charging]") {
  charged_fixture world;
  world.gateway.will_say(scripted_gateway::kind::declined, true);
  world.subscribe("org_a");
  world.look();
  CHECK(world.says("org_a", "\"subscription_status\":\"suspended\""));
  world.advance(std::chrono::days{20});
  CHECK(world.gateway.asked().size() == 1);
  REQUIRE(world.bill("org_a", domain::put_payment_method{"pm_2"}).get().status == 200);
  world.look();
  REQUIRE(world.is_settled());
  CHECK(world.gateway.asked().at(1).payment_method == "pm_2");
  CHECK(world.says("org_a", "\"subscription_status\":\"active\""));
}

TEST_CASE("where nobody knows what became of a charge it is asked for again with its key",
          "[actors][charging]") {
  charged_fixture world;
  world.gateway.will_say(scripted_gateway::kind::unknown);
  world.subscribe("org_a");
  world.begins_to_charge();
  world.gateway.answer_held();
  REQUIRE(eventually([&] {  // the next answer is held back
    auto [reply, looked] = way_back();
    world.node->clock_moved(std::move(reply));
    return world.gateway.asked().size() == 2;
  }));
  CHECK(world.asked_for().size() == 1);
  world.gateway.let_go();
  REQUIRE(world.is_settled());
  auto asked = world.gateway.asked();
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].idempotency_key == asked[1].idempotency_key);
  CHECK(world.gateway.moved() == 1000);
}

TEST_CASE("an organization that dies of the answer hears it again, and no money moves twice",
          "[actors][charging]") {
  charged_fixture world;
  world.subscribe("org_a");
  world.begins_to_charge();
  world.probe.fail("org_a", 3);  // until the answer is set aside
  world.gateway.let_go();
  CHECK(eventually([&] {
    world.look();
    return world.asked_for().empty();
  }));
  CHECK(world.gateway.moved() == 1000);
  CHECK(world.says("org_a", "\"status\":\"paid\""));
}

TEST_CASE("a node that ends while a charge is under way asks again when it is back",
          "[actors][charging]") {
  charged_fixture world;
  world.subscribe("org_a");
  world.begins_to_charge();
  world.node.reset();
  world.gateway.let_go();  // to whoever is no longer there
  world.start(with(world.gateway));
  world.look();
  REQUIRE(world.is_settled());
  CHECK(world.gateway.asked().size() == 2);
  CHECK(world.gateway.moved() == 1000);
  CHECK(world.says("org_a", "\"status\":\"paid\""));
}

TEST_CASE("nobody ends a charge that is under way but its answer", "[actors][charging]") {
  charged_fixture world;
  world.subscribe("org_a");
  world.begins_to_charge();
  auto invoice = world.gateway.asked().front().invoice_id;
  CHECK(world.bill("org_a", domain::void_invoice{invoice}).get().status == 409);
  CHECK(world.bill("org_a", domain::record_payment{invoice, "wire", 400}).get().status == 409);
  CHECK(world.asked_for().size() == 1);
  world.gateway.let_go();
  REQUIRE(world.is_settled());
  CHECK(world.says("org_a", "\"status\":\"paid\""));
}

TEST_CASE("a charge of whoever comes first is not held up by one that never answers",
          "[actors][charging]") {
  charged_fixture world;
  world.subscribe("org_z");
  world.begins_to_charge();
  world.subscribe("org_a");  // stands before it
  world.begins_to_charge();
  CHECK(world.gateway.asked().back().organization_id == "org_a");
  world.gateway.let_go();
  REQUIRE(world.is_settled());
}
