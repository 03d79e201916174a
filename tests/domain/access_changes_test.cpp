// What an organization may do is told again without asking it, until time changes it: the moment
// that is named for that must not be late.
#include "domain/access_changes.hpp"

#include "tests/support/billed_organization.hpp"
#include "tests/support/random_source.hpp"

using namespace bursar;
using namespace bursar::domain;
using bursar::testing::at;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;

namespace {

struct asked_organization : bursar::testing::billed_organization {
  timestamp now = at("2026-01-20T00:00:00Z");

  asked_organization() {
    for (auto how :
         {meter_aggregation::sum, meter_aggregation::max, meter_aggregation::weighted_sum}) {
      meter x;
      x.id = boost::describe::enum_to_string(how, "?");
      x.aggregation = how;
      sold.meters[x.id] = x;
    }
  }

  // Everything that the answer to an access check is made of.
  std::string told(timestamp when) const {
    auto may = access_of(state, when);
    auto out = std::string{may.read ? "read " : ""} + (may.write ? "write " : "") + may.reason;
    for (const auto& [name, x] : entitlements_of(state, sold, when)) {
      out += "; " + name + ' ' + std::to_string(x.used.value_or(-1)) + " of "
             + std::to_string(x.limit.value_or(-1));
    }
    return out;
  }

  void runs(const std::string& id, billing_period period) {
    subscription s;
    s.id = id;
    s.status = subscription_status::active;
    s.terms.features = {{"sum", scalar{std::int64_t{100}}},
                        {"max", scalar{std::int64_t{9}}},
                        {"weighted_sum", scalar{std::int64_t{50}}}};
    s.period = period;
    state.billing.subscriptions[id] = s;
    state.standing.subscription_id = id;
  }
  void uses(const std::string& metric, std::int64_t quantity, timestamp when) {
    usage_recorded used;
    used.events.push_back(
      {"u" + std::to_string(++uses_), metric, decimal{quantity}, when, {}, {}, {}, {}});
    used.at = now;
    state = evolve(std::move(state), used);
  }

 private:
  int uses_ = 0;
};

// As it is at each of the moments that are named, one after the other, and in between.
void check_from(const asked_organization& x, random_source& random) {
  auto from = x.now;
  for (int steps = 0; steps < 12; ++steps) {
    auto until = access_changes_at(x.state, from);
    REQUIRE(from < until);
    auto said = x.told(from);
    auto length = (until - from).count();
    for (auto later :
         {std::int64_t{1} % length, random.below(length), random.below(length), length - 1}) {
      INFO(format_rfc3339(from) << " and " << later << " us");
      REQUIRE(x.told(from + microseconds{later}) == said);
    }
    if (until == timestamp_max) {
      return;
    }
    from = until;
  }
}

void live_a_little(asked_organization& x, random_source& random, int number) {
  auto id = std::to_string(number);
  auto when = format_rfc3339(x.now);
  switch (random.below(6)) {
    case 0:
    case 1: {
      credit_grant grant;
      grant.amount = 1 + random.below(10);
      if (random.below(4) > 0) {
        grant.expires_at = x.now + minutes{1 + random.below(3'000)};
      }
      x.is_told(when, credit_command{grant_credits{"g" + id, grant}});
      return;
    }
    case 2: {
      auto until = x.now + minutes{1 + random.below(3'000)};
      x.hears(when, credit_command{hold_credits{"h" + id, {1 + random.below(5), {}, {}}, until}});
      return;
    }
    case 3: x.hears(when, credit_command{consume_credits{{1 + random.below(5), {}, {}}}}); return;
    case 4: {
      auto start = x.now - hours{random.below(500)};
      x.runs("sub_" + std::to_string(random.below(2)),
             {start, start + hours{1 + random.below(900)}});
      return;
    }
    default: {
      constexpr std::array metrics{"sum", "max", "weighted_sum"};
      auto metric = metrics[static_cast<std::size_t>(random.below(std::ssize(metrics)))];
      x.uses(metric, 1 + random.below(9), x.now - minutes{random.below(600)});
    }
  }
}

}  // namespace

TEST_CASE("what may be done changes when credits expire, and not before", "[domain][access]") {
  asked_organization x;
  credit_grant grant;
  grant.amount = 5;
  grant.expires_at = x.now + hours{1};
  x.is_told(format_rfc3339(x.now), credit_command{grant_credits{"g", grant}});
  CHECK(access_changes_at(x.state, x.now) == *grant.expires_at);
  CHECK(x.told(*grant.expires_at - microseconds{1}) == "read write prepaid_credits");
  CHECK(x.told(*grant.expires_at) == "read no_subscription");
}

TEST_CASE("a quota is counted anew with each month, or with the subscription's period",
          "[domain][access]") {
  asked_organization x;
  CHECK(access_changes_at(x.state, x.now) == at("2026-02-01T00:00:00Z"));
  x.runs("sub_1", {at("2026-01-10T00:00:00Z"), at("2026-01-25T00:00:00Z")});
  CHECK(access_changes_at(x.state, x.now) == at("2026-01-25T00:00:00Z"));
}

TEST_CASE("in random lives, what may be done stays as it is until the moment that is named",
          "[domain][access]") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    auto random = random_of(seed);
    asked_organization x;
    for (int i = 0; i < 20; ++i) {
      live_a_little(x, random, i);
      check_from(x, random);
      x.now += minutes{random.below(1'200)};
    }
  }
}
