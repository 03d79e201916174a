// Request bodies: what they may say.
#include "schemas/requests.hpp"

#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::schemas;
using namespace std::chrono_literals;

TEST_CASE("a duration has a unit and at most 100 years", "[schemas][requests]") {
  CHECK(parse_duration("0s") == 0s);
  CHECK(parse_duration("15m") == 15min);
  CHECK(parse_duration("90d") == std::chrono::days{90});
  CHECK(parse_duration("36525d") == std::chrono::days{36'525});
  CHECK(parse_duration("3155760000s") == std::chrono::days{36'525});
  for (const char* text :
       {"36526d", "3155760001s", "876601h", "1000000000d", "9223372036854775807d",
        "9223372036854775808s", "-1d", "d", "1", "", "1w", "1dd", "+1d"}) {
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("a test clock is set a year before the last moment at the latest",
          "[schemas][requests]") {
  CHECK(parse_test_clock(R"({"now":"9998-12-30T00:00:00Z"})").has_value());
  CHECK_FALSE(parse_test_clock(R"({"now":"9999-12-31T23:59:59Z"})").has_value());
  CHECK_FALSE(parse_test_clock(R"({"now":253402300799})").has_value());
  CHECK_FALSE(parse_test_clock(R"({"now":-1})").has_value());
  CHECK_FALSE(parse_test_clock(R"({"now":9223372036854775807})").has_value());
}
