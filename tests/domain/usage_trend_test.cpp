// A day beside the days before it: what is told of, when, and how often.
#include <algorithm>

#include "domain/organization.hpp"
#include "domain/pricing/exact.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/random_source.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

constexpr std::chrono::days day{1};

struct reporter {
  organization state;
  catalog sold;
  usage_outcome outcome;
  timestamp now = *parse_rfc3339("2026-03-01T12:00:00Z");
  int ids = 0;

  reporter() { state.id = "org_a"; }

  // What is told of when so much is recorded, which was used so long ago.
  std::vector<usage_anomaly_detected> uses(std::int64_t quantity, const std::string& metric,
                                           std::chrono::hours ago = {}) {
    record_usage all;
    all.items.resize(1);
    auto& x = all.items[0].event;
    x.id = "use_" + std::to_string(++ids);
    x.metric = metric;
    x.quantity = decimal{quantity};
    x.at = now - ago;
    decision_context context{now, &sold};
    context.usage = &outcome;
    std::vector<usage_anomaly_detected> out;
    for (const auto& e : decide(state, usage_command{all}, context).value()) {
      state = evolve(std::move(state), e);
      if (const auto* told = std::get_if<usage_anomaly_detected>(&e)) {
        out.push_back(*told);
      }
    }
    return out;
  }
  void uses_daily(std::int64_t quantity, int days, const std::string& metric = "messages") {
    for (int i = 0; i < days; ++i) {
      CHECK(uses(quantity, metric).empty());
      now += day;
    }
  }
};

}  // namespace

TEST_CASE("a day that rises far above the days before it is told of once",
          "[domain][usage_trend]") {
  reporter one;
  SECTION("where there are enough of them") {
    one.uses_daily(10, 6);
    CHECK(one.uses(1000, "messages").empty());
  }
  SECTION("as soon as it does") {
    one.uses_daily(10, 9);
    CHECK(one.uses(14, "messages").empty());
    auto told = one.uses(1, "messages");
    REQUIRE(told.size() == 1);
    CHECK((told[0].metric == "messages" && told[0].kind == anomaly_kind::rise));
    CHECK(told[0].day == start_of(one.now, usage_granularity::day));
    CHECK(format_total(told[0].used) == "15");
    CHECK(format_total(told[0].baseline.mean) == "10");
    CHECK(told[0].baseline.days == 9);
    CHECK(one.uses(1000, "messages").empty());
    one.now += day;
    CHECK(one.uses(10, "messages").empty());
  }
  SECTION("by what is usual for them") {
    for (int i = 0; i < 5; ++i) {  // the mean is 20, and the deviation 10
      one.uses_daily(10, 1);
      one.uses_daily(30, 1);
    }
    CHECK(one.uses(50, "messages").empty());
    auto told = one.uses(1, "messages");
    REQUIRE(told.size() == 1);
    CHECK(format_total(told[0].baseline.deviation) == "10");
  }
  SECTION("late usage tells nothing of the past") {
    one.uses_daily(10, 9);
    CHECK(one.uses(1000, "messages", std::chrono::hours{24}).empty());
  }
  SECTION("days without usage came to nothing, but for levels") {
    one.uses_daily(10, 4);
    one.uses_daily(10, 4, "storage");
    one.now += 20 * day;
    one.uses_daily(5, 1);
    CHECK_FALSE(one.uses(20, "messages").empty());
    CHECK(one.uses(1000, "storage").empty());
  }
}

TEST_CASE("a drop is told of two days after, when what is late has come", "[domain][usage_trend]") {
  reporter one;
  one.uses_daily(100, 10);
  one.now += day;  // nothing
  CHECK(one.uses(100, "messages").empty());
  one.now += day;
  auto told = one.uses(100, "messages");
  REQUIRE(told.size() == 1);
  CHECK((told[0].kind == anomaly_kind::drop && told[0].used == total{}));
  CHECK(told[0].day == start_of(one.now, usage_granularity::day) - 2 * day);
  CHECK(one.uses(1, "messages").empty());
}

TEST_CASE("what is told of is what the definition says", "[domain][usage_trend]") {
  auto random = random_of(7);
  for (int life = 0; life < 60; ++life) {
    reporter one;
    std::map<timestamp, std::int64_t> used;
    auto first = start_of(one.now, usage_granularity::day);
    auto spread = 1 + random.below(40);
    std::set<timestamp> risen;
    for (int step = 0; step < 120; ++step) {
      auto today = start_of(one.now, usage_granularity::day);
      auto quantity = 20 + random.below(spread) + (random.below(12) == 0 ? random.below(80) : 0);
      used[today] += quantity;
      auto told = one.uses(quantity, "messages");
      exact sum = 0, squares = 0;
      std::int64_t days = 0;
      for (auto at = std::max(first, today - 28 * day); at < today; at += day) {
        sum += used[at];
        squares += used[at] * used[at];
        ++days;
      }
      bool rises = false;
      if (days >= 7) {
        exact mean = sum / days, variance = squares / days - mean * mean;
        exact above = used[today] - mean;
        rises = above > 0 && above * above > 9 * variance && 2 * above >= mean;
      }
      bool expected = rises && risen.insert(today).second;
      auto is_rise = [](const auto& x) { return x.kind == anomaly_kind::rise; };
      CHECK(std::count_if(told.begin(), told.end(), is_rise) == (expected ? 1 : 0));
      one.now += std::chrono::hours{random.below(30)};
    }
  }
}
