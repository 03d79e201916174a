// Where billing periods begin. The whole calendar is compared with a model in Python: see
// calendar_model.py.
#include "domain/pricing/calendar.hpp"

#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

timestamp at(std::string_view text) {
  return parse_rfc3339(text).value();
}

std::vector<std::string> days_of(const billing_anchor& anchor, const billing_cadence& cadence,
                                 int count) {
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) {
    out.push_back(format_rfc3339(boundary(anchor, cadence, i)).substr(0, 10));
  }
  return out;
}

constexpr auto monthly = billing_interval::month;
using dates = std::vector<std::string>;

}  // namespace

TEST_CASE("the 31st is the last day of shorter months, and comes back", "[domain][calendar]") {
  auto anchor = anchor_at(at("2026-01-31T00:00:00Z"), "UTC");
  CHECK(days_of(anchor, {monthly, 1}, 5)
        == dates{"2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"});
}

TEST_CASE("the anchor of a short month may be a day that it does not have", "[domain][calendar]") {
  billing_anchor anchor{2026, 2, 31, 0, "UTC"};
  CHECK(days_of(anchor, {monthly, 1}, 3) == dates{"2026-02-28", "2026-03-31", "2026-04-30"});
}

TEST_CASE("a leap day is billed on the 28th of other years", "[domain][calendar]") {
  auto anchor = anchor_at(at("2024-02-29T00:00:00Z"), "UTC");
  CHECK(days_of(anchor, {billing_interval::year, 1}, 5)
        == dates{"2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"});
}

TEST_CASE("quarters, weeks and days", "[domain][calendar]") {
  auto anchor = anchor_at(at("2025-11-30T00:00:00Z"), "UTC");
  CHECK(days_of(anchor, {monthly, 3}, 3) == dates{"2025-11-30", "2026-02-28", "2026-05-30"});
  CHECK(days_of(anchor, {billing_interval::week, 2}, 3)
        == dates{"2025-11-30", "2025-12-14", "2025-12-28"});
  CHECK(days_of(anchor, {billing_interval::day, 45}, 3)
        == dates{"2025-11-30", "2026-01-14", "2026-02-28"});
}

TEST_CASE("local midnight stays local midnight across daylight saving", "[domain][calendar]") {
  auto anchor = anchor_at(at("2026-03-01T00:00:00+01:00"), "Europe/Berlin");
  CHECK(anchor == billing_anchor{2026, 3, 1, 0, "Europe/Berlin"});
  CHECK(boundary(anchor, {monthly, 1}, 1) == at("2026-04-01T00:00:00+02:00"));
  CHECK(boundary(anchor, {monthly, 1}, 8) == at("2026-11-01T00:00:00+01:00"));
}

TEST_CASE("a time that does not exist is the moment after the gap, one that is twice the first",
          "[domain][calendar]") {
  billing_anchor skipped{2026, 3, 28, 2 * 3600 + 1800, "Europe/Berlin"};
  CHECK(boundary(skipped, {billing_interval::day, 1}, 1) == at("2026-03-29T03:00:00+02:00"));
  billing_anchor twice{2026, 10, 24, 2 * 3600 + 1800, "Europe/Berlin"};
  CHECK(boundary(twice, {billing_interval::day, 1}, 1) == at("2026-10-25T02:30:00+02:00"));
}

TEST_CASE("a day that a zone skipped is a period without length", "[domain][calendar]") {
  billing_anchor anchor{2011, 12, 29, 0, "Pacific/Apia"};
  auto thirtieth = boundary(anchor, {billing_interval::day, 1}, 1);
  CHECK(thirtieth == boundary(anchor, {billing_interval::day, 1}, 2));
  auto found = period_at(anchor, {billing_interval::day, 1}, thirtieth);
  CHECK(found.start == thirtieth);
  CHECK(found.end == thirtieth + std::chrono::hours{24});
}

TEST_CASE("every moment is in the period that its number says", "[domain][calendar]") {
  billing_anchor anchor{2026, 1, 31, 5'400, "Australia/Lord_Howe"};
  for (auto interval : {billing_interval::day, billing_interval::week, billing_interval::month,
                        billing_interval::year}) {
    billing_cadence cadence{interval, 1};
    for (std::int64_t number = -40; number < 40; ++number) {
      auto start = boundary(anchor, cadence, number);
      auto end = boundary(anchor, cadence, number + 1);
      REQUIRE(period_number(anchor, cadence, start) == number);
      REQUIRE(period_number(anchor, cadence, end - std::chrono::microseconds{1}) == number);
    }
  }
}

TEST_CASE("an anchor is the moment it was taken from", "[domain][calendar]") {
  auto t = at("2026-10-25T00:30:07Z");
  for (const auto* zone : {"UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham"}) {
    CHECK(boundary(anchor_at(t, zone), {monthly, 1}, 0) == t);
  }
}

TEST_CASE("only the zones of the database are zones", "[domain][calendar]") {
  CHECK(is_time_zone("Europe/Berlin"));
  CHECK(is_time_zone("UTC"));
  for (const auto* name : {"", "Europe", "Europe/Atlantis", "../../etc/passwd", "europe/berlin"}) {
    CHECK_FALSE(is_time_zone(name));
  }
}
