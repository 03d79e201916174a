// Numbers follow the dates of what they are given to, whoever is behind with them; and nobody's
// number waits for an organization that does not get on.
#include <algorithm>
#include <map>

#include "tests/actors/billed_fixture.hpp"

using namespace bursar;
using namespace bursar::actors;
using namespace bursar::actors::testing;

namespace {

struct numbered_fixture : billed_fixture {
  std::vector<std::string> subscribe_many(int count) {
    std::vector<std::string> out;
    for (int i = 0; i < count; ++i) {
      // Of several shards, in another order than that of their dates.
      out.push_back("org_" + std::to_string(i * 7 % count));
      subscribe(out.back());
      clock.advance(1h);
    }
    return out;
  }
  outcome publish_entity(const std::string& id, const std::string& prefix) {
    return put(domain::put_legal_entity{{id, id, "DE", {}, {}, prefix, true}});
  }
  void buy_from(const std::string& stream, const std::string& entity) {
    domain::update_organization wanted;
    wanted.legal_entity_id = entity;
    REQUIRE(command(stream, wanted).get().status == 200);
  }
  // Of the organization's invoices, in their order.
  std::vector<std::string> numbers_of(const std::string& stream) const {
    std::vector<std::string> out;
    for (const auto& stored : journal.read(stream, 1, 1000).value()) {
      auto event = schemas::decode_event<domain::event>(stored.json).value().event;
      if (const auto* numbered = std::get_if<domain::invoice_numbered>(&event)) {
        out.push_back(numbered->number);
      }
    }
    return out;
  }
  // When each invoice was opened, in the order of their numbers.
  std::vector<timestamp> dates() const {
    std::map<std::string, timestamp> by_number;
    for (const auto& stream : journal.streams("", 1000).value()) {
      if (!stream.starts_with("org_")) {
        continue;
      }
      for (const auto& stored : journal.read(stream, 1, 1000).value()) {
        auto event = schemas::decode_event<domain::event>(stored.json).value().event;
        if (const auto* opened = std::get_if<domain::invoice_opened>(&event)) {
          auto number
            = journal.get(column::index, schemas::invoice_number_key(opened->invoice_id)).value();
          REQUIRE(number.has_value());
          by_number.emplace(*number, opened->at);
        }
      }
    }
    std::vector<timestamp> out;
    for (const auto& [number, at] : by_number) {
      out.push_back(at);
    }
    return out;
  }
};

}  // namespace

TEST_CASE("invoices of months that were slept through are numbered in the order of their dates",
          "[actors]") {
  auto restarted = GENERATE(false, true);
  numbered_fixture world;
  world.subscribe_many(20);
  world.clock.advance(std::chrono::days{150});
  if (restarted) {
    world.restart();
  }
  world.advance(0s);
  CHECK(world.unnumbered().empty());
  auto dates = world.dates();
  CHECK(dates.size() == 20 * 5);
  CHECK(std::is_sorted(dates.begin(), dates.end()));
}

TEST_CASE("who subscribes while others are behind gets a number after theirs", "[actors]") {
  numbered_fixture world;
  world.subscribe_many(3);
  REQUIRE(world.all_numbered());
  world.clock.advance(std::chrono::days{40});
  world.subscribe("org_new");
  world.advance(0s);
  CHECK(world.unnumbered().empty());
  auto dates = world.dates();
  CHECK(dates.size() == 7);
  CHECK(std::is_sorted(dates.begin(), dates.end()));
}

TEST_CASE("an organization whose timer fails keeps nobody from a number", "[actors]") {
  numbered_fixture world;
  auto names = world.subscribe_many(5);
  REQUIRE(world.all_numbered());
  world.probe.fail(names.front(), 1'000'000);
  world.advance(std::chrono::days{150});
  CHECK(world.unnumbered().empty());
  auto dates = world.dates();
  CHECK(dates.size() == 5 + 4 * 4);
  CHECK(std::is_sorted(dates.begin(), dates.end()));
  // What it makes up for comes after all that is numbered.
  world.probe.fail(names.front(), 0);
  CHECK(eventually([&] {
    world.advance(0s);
    return world.numbers().size() == 5 * 5;
  }));
}

TEST_CASE("a number is given at once where nothing else is due, after a restart as well",
          "[actors]") {
  numbered_fixture world;
  world.subscribe("org_a");
  REQUIRE(world.all_numbered());
  world.restart();
  world.subscribe("org_b");
  CHECK(world.all_numbered());
  world.advance(std::chrono::days{10});
  world.subscribe("org_c");
  CHECK(world.all_numbered());
  CHECK(world.numbers().size() == 3);
}

TEST_CASE("each legal entity's numbers have no gap, whoever comes between", "[actors]") {
  auto restarted = GENERATE(false, true);
  numbered_fixture world;
  REQUIRE(world.publish_entity("de", "DE-").status == 201);
  REQUIRE(world.publish_entity("fr", "FR-").status == 201);
  auto names = world.subscribe_many(9);
  REQUIRE(world.all_numbered());
  std::map<std::string, std::string> prefixes;
  for (std::size_t i = 0; i < names.size(); ++i) {
    prefixes[names[i]] = i % 3 == 0 ? "INV-" : i % 3 == 1 ? "DE-" : "FR-";
    if (i % 3 > 0) {
      world.buy_from(names[i], i % 3 == 1 ? "de" : "fr");
    }
  }
  world.clock.advance(std::chrono::days{100});
  if (restarted) {
    world.restart();
  }
  world.advance(0s);
  CHECK(world.unnumbered().empty());
  // Their first invoices were the settings' seller's; the next three are not.
  std::map<std::string, std::vector<std::string>> series;
  for (const auto& [name, prefix] : prefixes) {
    auto numbers = world.numbers_of(name);
    REQUIRE(numbers.size() == 4);
    series["INV-"].push_back(numbers.front());
    series[prefix].insert(series[prefix].end(), numbers.begin() + 1, numbers.end());
  }
  CHECK(series["INV-"].size() == 9 + 9);
  CHECK(series["DE-"].size() == 9);
  CHECK(series["FR-"].size() == 9);
  for (auto& [prefix, numbers] : series) {
    std::sort(numbers.begin(), numbers.end());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      auto digits = std::to_string(i + 1);
      CHECK(numbers[i] == prefix + std::string(6 - digits.size(), '0') + digits);
    }
  }
}

TEST_CASE("a legal entity and the settings' seller never number alike", "[actors]") {
  numbered_fixture world;
  CHECK(failed_with(world.publish_entity("a", "INV-"), errc::conflict));
  CHECK(failed_with(world.publish_entity("a", "INV-1"), errc::conflict));
  CHECK(world.publish_entity("a", "INV-A-").status == 201);
  world.node.reset();
  node_options options;
  options.billing.invoice_number_prefix = "INV-A-";
  auto refused = node::start(world.journal, world.clock, options);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code() == errc::invalid_parameter);
  world.restart();
}
