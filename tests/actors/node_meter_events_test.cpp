// What Stripe's meters are to be told stands in the outbox with the usage, once for each event.
#include "base/encoding.hpp"
#include "tests/actors/node_fixture.hpp"

using namespace bursar;
using namespace bursar::actors;
using namespace bursar::actors::testing;
using persistence::column;

namespace {

constexpr const char* event_name = "tokens_used";

struct metered_world : node_fixture {
  void measures(const std::string& id, std::optional<std::string> stripe_event_name) {
    domain::meter meter;
    meter.id = meter.name = id;
    meter.filters = {{"live", {"true"}}};
    meter.stripe_event_name = std::move(stripe_event_name);
    auto r = std::make_shared<basic_request<domain::catalog_command>>();
    r->command = domain::put_meter{meter, {}};
    auto [reply, answer] = way_back();
    r->reply = std::move(reply);
    node->ask(std::move(r));
    REQUIRE(answer.get().status < 300);
  }
  void is_subscribed() {
    auto event = customer_event("evt_1", "cus_a", "org_a");
    domain::stripe::subscription shown;
    shown.customer = "cus_a";
    shown.status = "active";
    event.type = "customer.subscription.created";
    event.found.related.push_back("sub_1");
    event.seen = domain::stripe::observation{"sub_1", shown, {}};
    REQUIRE(deliver(event).get().status == 200);
  }
  outcome uses(const std::string& id, const std::string& metric, const char* quantity, bool live) {
    domain::record_usage wanted;
    domain::record_usage::item item;
    item.event.id = id;
    item.event.metric = metric;
    item.event.quantity = parse_decimal(quantity).value();
    item.event.properties = {{"live", live}};
    item.sha256 = sha256(id + metric + quantity);
    wanted.items.push_back(std::move(item));
    return command("org_a", domain::command{domain::usage_command{std::move(wanted)}}).get();
  }
  std::vector<schemas::meter_event_record> told() const {
    std::vector<schemas::meter_event_record> out;
    for (const auto& row :
         journal.scan(column::outbox, schemas::meter_event_prefix(), "", 10, false).value()) {
      out.push_back(schemas::decode_record<schemas::meter_event_record>(row.value).value());
    }
    return out;
  }
};

}  // namespace

TEST_CASE("what Stripe's meters are to be told goes with the usage", "[actors][usage]") {
  metered_world world;
  world.measures("tokens", event_name);
  world.measures("pages", std::nullopt);
  REQUIRE(world.create("org_a", {"cus_a"}).get().status == 201);

  SECTION("where Stripe bills the organization") {
    world.is_subscribed();
    REQUIRE(world.uses("use_1", "tokens", "2.5", true).status == 200);
    REQUIRE(world.uses("use_1", "tokens", "2.5", true).status == 200);  // the same again
    REQUIRE(world.uses("use_2", "tokens", "7", false).status == 200);   // does not count
    REQUIRE(world.uses("use_3", "pages", "1", true).status == 200);     // is not Stripe's
    world.restart({});
    auto told = world.told();
    REQUIRE(told.size() == 1);
    CHECK((told[0].event_name == event_name && told[0].customer == "cus_a"));
    CHECK((told[0].value == "2.5" && told[0].at == world.clock.now()));
    CHECK(told[0].identifier == to_hex(sha256(std::string{"org_a"} + '\0' + "use_1")));
  }
  SECTION("and nowhere else") {
    REQUIRE(world.uses("use_1", "tokens", "2.5", true).status == 200);
    CHECK(world.told().empty());
  }
}
