// What an organization may use now, asked about many things at once.
#include "domain/usage_checks.hpp"

#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

timestamp at(const char* text) {
  return *parse_rfc3339(text);
}

struct asked_organization {
  organization state;
  catalog sold;
  timestamp now = at("2026-03-16T00:00:00Z");

  asked_organization() {
    state.id = "org_a";
    subscription s;
    s.id = "sub_1";
    s.status = subscription_status::active;
    s.period = {at("2026-03-01T00:00:00Z"), at("2026-03-31T00:00:00Z")};
    s.terms.features = std::map<std::string, scalar>{{"sso", true},
                                                     {"beta", false},
                                                     {"seats", std::int64_t{5}},
                                                     {"support", std::string{"mail"}},
                                                     {"soft", std::int64_t{10}},
                                                     {"hard", std::int64_t{10}},
                                                     {"unlimited", std::int64_t{-1}},
                                                     {"people", std::int64_t{10}},
                                                     {"level", std::int64_t{10}},
                                                     {"hours", std::int64_t{10}}};
    state.billing.subscriptions[s.id] = s;
    state.standing = standing_of(state, sold);
    using enum meter_aggregation;
    measures("soft", sum, {});
    for (const auto& [id, how] :
         {std::pair{"hard", sum}, {"people", unique}, {"level", max}, {"hours", weighted_sum}}) {
      measures(id, how, quota_limit::hard);
    }
    measures("unlimited", count, {});
  }

  void measures(const char* id, meter_aggregation how, std::optional<quota_limit> quota) {
    meter x;
    x.id = id;
    x.aggregation = how;
    x.quota = quota;
    sold.meters[x.id] = x;
  }

  void used(const char* metric, std::int64_t quantity) {
    usage_recorded what{now, {}};
    recorded_usage one;
    one.metric = metric;
    one.quantity = decimal{quantity};
    one.at = now;
    one.distinct = metric;
    what.events.push_back(one);
    state = evolve(std::move(state), what);
  }

  checked_usage check(const char* feature, const char* quantity = "1") const {
    return check_usage(state, {{feature, *parse_decimal(quantity)}}, sold, now).front();
  }
  std::string reason(const char* feature, const char* quantity = "1") const {
    auto said = check(feature, quantity);
    CHECK(said.allowed == !said.reason);
    return said.reason.value_or("");
  }
};

}  // namespace

TEST_CASE("a feature may be used that a plan has", "[domain][usage]") {
  asked_organization one;
  for (const char* feature : {"sso", "support", "seats", "soft", "hard", "unlimited"}) {
    CHECK(one.reason(feature).empty());
  }
  CHECK(one.reason("beta") == "feature_not_included");
  CHECK(one.reason("nothing") == "feature_not_included");
  CHECK(one.reason("seats", "5").empty());
  CHECK(one.reason("seats", "6") == "limit_exceeded");
  CHECK(one.check("seats").remaining == 5);
  CHECK_FALSE(one.check("seats").used);
  CHECK_FALSE(one.check("unlimited").limit);
  CHECK(one.check("unlimited").used == 0);
}

TEST_CASE("a hard quota ends what a soft one only tells of", "[domain][usage]") {
  asked_organization one;
  one.used("soft", 9);
  one.used("hard", 9);
  CHECK(one.reason("hard").empty());
  CHECK(one.reason("hard", "1.000001") == "quota_exceeded");
  CHECK(one.reason("soft", "1000").empty());
  one.used("soft", 3);
  auto said = one.check("soft");
  CHECK((said.allowed && said.used == 12 && said.remaining == 0));
  one.used("hard", 1);
  CHECK(one.reason("hard") == "quota_exceeded");
  CHECK(one.reason("hard", "0").empty());
}

TEST_CASE("a quota is judged as its meter counts", "[domain][usage]") {
  asked_organization one;
  one.used("people", 7);
  CHECK(one.check("people").used == 1);
  CHECK(one.reason("people", "9").empty());
  CHECK(one.reason("people", "10") == "quota_exceeded");
  one.used("level", 7);
  CHECK(one.reason("level", "10").empty());
  CHECK(one.reason("level", "11") == "quota_exceeded");
  // Half of the period is left.
  CHECK(one.reason("hours", "20").empty());
  CHECK(one.reason("hours", "20.1") == "quota_exceeded");
}

TEST_CASE("who may not write may use nothing, and the reason says so", "[domain][usage]") {
  asked_organization one;
  auto becomes = [&](subscription_status status) {
    one.state.billing.subscriptions["sub_1"].status = status;
    one.state.standing = standing_of(one.state, one.sold);
  };
  becomes(subscription_status::past_due);
  CHECK(one.reason("sso").empty());
  for (auto status : {subscription_status::suspended, subscription_status::cancelled,
                      subscription_status::paused, subscription_status::expired}) {
    becomes(status);
    std::string name = boost::describe::enum_to_string(status, "");
    CHECK(one.reason("sso") == "subscription_" + name);
    CHECK(one.reason("nothing") == "subscription_" + name);
  }
  one.state.billing.subscriptions.clear();
  one.state.standing = {};
  CHECK(one.reason("sso") == "no_subscription");
}

TEST_CASE("none of what is asked counts for the next", "[domain][usage]") {
  asked_organization one;
  std::vector<usage_check> all(3, {"hard", decimal{10}});
  auto before = one.state;
  for (const auto& x : check_usage(one.state, all, one.sold, one.now)) {
    CHECK(x.allowed);
  }
  CHECK(one.state == before);
}
