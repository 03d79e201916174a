// Usage: what counts, where it counts, and that it comes to the same however it is counted.
#include <algorithm>

#include "domain/organization.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/random_source.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

timestamp at(const char* text) {
  return *parse_rfc3339(text);
}

decimal number(const char* text) {
  return parse_decimal(text).value();
}

std::string value(const usage_aggregate& x, meter_aggregation how, const billing_period& in,
                  total before = {}) {
  return format_total(value_of(x, how, in, before));
}

// An organization that reports, with a catalog of its own.
struct reporter {
  organization state;
  catalog sold;
  timestamp now = at("2026-03-10T12:00:00Z");
  usage_outcome outcome;
  std::vector<usage_recorded> history;

  reporter() { state.id = "org_a"; }

  meter& measures(const std::string& id, meter_aggregation how) {
    meter x;
    x.id = id;
    x.aggregation = how;
    return sold.meters[id] = x;
  }

  // A subscription of a plan with these features, for that period.
  void subscribes(std::map<std::string, scalar> features, billing_period period,
                  const std::string& id = "sub_1") {
    subscription s;
    s.id = id;
    s.status = subscription_status::active;
    s.terms.features = std::move(features);
    s.period = period;
    state.billing.subscriptions[id] = s;
    state.standing.subscription_id = id;
  }

  result<std::vector<event>> says(const usage_command& what) {
    decision_context context;
    context.now = now;
    context.catalog = &sold;
    context.usage = &outcome;
    auto events = decide(state, what, context);
    if (events) {
      for (const auto& e : *events) {
        state = evolve(std::move(state), e);
        if (const auto* recorded = std::get_if<usage_recorded>(&e)) {
          history.push_back(*recorded);
        }
      }
    }
    return events;
  }

  static record_usage::item item(usage_event x) {
    record_usage::item out;
    out.sha256 = sha256(x.metric + format_decimal(x.quantity));
    out.event = std::move(x);
    return out;
  }

  result<std::vector<event>> uses(usage_event x) {
    record_usage all;
    all.items.push_back(item(std::move(x)));
    return says(usage_command{all});
  }
  errc refused(usage_event x) {
    auto before = state;
    auto got = uses(std::move(x));
    if (got) {
      return errc::none;
    }
    CHECK(state == before);
    return got.error().code();
  }
};

usage_event used(std::string id, std::string metric, const char* quantity,
                 const char* when = nullptr) {
  usage_event out;
  out.id = std::move(id);
  out.metric = std::move(metric);
  out.quantity = number(quantity);
  out.at = when == nullptr ? std::nullopt : std::optional{at(when)};
  return out;
}

const quota_reached* told(const result<std::vector<event>>& events) {
  return events->size() < 2 ? nullptr : std::get_if<quota_reached>(&events->back());
}

}  // namespace

TEST_CASE("a sum of quantities is exact and reads back", "[domain][usage]") {
  for (const char* text : {"0", "1", "-1", "0.000001", "-0.5", "999999999999999999999999.999999"}) {
    CHECK(format_total(*parse_total(text)) == text);
  }
  for (const char* text : {"", "-", "1.0000001", "1.2.3", "a", "+1"}) {
    CHECK_FALSE(parse_total(text));
  }
  CHECK(format_total(total_of(number("0.1")) + total_of(number("0.2"))) == "0.3");
  CHECK(format_total(prorated(total_of(number("10")), 1, 3)) == "3.333333");
  CHECK(format_total(prorated(total_of(number("-20")), 1, 3)) == "-6.666667");
  CHECK(ceiling(total_of(number("2.000001"))) == 3);
  CHECK(ceiling(total_of(number("-2.5"))) == -2);
  CHECK(is_quantity(number("1000000000000")));
  CHECK_FALSE(is_quantity(number("1000000000000.1")));
  CHECK_FALSE(is_quantity(number("0.0000001")));
}

TEST_CASE("each meter counts in its way", "[domain][usage]") {
  billing_period day{at("2026-03-10T00:00:00Z"), at("2026-03-11T00:00:00Z")};
  usage_aggregate x;
  auto add_at = [&](const char* quantity, const char* when, const char* who) {
    recorded_usage one;
    one.quantity = number(quantity);
    one.at = at(when);
    one.distinct = who;
    add(x, one, day.start);
  };
  add_at("5", "2026-03-10T06:00:00Z", "ann");
  add_at("3", "2026-03-10T12:00:00Z", "bob");
  add_at("4.5", "2026-03-10T03:00:00Z", "ann");  // late: not the latest
  using enum meter_aggregation;
  CHECK(value(x, sum, day) == "12.5");
  CHECK(value(x, count, day) == "3");
  CHECK(value(x, max, day) == "5");
  CHECK(value(x, latest, day) == "3");
  CHECK(value(x, unique, day) == "2");
  // 4.5 × 21/24 + 5 × 18/24 + 3 × 12/24; and of what there was before, all of it.
  CHECK(value(x, weighted_sum, day) == "9.1875");
  CHECK(value(x, weighted_sum, day, total_of(decimal{2})) == "11.1875");
}

TEST_CASE("what cannot be counted is refused, and nothing is recorded", "[domain][usage]") {
  reporter one;
  one.measures("seats", meter_aggregation::weighted_sum);
  one.measures("gone", meter_aggregation::sum).active = false;
  CHECK(one.refused(used("", "messages", "1")) == errc::invalid_parameter);
  CHECK(one.refused(used(std::string(256, 'x'), "messages", "1")) == errc::invalid_parameter);
  for (const char* quantity : {"0", "-1", "1000000000001", "0.0000001"}) {
    CHECK(one.refused(used("a", "messages", quantity)) == errc::unprocessable);
  }
  CHECK(one.refused(used("a", "nobody", "1")) == errc::unprocessable);
  CHECK(one.refused(used("a", "gone", "1")) == errc::unprocessable);
  CHECK(one.refused(used("a", "storage", "-1")) == errc::unprocessable);
  CHECK(one.refused(used("a", "messages", "1", "2026-03-10T12:05:01Z")) == errc::unprocessable);
  CHECK(one.refused(used("a", "messages", "1", "2026-02-03T11:59:59Z")) == errc::unprocessable);
  CHECK(one.refused(used("a", "active_users", "1")) == errc::unprocessable);  // whose?
  CHECK(one.refused(used("a", "storage", "0")) == errc::none);
  CHECK(one.refused(used("b", "seats", "-2")) == errc::none);
  CHECK(one.refused(used("c", "messages", "1", "2026-03-10T12:05:00Z")) == errc::none);
  CHECK(one.refused(used("d", "messages", "1", "2026-02-03T12:00:00Z")) == errc::none);
  one.state.id.clear();
  CHECK(one.refused(used("e", "messages", "1")) == errc::not_found);
}

TEST_CASE("in a batch each stands for itself, and an id for one thing", "[domain][usage]") {
  reporter one;
  record_usage all;
  auto first = used("a", "messages", "2"), other = used("a", "messages", "3");
  for (const auto& x :
       {first, used("b", "messages", "0"), first, other, used("c", "messages", "1")}) {
    all.items.push_back(reporter::item(x));
    all.items.back().index = std::ssize(all.items) - 1;
  }
  REQUIRE(one.says(usage_command{all}).has_value());
  CHECK(one.outcome.accepted == 2);
  CHECK(one.outcome.duplicates == 1);
  REQUIRE(one.outcome.rejected.size() == 2);
  CHECK(one.outcome.rejected[0].index == 1);
  CHECK(one.outcome.rejected[1].index == 3);
  CHECK(one.outcome.rejected[1].why.code() == errc::conflict);
  CHECK(one.history.back().events.size() == 2);
  auto again = all;
  for (auto& x : again.items) {
    x.recorded_sha256 = x.sha256;
  }
  CHECK(one.says(usage_command{again}).value().empty());
  CHECK(one.outcome.duplicates == 5);
}

TEST_CASE("filters choose, and a property counts instead of the quantity", "[domain][usage]") {
  reporter one;
  auto& tokens = one.measures("tokens", meter_aggregation::sum);
  tokens.property = "count";
  tokens.filters = {{"region", {"eu", "us"}}, {"live", {"true"}}};
  auto call = used("a", "tokens", "1");
  call.properties = {{"count", scalar{std::string{"12.5"}}},
                     {"region", scalar{std::string{"eu"}}},
                     {"live", scalar{true}}};
  REQUIRE(one.uses(call).has_value());
  call.id = "b";
  call.properties["region"] = scalar{std::string{"asia"}};
  REQUIRE(one.uses(call).has_value());  // recorded, and not counted
  CHECK(one.history.size() == 2);
  CHECK(format_total(one.state.usage.metrics["tokens"].days.front().value.sum) == "12.5");
  call.id = "c";
  call.properties = {{"region", scalar{std::string{"eu"}}}, {"live", scalar{true}}};
  CHECK(one.refused(call) == errc::unprocessable);
  call.properties["count"] = scalar{std::string{"many"}};
  CHECK(one.refused(call) == errc::unprocessable);
  call.properties["count"] = scalar{std::int64_t{-4}};
  CHECK(one.refused(call) == errc::unprocessable);
}

TEST_CASE("quotas are told of at 80 and at 100 percent, once a period", "[domain][usage]") {
  reporter one;
  billing_period march{at("2026-03-01T00:00:00Z"), at("2026-04-01T00:00:00Z")};
  one.subscribes({{"messages", scalar{std::int64_t{10}}}, {"sso", scalar{true}}}, march);
  CHECK(told(one.uses(used("a", "messages", "7"))) == nullptr);
  auto events = one.uses(used("b", "messages", "1"));
  REQUIRE(told(events) != nullptr);
  CHECK((told(events)->percent == 80 && told(events)->used == 8));
  CHECK(told(one.uses(used("c", "messages", "1"))) == nullptr);
  events = one.uses(used("d", "messages", "4"));
  REQUIRE(told(events) != nullptr);
  CHECK((told(events)->percent == 100 && told(events)->limit == 10));
  CHECK(told(one.uses(used("e", "messages", "1"))) == nullptr);
  auto may = entitlements_of(one.state, one.sold, one.now);
  CHECK((may["messages"].limit == 10 && may["messages"].used == 14));
  CHECK(may["sso"].value == scalar{true});

  SECTION("of the next period there is all of it") {
    billing_period april{march.end, at("2026-05-01T00:00:00Z")};
    one.now = at("2026-04-01T00:03:00Z");
    REQUIRE(one.uses(used("f", "messages", "2")).has_value());  // its end is not billed yet
    CHECK(entitlements_of(one.state, one.sold, one.now)["messages"].used == 2);
    one.subscribes({{"messages", scalar{std::int64_t{10}}}}, april);
    REQUIRE(one.uses(used("g", "messages", "3", "2026-03-31T23:00:00Z")).has_value());  // of March
    CHECK(entitlements_of(one.state, one.sold, one.now)["messages"].used == 2);
    CHECK(told(one.uses(used("h", "messages", "6"))) != nullptr);
    auto before = used_in(one.state.usage, "sub_1", "messages", march);

    CHECK(format_total(before.sum) == "17");
  }
  SECTION("a hard one refuses what exceeds it, and not what does not") {
    one.measures("messages", meter_aggregation::sum).quota = quota_limit::hard;
    override_entitlements more{{{"messages", scalar{std::int64_t{20}}}}};
    REQUIRE(one.says(usage_command{more}).has_value());
    CHECK(one.refused(used("f", "messages", "7")) == errc::quota_exceeded);
    CHECK(one.refused(used("f", "messages", "6")) == errc::none);
    CHECK(one.refused(used("g", "messages", "1")) == errc::quota_exceeded);
    override_entitlements unlimited{{{"messages", scalar{std::int64_t{-1}}}}};
    REQUIRE(one.says(usage_command{unlimited}).has_value());
    CHECK(one.refused(used("g", "messages", "1000")) == errc::none);
    override_entitlements as_sold{{{"messages", std::nullopt}}};
    REQUIRE(one.says(usage_command{as_sold}).has_value());
    CHECK(entitlements_of(one.state, one.sold, one.now)["messages"].limit == 10);
  }
}

TEST_CASE("what several subscriptions bring is added up", "[domain][usage]") {
  reporter one;
  billing_period march{at("2026-03-01T00:00:00Z"), at("2026-04-01T00:00:00Z")};
  one.subscribes({{"messages", scalar{std::int64_t{10}}},
                  {"agents", scalar{std::int64_t{-1}}},
                  {"sso", scalar{false}}},
                 march, "sub_1");
  one.subscribes({{"messages", scalar{std::int64_t{5}}},
                  {"agents", scalar{std::int64_t{2}}},
                  {"sso", scalar{true}}},
                 march, "sub_2");
  auto may = entitlements_of(one.state, one.sold, one.now);
  CHECK(may["messages"].limit == 15);
  CHECK_FALSE(may["agents"].limit);
  CHECK(may["sso"].value == scalar{true});
  one.state.billing.subscriptions["sub_1"].status = subscription_status::cancelled;
  CHECK(entitlements_of(one.state, one.sold, one.now)["messages"].limit == 5);
}

// -- what is counted is what is recorded ---

namespace {

// All that was recorded of a metric in [start, end), counted at once.
usage_aggregate counted(const reporter& of, const std::string& metric, const billing_period& in) {
  std::vector<recorded_usage> all;
  for (const auto& batch : of.history) {
    for (const auto& x : batch.events) {
      if (x.metric == metric && !x.filtered && in.start <= x.at && x.at < in.end) {
        all.push_back(x);
      }
    }
  }
  usage_aggregate out;
  for (const auto& x : all) {
    add(out, x, in.start);
  }
  return out;
}

void check_windows(const reporter& of, const std::string& metric, usage_granularity by) {
  const auto& metered = of.state.usage.metrics.at(metric);
  auto since = remembered_since(by, of.history.back().at);
  std::map<std::string, counted_usage> again;
  for (const auto& batch : of.history) {
    count(batch, by, {since, timestamp_max}, again);
  }
  CHECK(windows_of(metered, by) == again[metric].windows);
  for (const auto& x : windows_of(metered, by)) {
    CHECK(x.value == counted(of, metric, {x.start, end_of(x.start, by)}));
  }
  CHECK(level_before(metered, by, since) == again[metric].before);
}

// Of the current period and the one before, all that was recorded before it was cut short.
void check_periods(const reporter& of, const std::vector<std::string>& metrics,
                   const std::vector<billing_period>& periods) {
  for (const auto& metric : metrics) {
    const auto& all = of.state.usage.periods.at("sub_1");
    REQUIRE(all.size() <= 3);
    total sum;
    for (const auto& x : all) {
      auto found = x.metrics.find(metric);
      sum = sum + (found == x.metrics.end() ? total{} : found->second.sum);
    }
    total expected;
    auto since = all.front().period.start;
    CHECK(
      std::any_of(periods.begin(), periods.end(), [&](const auto& x) { return x.start == since; }));
    expected = counted(of, metric, {since, timestamp_max}).sum;
    CHECK(sum == expected);
  }
}

// A month that begins anywhere: the subscription's periods follow each other, some are cut short.
void usage_life(std::uint64_t seed) {
  CAPTURE(seed);
  auto random = random_of(seed);
  reporter one;
  one.measures("seats", meter_aggregation::weighted_sum);
  const std::vector<std::string> metrics{"messages", "storage", "active_users", "seats"};
  std::vector<billing_period> periods{
    {one.now - std::chrono::days{random.below(20)}, one.now + std::chrono::days{random.below(20)}}};
  int id = 0;
  for (int step = 0; step < 30; ++step) {
    one.now += std::chrono::seconds{random.below(300'000)};
    auto& last = periods.back();
    if (last.end <= one.now) {
      periods.push_back({last.end, one.now + std::chrono::days{1 + random.below(30)}});
    } else if (random.below(10) == 0 && last.start < one.now) {  // a change begins one at once
      last.end = one.now;
      periods.push_back({one.now, one.now + std::chrono::days{1 + random.below(30)}});
    }
    one.subscribes({}, periods.back());
    record_usage batch;
    for (auto n = 1 + random.below(8); n > 0; --n) {
      usage_event x;
      x.id = std::to_string(++id);
      x.metric = metrics[static_cast<std::size_t>(random.below(4))];
      x.quantity = decimal{1 + random.below(1000), random.below(3)};
      auto late = random.below(4) == 0 ? random.below(3'000'000) : random.below(4000);
      x.at = std::min(one.now - std::chrono::seconds{late} + std::chrono::minutes{3},
                      one.now + usage_ahead_max);
      x.properties["user_id"] = scalar{random.below(20)};
      batch.items.push_back(reporter::item(std::move(x)));
    }
    REQUIRE(one.says(usage_command{batch}).has_value());
    CHECK(one.outcome.rejected.empty());
  }
  check_periods(one, metrics, periods);
  for (const auto& metric : metrics) {
    if (one.state.usage.metrics.contains(metric)) {
      for (auto by : {usage_granularity::hour, usage_granularity::day, usage_granularity::month}) {
        check_windows(one, metric, by);
      }
    }
  }
}

}  // namespace

TEST_CASE("windows are what a recount says, whatever comes late", "[domain][usage]") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    usage_life(seed);
  }
}

TEST_CASE("the same of twenty thousand", "[.usage]") {
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    usage_life(seed);
  }
}
