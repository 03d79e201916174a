// The inbox's decisions at their edges.
#include "domain/webhook_inbox.hpp"

#include "base/limits.hpp"
#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::domain;
using namespace std::chrono_literals;

namespace {

const timestamp noon{std::chrono::hours{12}};

inbox_context at(timestamp now) {
  return {now, {10s, 60s, 600s}};
}

stripe::event event(const std::string& id) {
  stripe::event out;
  out.id = id;
  out.type = "invoice.paid";
  return out;
}

webhook_inbox after(webhook_inbox state, const inbox_command& command, timestamp now = noon) {
  for (const auto& event : decide(state, command, at(now)).value()) {
    state = evolve(std::move(state), event);
  }
  return state;
}

webhook_inbox one_parked() {
  return after({}, park_webhook{event("evt_1"), "customer_unknown"});
}

}  // namespace

TEST_CASE("an attempt counts once, however often it is told", "[domain]") {
  auto state = one_parked();
  state = after(state, retry_webhook{"evt_1", "nobody"}, noon + 10s);
  CHECK(state.parked.at("evt_1").attempts == 1);
  state = after(state, retry_webhook{"evt_1", "nobody"}, noon + 10s);
  CHECK(state.parked.at("evt_1").attempts == 1);
}

TEST_CASE("what an organization refused between two attempts is tried again soon", "[domain]") {
  auto state = after(one_parked(), retry_webhook{"evt_1", "nobody"}, noon + 10s);
  CHECK(state.parked.at("evt_1").next_attempt_at == noon + 70s);
  state = after(state, retry_webhook{"evt_1", "overloaded", true}, noon + 11s);
  CHECK(state.parked.at("evt_1").next_attempt_at == noon + 21s);
  CHECK(state.parked.at("evt_1").attempts == 1);
}

TEST_CASE("a webhook that dies while it is parked is no longer parked", "[domain]") {
  auto state = after(one_parked(), kill_webhook{event("evt_1"), "handling it failed"});
  CHECK(state.parked.empty());
  CHECK(state.dead.contains("evt_1"));
  // Whoever delivered it says so afterwards: that changes nothing.
  auto told = decide(state, retry_webhook{"evt_1", "failed", true}, at(noon));
  CHECK(told.value().empty());
}

TEST_CASE("where no more can be parked a webhook dies durably instead of being refused",
          "[domain]") {
  webhook_inbox full;
  for (std::size_t i = 0; i < limits::parked_events_max; ++i) {
    full.parked.emplace("evt_" + std::to_string(i), parked_webhook{});
  }
  auto what = decide(full, park_webhook{event("evt_new"), "customer_unknown"}, at(noon));
  REQUIRE(what.value().size() == 1);
  CHECK(std::holds_alternative<webhook_died>(what.value().at(0)));
}

TEST_CASE("a dead letter comes alive as its bytes are read now, or not at all", "[domain]") {
  webhook_inbox state = after({}, kill_webhook{event("evt_1"), "total is a text"});
  auto unusable = event("evt_1");
  unusable.unusable = "total is a text";
  auto refused = decide(state, replay_webhook{"evt_1", unusable}, at(noon));
  REQUIRE(refused.has_error());
  CHECK(refused.error().code() == errc::conflict);
  auto better = event("evt_1");
  better.found.customer = "cus_1";
  state = after(state, replay_webhook{"evt_1", better});
  CHECK(state.dead.empty());
  CHECK(state.parked.at("evt_1").event.found.customer == "cus_1");
  auto nobody = decide(state, replay_webhook{"evt_2", event("evt_2")}, at(noon));
  CHECK(nobody.error().code() == errc::not_found);
}
