// Taxes that an outside provider says: it is asked before anything is written, what it said stands
// in the invoice for good, and where it does not answer nothing happens.
#include <set>

#include "tests/actors/billed_fixture.hpp"
#include "tests/actors/scripted_taxes.hpp"

using namespace bursar;
using namespace bursar::actors;
using namespace bursar::actors::testing;

namespace {

node_options with(scripted_taxes& taxes) {
  node_options out;
  out.taxes = &taxes;
  out.billing.seller.country = "DE";
  return out;
}

// The provider first: it outlives the node.
struct has_taxes {
  scripted_taxes taxes;
};

struct taxed_fixture : has_taxes, billed_fixture {
  taxed_fixture() : billed_fixture{with(taxes)} {}

  static domain::billing_command subscription() {
    domain::subscribe out;
    out.subscription_id = "sub_a";
    out.plan_id = "basic";
    return out;
  }
  pending ask(domain::billing_command wanted, const std::string& key = {}) {
    return command("org_a", domain::command{std::move(wanted)}, key);
  }
  // Its first invoice has its number, and nothing is under way.
  void subscribed() {
    REQUIRE(create("org_a").get().status == 201);
    REQUIRE(ask(subscription()).get().status == 201);
    REQUIRE(all_numbered());
  }
  // It is asked, and holds its answer back.
  pending begins(domain::billing_command wanted, const std::string& key = {}) {
    auto before = taxes.asked().size();
    taxes.hold();
    auto out = ask(std::move(wanted), key);
    REQUIRE(eventually([&] { return taxes.asked().size() == before + 1; }));
    return out;
  }
  pending read(schemas::billing_view what, std::optional<domain::billing_command> wanted) {
    auto r = std::make_shared<organization_request>();
    r->stream = "org_a";
    schemas::billing_request of;
    of.what = what;
    of.wanted = std::move(wanted);
    r->command = std::move(of);
    return send(std::move(r));
  }
  std::string state() { return view("org_a").get().body; }
};

domain::billing_command quantity(std::int64_t of) {
  return domain::change_plan{{}, of};
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("taxes are as the provider says, for good", "[actors][taxing]") {
  taxed_fixture world;
  world.subscribed();
  auto asked = world.taxes.asked();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].currency == "usd");
  CHECK(asked[0].seller.country == "DE");
  REQUIRE(asked[0].lines.size() == 1);
  CHECK(asked[0].lines[0].amount == 1000);
  REQUIRE(world.all_numbered());
  auto state = world.state();
  CHECK(has(state, "\"tax_calculation\":\"calc_1\""));
  CHECK(has(state, "\"total\":1190"));
  // What happened is in the chain: nobody is asked again, and the provider may be gone.
  world.restart();
  CHECK(world.state() == state);
  CHECK(world.taxes.asked().size() == 1);
}

TEST_CASE("where the provider does not answer nothing is changed, and the same key may come again",
          "[actors][taxing]") {
  taxed_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  world.taxes.will_say(error{errc::io_error, "no route"});
  auto refused = world.ask(taxed_fixture::subscription(), "key-1").get();
  CHECK(failed_with(refused, errc::shard_unavailable));
  CHECK(world.events_of("org_a") == 1);
  CHECK(world.counts().rejections == 0);
  CHECK(world.ask(taxed_fixture::subscription(), "key-1").get().status == 201);
}

TEST_CASE("what cannot be an answer is none", "[actors][taxing]") {
  taxed_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  domain::taxation other;  // of no line
  world.taxes.will_say(other);
  CHECK(failed_with(world.ask(taxed_fixture::subscription()).get(), errc::shard_unavailable));
  CHECK(world.events_of("org_a") == 1);
}

TEST_CASE("a renewal waits for the provider, and is made once it answers", "[actors][taxing]") {
  taxed_fixture world;
  world.subscribed();
  auto before = world.events_of("org_a");
  world.taxes.will_say(error{errc::io_error, "no route"}, 1000);
  world.advance(std::chrono::days{31});
  CHECK(world.events_of("org_a") == before);
  CHECK(world.timers().size() == 1);
  world.taxes.answers_again();
  world.restart(with(world.taxes));
  world.advance(0s);
  REQUIRE(world.all_numbered());
  CHECK(world.numbers().size() == 2);
  auto asked = world.taxes.asked();
  CHECK(has(world.state(), "\"calc_1\""));
  CHECK(has(world.state(), "\"calc_" + std::to_string(asked.size()) + "\""));
  CHECK(asked.back().at == asked.front().at + std::chrono::days{30});  // a November
}

TEST_CASE("months that are made up for are asked about each", "[actors][taxing]") {
  taxed_fixture world;
  world.subscribed();
  world.advance(std::chrono::days{100});
  std::set<timestamp> moments;
  for (const auto& question : world.taxes.asked()) {
    moments.insert(question.at);
  }
  CHECK(moments.size() == 4);
  REQUIRE(world.all_numbered());
  CHECK(world.numbers().size() == 4);
}

TEST_CASE("a provider that never answers is given up, and nobody waits for ever",
          "[actors][taxing]") {
  taxed_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  auto impatient = with(world.taxes);
  impatient.tax_answer_wait = 20ms;
  world.restart(impatient);
  auto waits = world.begins(taxed_fixture::subscription());
  CHECK(failed_with(waits.get(), errc::shard_unavailable));
  world.taxes.let_go();
  CHECK(world.events_of("org_a") == 1);
}

TEST_CASE("what the provider cannot tax is the caller's to mend", "[actors][taxing]") {
  taxed_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  world.taxes.will_say(error{errc::unprocessable, "no such region"});
  auto refused = world.ask(taxed_fixture::subscription()).get();
  CHECK(failed_with(refused, errc::unprocessable));
  CHECK(has(refused.problem->detail(), "no such region"));
}

TEST_CASE("a payment is recorded though nobody says what is due next, which follows later",
          "[actors][taxing]") {
  taxed_fixture world;
  world.subscribed();
  auto prefix = schemas::invoice_number_key("");
  auto invoice = world.keys(column::index, prefix).front().substr(prefix.size());
  for (int i = 0; i < 3; ++i) {
    REQUIRE(world.ask(domain::record_failed_payment{invoice, "declined"}).get().status == 200);
  }
  REQUIRE(has(world.state(), "\"status\":\"suspended\""));
  world.advance(std::chrono::days{40});
  world.taxes.will_say(error{errc::io_error, "no route"}, 1000);
  CHECK(world.ask(domain::record_payment{invoice, "pay_1", 1190}).get().status == 200);
  CHECK(has(world.state(), "\"status\":\"paid\""));
  CHECK(has(world.state(), "\"status\":\"suspended\""));
  CHECK(world.timers().size() == 1);
  world.taxes.answers_again();
  world.restart(with(world.taxes));
  world.advance(0s);
  CHECK(has(world.state(), "\"status\":\"active\""));
}

TEST_CASE("it is decided as of when it was wanted, however long the answer takes",
          "[actors][taxing]") {
  taxed_fixture world;
  world.subscribed();
  world.clock.advance(std::chrono::days{10});
  auto change = world.begins(quantity(3));
  world.clock.advance(std::chrono::hours{5});
  world.taxes.let_go();
  REQUIRE(change.get().status == 200);
  auto asked = world.taxes.asked();
  REQUIRE(asked.size() == 2);
  // What is given back has its taxes already; only what is new is asked about.
  CHECK(asked[1].lines.size() == 1);
}

TEST_CASE("what came meanwhile counts when it is decided again", "[actors][taxing]") {
  taxed_fixture world;
  world.subscribed();
  world.clock.advance(std::chrono::days{10});
  auto change = world.begins(quantity(3));
  REQUIRE(world.ask(domain::cancel_subscription{"sub_a", domain::effective_at::now}).get().status
          == 200);
  world.taxes.let_go();
  CHECK(failed_with(change.get(), errc::invalid_transition));
}

TEST_CASE("two requests with one key that both wait make one invoice", "[actors][taxing]") {
  taxed_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  auto first = world.begins(taxed_fixture::subscription(), "key-1");
  auto second = world.begins(taxed_fixture::subscription(), "key-1");
  world.taxes.let_go();
  auto one = first.get(), other = second.get();
  CHECK(one.status == 201);
  CHECK(other.status == 201);
  CHECK(one.body == other.body);
  CHECK(one.replayed != other.replayed);
}

TEST_CASE("a preview asks too, and writes nothing", "[actors][taxing]") {
  taxed_fixture world;
  world.subscribed();
  world.clock.advance(std::chrono::days{10});
  auto before = world.events_of("org_a");
  auto seen = world.read(schemas::billing_view::preview, quantity(3)).get();
  REQUIRE(seen.status == 200);
  CHECK(has(seen.body, "\"tax_calculation\":\"calc_2\""));
  auto upcoming = world.read(schemas::billing_view::upcoming_invoice, {}).get();
  REQUIRE(upcoming.status == 200);
  CHECK(has(upcoming.body, "\"total\":1190"));
  world.taxes.will_say(error{errc::io_error, "no route"});
  CHECK(failed_with(world.read(schemas::billing_view::preview, quantity(4)).get(),
                    errc::shard_unavailable));
  CHECK(world.events_of("org_a") == before);
}

TEST_CASE("a node that ends tells who waits, and the late answer is nobody's", "[actors][taxing]") {
  taxed_fixture world;
  REQUIRE(world.create("org_a").get().status == 201);
  auto waits = world.begins(taxed_fixture::subscription());
  world.node.reset();
  CHECK(failed_with(waits.get(), errc::outcome_unknown));
  world.taxes.let_go();
  world.start(with(world.taxes));
  CHECK(world.events_of("org_a") == 1);
  CHECK(world.ask(taxed_fixture::subscription()).get().status == 201);
}
