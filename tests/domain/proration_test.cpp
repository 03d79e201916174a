// Parts of periods: the scenario that engines are compared by, and the edges of days and seconds.
#include "domain/pricing/proration.hpp"

#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

timestamp at(std::string_view text) {
  return parse_rfc3339(text).value();
}

billing_period january() {
  return {at("2026-01-01T00:00:00Z"), at("2026-02-01T00:00:00Z")};
}

const timestamp upgrade = at("2026-01-16T12:00:00Z");

struct change_amounts {
  std::int64_t credit = 0, charge = 0;
};

// The two lines of a change: each is rounded by itself.
result<change_amounts> prorate_change(const exact& old_amount, const exact& new_amount,
                                      std::int64_t billed, const period_share& share) {
  auto credit = credit_of(old_amount, billed, share);
  auto charge = rounded(prorated(new_amount, share));
  if (!credit || !charge) {
    return credit ? charge.error() : credit.error();
  }
  return change_amounts{*credit, *charge};
}

}  // namespace

TEST_CASE("an upgrade in the middle of January, by the second", "[domain][proration]") {
  auto share = share_of({upgrade, january().end}, january(), proration_basis::second, "UTC");
  CHECK(exact(share.part, share.whole) == exact(1, 2));
  auto change = prorate_change(1000, 2000, 1000, share).value();
  CHECK(change.credit == -500);
  CHECK(change.charge == 1000);
}

TEST_CASE("an upgrade in the middle of January, by the day", "[domain][proration]") {
  auto share = share_of({upgrade, january().end}, january(), proration_basis::day, "UTC");
  CHECK(share == period_share{16, 31});
  auto change = prorate_change(1000, 2000, 1000, share).value();
  CHECK(change.credit == -516);
  CHECK(change.charge == 1032);
}

TEST_CASE("who leaves by the day has used the day", "[domain][proration]") {
  auto left = [](timestamp t, proration_basis by) {
    return share_left(t, january(), january(), by, "UTC");
  };
  CHECK(left(upgrade, proration_basis::day) == period_share{15, 31});
  auto half = left(upgrade, proration_basis::second);
  CHECK(exact(half.part, half.whole) == exact(1, 2));
  CHECK(left(january().end, proration_basis::day).part == 0);
  CHECK(share_of({january().start, upgrade}, january(), proration_basis::day, "UTC")
        == period_share{16, 31});
}

TEST_CASE("without proration nothing changes before the period ends", "[domain][proration]") {
  auto share = share_of({upgrade, january().end}, january(), proration_basis::none, "UTC");
  auto change = prorate_change(1000, 2000, 1000, share).value();
  CHECK(change.credit == 0);
  CHECK(change.charge == 0);
}

TEST_CASE("yen have no decimals, dinars have three", "[domain][proration]") {
  period_share share{16, 31};
  CHECK(rounded(prorated(1980, share)).value() == 1022);
  CHECK(rounded(prorated(12500, share)).value() == 6452);
}

TEST_CASE("no more is given back than was billed", "[domain][proration]") {
  period_share half{1, 2};
  CHECK(prorate_change(1000, 2000, 300, half).value().credit == -300);
  CHECK(prorate_change(1000, 2000, 0, half).value().credit == 0);
  CHECK(prorate_change(1000, 2000, -5, half).value().credit == 0);
}

TEST_CASE("a change to the same price nets to zero at every moment", "[domain][proration]") {
  auto period = january();
  for (auto t = period.start; t < period.end; t += std::chrono::seconds{10'007}) {
    for (auto basis : {proration_basis::second, proration_basis::day, proration_basis::day_30}) {
      auto change
        = prorate_change(999, 999, 999, share_of({t, period.end}, period, basis, "Europe/Berlin"))
            .value();
      REQUIRE(change.credit + change.charge == 0);
    }
  }
}

TEST_CASE("the parts of a period by the second are the whole", "[domain][proration]") {
  auto period = january();
  for (auto t = period.start; t <= period.end; t += std::chrono::seconds{86'399}) {
    auto before = share_of({period.start, t}, period, proration_basis::second, "UTC");
    auto after = share_of({t, period.end}, period, proration_basis::second, "UTC");
    REQUIRE(before.part + after.part == before.whole);
  }
}

TEST_CASE("a day is the local one, and one of 23 or 25 hours is one", "[domain][proration]") {
  billing_period march{at("2026-03-01T00:00:00+01:00"), at("2026-04-01T00:00:00+02:00")};
  CHECK(local_days(march, "Europe/Berlin") == 31);
  auto change_day = at("2026-03-29T23:30:00+02:00");
  CHECK(share_of({change_day, march.end}, march, proration_basis::day, "Europe/Berlin")
        == period_share{3, 31});
  billing_period october{at("2026-10-01T00:00:00+02:00"), at("2026-11-01T00:00:00+01:00")};
  CHECK(local_days(october, "Europe/Berlin") == 31);
}

TEST_CASE("at the edges of a period its share is all or nothing", "[domain][proration]") {
  auto period = january();
  for (auto basis : {proration_basis::second, proration_basis::day, proration_basis::day_30}) {
    auto all = share_of({period.start, period.end}, period, basis, "UTC");
    CHECK(all.part == all.whole);
    CHECK(share_of({period.end, period.end}, period, basis, "UTC").part == 0);
    CHECK(share_of({period.start, period.start}, period, basis, "UTC").part == 0);
  }
}

TEST_CASE("amounts beyond what can be represented are refused", "[domain][proration]") {
  exact large = exact{INT64_MAX} * 4;
  CHECK_FALSE(prorate_change(large, 1, 1, {1, 2}).has_value());
  CHECK_FALSE(prorate_change(1, large, 1, {1, 2}).has_value());
}
