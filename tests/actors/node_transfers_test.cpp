// Credits on their way between two organizations: each append of a transfer is interrupted, before
// it is written and after, and no credit is lost or made.
#include "tests/actors/billed_fixture.hpp"

using namespace bursar;
using namespace bursar::actors;
using namespace bursar::actors::testing;

namespace {

struct credited_fixture : node_fixture {
  credited_fixture() {
    for (const auto* name : {"org_a", "org_b"}) {
      REQUIRE(create(name).get().status == 201);
    }
    grant("org_a", 10);
  }

  outcome spend(const std::string& stream, domain::credit_command wanted) {
    return command(stream, domain::command{std::move(wanted)}).get();
  }
  void grant(const std::string& stream, std::int64_t amount) {
    domain::grant_credits wanted{"grant_" + std::to_string(++grants_), {}};
    wanted.grant.amount = amount;
    REQUIRE(spend(stream, wanted).status == 201);
  }
  outcome transfer(std::int64_t amount) {
    return spend("org_a", domain::transfer_credits{"transfer_1", "org_b", amount, {}});
  }
  // From the chain alone.
  std::int64_t balance(const std::string& stream) const {
    domain::organization of;
    for (const auto& stored : journal.read(stream, 1, 5000).value()) {
      of = evolve(std::move(of), schemas::decode_event<domain::event>(stored.json).value().event);
    }
    return domain::balance_of(of.credits, clock.now());
  }
  bool under_way() const {
    return !journal.scan(column::outbox, schemas::transfer_prefix(), "", 10, false)->empty();
  }
  bool ends() {
    return eventually([this] {
      advance(0s);
      return !under_way();
    });
  }
  // The next appends with such an event are written or not, and nobody is told.
  void interrupt(std::string type, int times, bool written) {
    left_ = times;
    journal.answer_with([this, type = "\"type\":\"" + type + "\"", written](const auto& request) {
      auto of_type
        = [&](const auto& event) { return event.json().find(type) != std::string::npos; };
      bool meant = std::any_of(request.events.begin(), request.events.end(), of_type);
      if (!meant || left_ == 0) {
        return std::optional<append_status>{};
      }
      --left_;
      if (written) {
        const auto* one = &request;
        auto left = left_.exchange(0);
        journal.append({&one, 1});
        left_ = left;
      }
      return std::optional{append_status::unknown};
    });
  }
  bool interrupted() const { return left_ == 0; }

 private:
  std::atomic<int> left_{0};
  int grants_ = 0;
};

}  // namespace

TEST_CASE("a transfer that was interrupted arrives once", "[actors]") {
  auto type = GENERATE(as<std::string>{}, "credits_granted", "credit_transfer_completed");
  auto written = GENERATE(false, true);
  CAPTURE(type, written);
  credited_fixture world;
  world.interrupt(type, 2, written);
  REQUIRE(world.transfer(4).status == 201);
  REQUIRE(world.ends());
  CHECK(world.balance("org_a") == 6);
  CHECK(world.balance("org_b") == 4);
}

TEST_CASE("a transfer whose receiver fails arrives when it gets on", "[actors]") {
  credited_fixture world;
  world.probe.fail("org_b", 5);
  REQUIRE(world.transfer(4).status == 201);
  REQUIRE(world.ends());
  CHECK(world.balance("org_a") == 6);
  CHECK(world.balance("org_b") == 4);
}

TEST_CASE("a transfer under way arrives after a restart", "[actors]") {
  auto type = GENERATE(as<std::string>{}, "credits_granted", "credit_transfer_completed");
  CAPTURE(type);
  credited_fixture world;
  world.interrupt(type, 1'000'000, false);
  REQUIRE(world.transfer(4).status == 201);
  CHECK(world.under_way());
  world.restart();
  world.journal.answer_with(nullptr);
  REQUIRE(world.ends());
  CHECK(world.balance("org_a") == 6);
  CHECK(world.balance("org_b") == 4);
}

TEST_CASE("what was refused once returns, and arrives no more though there is room", "[actors]") {
  auto written = GENERATE(false, true);
  CAPTURE(written);
  credited_fixture world;
  for (int i = 0; i < domain::balance_max / domain::credits_max; ++i) {
    world.grant("org_b", domain::credits_max);
  }
  world.interrupt("credit_transfer_returned", 1, written);
  REQUIRE(world.transfer(4).status == 201);
  REQUIRE(eventually([&] { return world.interrupted(); }));
  REQUIRE(world.spend("org_b", domain::consume_credits{{100, {}, {}}}).status == 200);
  REQUIRE(world.ends());
  CHECK(world.balance("org_a") == 10);
  CHECK(world.balance("org_b") == domain::balance_max - 100);
}
