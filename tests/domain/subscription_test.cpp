// The parts a native subscription is billed by: its edges, the ledger of what was billed, lines.
#include "domain/billing/subscription.hpp"

#include "domain/billing/line_item.hpp"
#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::domain;
using enum subscription_status;

namespace {

timestamp day(int n) {
  return parse_rfc3339("2026-01-01T00:00:00Z").value() + std::chrono::days{n};
}

const billing_period january{day(0), day(31)};

interval_ledger from_january() {
  return {day(0), {}};
}

result<interval_ledger> claim(const interval_ledger& of, timestamp until,
                              const billing_period& full, std::int64_t amount) {
  return domain::claim(of, {{{}, until}, full, "in_1", 0, {amount}});
}

result<interval_ledger> release(const interval_ledger& of, timestamp from, std::int64_t amount) {
  return domain::release(of, from, {amount});
}

interval_ledger billed_january() {
  return claim(from_january(), day(31), january, 1000).value();
}

}  // namespace

TEST_CASE("what has ended never comes back", "[domain][subscription]") {
  for (int from = 0; from <= static_cast<int>(expired); ++from) {
    for (int to = 0; to <= static_cast<int>(expired); ++to) {
      auto a = static_cast<subscription_status>(from);
      auto b = static_cast<subscription_status>(to);
      if (is_final(a)) {
        CHECK_FALSE(may_become(a, b));
      } else {
        CHECK(may_become(a, cancelled));
        CHECK(may_become(a, expired));
      }
      CHECK_FALSE((a == b && may_become(a, b)));
      CHECK_FALSE((b == incomplete && may_become(a, b)));
      CHECK_FALSE((b == trialing && may_become(a, b)));
    }
  }
}

TEST_CASE("the edges of a subscription's life", "[domain][subscription]") {
  CHECK(may_become(trialing, active));
  CHECK(may_become(active, past_due));
  CHECK(may_become(past_due, active));
  CHECK(may_become(past_due, suspended));
  CHECK(may_become(suspended, active));
  CHECK(may_become(paused, active));
  CHECK_FALSE(may_become(suspended, past_due));
  CHECK_FALSE(may_become(paused, past_due));
  CHECK_FALSE(may_become(incomplete, past_due));
}

TEST_CASE("a claim begins where the last one ended", "[domain][ledger]") {
  auto ledger = billed_january();
  CHECK(billed_until(ledger) == day(31));
  for (int until : {0, 15, 31}) {
    CHECK(claim(ledger, day(until), january, 1000).has_error());
  }
  auto next = claim(ledger, day(59), {day(31), day(59)}, 1000).value();
  CHECK(next.intervals.back().interval == billing_period{day(31), day(59)});
}

TEST_CASE("what is given back is the end of what was claimed last", "[domain][ledger]") {
  auto ledger = release(billed_january(), day(15), 516).value();
  CHECK(billed_until(ledger) == day(15));
  CHECK(ledger.intervals.back().billed.amount == 484);
  CHECK(release(ledger, day(20), 1).has_error());
  CHECK(release(ledger, day(10), 485).has_error());
  CHECK(release(ledger, day(10), -1).has_error());
  auto upgraded = claim(ledger, day(31), january, 1032).value();
  CHECK(upgraded.intervals.back().interval == billing_period{day(15), day(31)});
  CHECK(release(upgraded, day(10), 1).has_error());
}

TEST_CASE("all of a claim can be given back at its beginning", "[domain][ledger]") {
  auto ledger = release(billed_january(), day(0), 1000).value();
  CHECK(ledger == from_january());
  auto changed
    = claim(release(billed_january(), day(15), 516).value(), day(31), january, 1032).value();
  auto undone = release(changed, day(15), 1032).value();
  CHECK(billed_until(undone) == day(15));
  CHECK(undone.intervals.size() == 1);
}

TEST_CASE("a period that is closed cannot be given back", "[domain][ledger]") {
  auto ledger = close(billed_january(), day(31));
  CHECK(billed_until(ledger) == day(31));
  CHECK(release(ledger, day(20), 1).has_error());
}

TEST_CASE("random claims and releases bill every instant once", "[domain][ledger]") {
  std::uint64_t seed = 0x2545f4914f6cdd1d;
  auto next = [&seed](std::uint64_t below) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return static_cast<int>(seed % below);
  };
  for (int life = 0; life < 500; ++life) {
    auto ledger = from_january();
    std::vector<int> billed(400, 0);
    for (int step = 0; step < 60; ++step) {
      auto t = day(next(400));
      if (next(2) == 0) {
        auto before = billed_until(ledger);
        if (auto claimed = claim(ledger, t, january, 100)) {
          ledger = *claimed;
          for (int d = 0; d < 400; ++d) {
            billed[static_cast<std::size_t>(d)] += before <= day(d) && day(d) < t ? 1 : 0;
          }
        }
      } else if (auto until = billed_until(ledger); auto released = release(ledger, t, 0)) {
        ledger = *released;
        for (int d = 0; d < 400; ++d) {
          billed[static_cast<std::size_t>(d)] -= t <= day(d) && day(d) < until ? 1 : 0;
        }
      }
      std::vector<int> expected(400, 0);
      for (int d = 0; d < 400; ++d) {
        expected[static_cast<std::size_t>(d)] = day(d) < billed_until(ledger) ? 1 : 0;
      }
      REQUIRE(billed == expected);
    }
  }
}

TEST_CASE("a subscription waits for what comes first", "[domain][subscription]") {
  subscription x;
  x.status = active;
  x.period = january;
  CHECK(next_due(x) == day(31));
  x.cancel_at = day(20);
  CHECK(next_due(x) == day(20));
  x.status = paused;
  CHECK(next_due(x) == day(20));
  x.status = cancelled;
  CHECK_FALSE(next_due(x).has_value());
  subscription trial;
  trial.status = trialing;
  trial.trial_end = day(14);
  trial.period = {day(0), day(14)};
  CHECK(next_due(trial) == day(14));
}

TEST_CASE("a line's amount follows from what it stands on", "[domain][invoice]") {
  line_item line;
  auto& basis = line.basis;
  basis.price.model = pricing_model::per_unit;
  basis.price.unit_amount = 1000;
  basis.units = 3;
  CHECK(amount_of(line).value() == 3000);
  basis.share = {16, 31};
  CHECK(amount_of(line).value() == 1548);
  basis.given_back = true;
  CHECK(amount_of(line).value() == -1548);
  basis.billed = billed_amounts{1000};
  CHECK(amount_of(line).value() == -1000);
  basis.billed = billed_amounts{};
  CHECK(amount_of(line).value() == 0);
}

TEST_CASE("a line is its amount less discounts and with the taxes that are not in it",
          "[domain][invoice]") {
  line_item line;
  line.amount = 1000;
  line.discounts = {{"ten", -100}};
  line.taxes = {{"in", "VAT", 20, true, 750, 150}, {"on", "City", 2, false, 750, 15}};
  CHECK(discount_of(line) == -100);
  CHECK(tax_of(line) == 15);
  CHECK(net_of(line) == 750);
  CHECK(total_of(line) == 915);
}
