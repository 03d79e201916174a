// Lives of customers in any order: the state depends on the set of Stripe's snapshots and not on
// the order in which, or how often, they came; and what is stored replays to what was live.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "base/encoding.hpp"
#include "domain/organization.hpp"
#include "domain/stripe/mirror_view.hpp"
#include "io/stripe/adapter.hpp"
#include "schemas/event_codec.hpp"
#include "schemas/state_codec.hpp"
#include "tests/support/catch.hpp"

namespace {

using namespace bursar;

struct story {
  std::string name;
  std::vector<domain::stripe::event> events;
};

std::vector<story> stories() {
  std::vector<story> out;
  for (const auto& file : std::filesystem::directory_iterator{BURSAR_STORIES}) {
    story one{file.path().stem().string(), {}};
    std::ifstream in{file.path()};
    for (std::string line; std::getline(in, line);) {
      auto event = io::stripe::normalise(line, {});
      REQUIRE(event.has_value());
      if (event->seen) {
        one.events.push_back(std::move(*event));
      }
    }
    REQUIRE_FALSE(one.events.empty());
    out.push_back(std::move(one));
  }
  REQUIRE(out.size() >= 5);
  return out;
}

domain::catalog packs() {
  domain::catalog out;
  for (const char* id : {"credits_500_usd", "credits_500_eur", "credits_500_jpy"}) {
    out.credit_products[id] = {id, id, 500, {}, true};
  }
  out.credit_products["credits_2000_usd"] = {"credits_2000_usd", "2000", 2000, {}, true};
  return out;
}

// One organization that takes whatever comes, with the stored form of what it decided.
struct life {
  domain::organization state;
  std::vector<std::string> stored;

  void apply(const domain::command& command, const domain::catalog& catalog) {
    auto decided = domain::decide(state, command, {timestamp{}, &catalog});
    REQUIRE(decided.has_value());
    for (const auto& event : *decided) {
      schemas::envelope about;
      about.stream = "org_a";
      about.sequence = stored.size() + 1;
      stored.push_back(schemas::encode_event(about, event));
      state = domain::evolve(std::move(state), event);
    }
  }
};

life lived(const std::vector<domain::stripe::event>& events, const domain::catalog& catalog) {
  life out;
  domain::create_organization create;
  create.id = "org_a";
  create.name = "A";
  out.apply(create, catalog);
  for (const auto& event : events) {
    out.apply(domain::apply_stripe_event{event, false}, catalog);
  }
  return out;
}

domain::organization replayed(const std::vector<std::string>& stored, std::size_t from,
                              domain::organization state) {
  for (auto i = from; i < stored.size(); ++i) {
    auto event = schemas::decode_event<domain::event>(stored[i]);
    REQUIRE(event.has_value());
    state = domain::evolve(std::move(state), event->event);
  }
  return state;
}

}  // namespace

TEST_CASE("any permutation and duplication of a story ends in the same state", "[property]") {
  constexpr unsigned permutations = 40;
  auto catalog = packs();
  for (const auto& one : stories()) {
    auto expected = schemas::encode_state(lived(one.events, catalog).state);
    for (unsigned seed = 1; seed <= permutations; ++seed) {
      INFO(one.name << " seed " << seed);
      std::mt19937 random{seed};
      auto shuffled = one.events;
      auto extra = shuffled.size() / 4;
      for (std::size_t i = 0; i < extra; ++i) {
        auto again = shuffled[random() % one.events.size()];
        shuffled.push_back(std::move(again));
      }
      std::shuffle(shuffled.begin(), shuffled.end(), random);
      REQUIRE(schemas::encode_state(lived(shuffled, catalog).state) == expected);
    }
  }
}

TEST_CASE("replay, and a snapshot with its tail, give the live state at every point",
          "[property]") {
  auto catalog = packs();
  for (const auto& one : stories()) {
    INFO(one.name);
    auto live = lived(one.events, catalog);
    auto hash = schemas::state_hash(live.state);
    CHECK(schemas::state_hash(replayed(live.stored, 0, {})) == hash);
    domain::organization at;
    for (std::size_t i = 0; i < live.stored.size(); ++i) {
      if (i % 7 == 0) {
        auto snapshot = schemas::decode_state<domain::organization>(schemas::encode_state(at));
        REQUIRE(snapshot.has_value());
        CHECK(schemas::state_hash(replayed(live.stored, i, std::move(*snapshot))) == hash);
      }
      auto event = schemas::decode_event<domain::event>(live.stored[i]);
      REQUIRE(event.has_value());
      at = domain::evolve(std::move(at), event->event);
    }
  }
}

TEST_CASE("each fact stands in the chain once, in whatever order it was learned", "[property]") {
  auto catalog = packs();
  auto facts_of = [](const life& of) {
    std::vector<std::string> out;
    for (const auto& json : of.stored) {
      auto event = schemas::decode_event<domain::event>(json);
      REQUIRE(event.has_value());
      if (const auto* paid = std::get_if<domain::payment_succeeded>(&event->event)) {
        out.push_back("paid " + paid->payment_id);
      } else if (const auto* granted = std::get_if<domain::credits_granted>(&event->event)) {
        out.push_back("granted " + granted->grant_id);
      } else if (const auto* invoice = std::get_if<domain::invoice_paid>(&event->event)) {
        out.push_back("invoice " + invoice->invoice_id);
      } else if (const auto* ended = std::get_if<domain::subscription_ended>(&event->event)) {
        out.push_back("ended " + ended->subscription_id);
      }
    }
    std::sort(out.begin(), out.end());
    return out;
  };
  for (const auto& one : stories()) {
    auto expected = facts_of(lived(one.events, catalog));
    CHECK(std::adjacent_find(expected.begin(), expected.end()) == expected.end());
    for (unsigned seed = 1; seed <= 10; ++seed) {
      INFO(one.name << " seed " << seed);
      std::mt19937 random{seed};
      auto shuffled = one.events;
      shuffled.insert(shuffled.end(), one.events.begin(), one.events.end());
      std::shuffle(shuffled.begin(), shuffled.end(), random);
      CHECK(facts_of(lived(shuffled, catalog)) == expected);
    }
  }
}
