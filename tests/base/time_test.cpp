// Times as text: what is written can be read again, and nothing else is taken.
#include "base/time.hpp"

#include "tests/support/catch.hpp"

using namespace bursar;

TEST_CASE("the first and the last moment are written and read again", "[base][time]") {
  CHECK(format_rfc3339(timestamp{}) == "1970-01-01T00:00:00.000000Z");
  CHECK(format_rfc3339(timestamp_max) == "9999-12-31T23:59:59.999999Z");
  CHECK(parse_rfc3339(format_rfc3339(timestamp_max)) == timestamp_max);
}

TEST_CASE("the years are judged after the zone is applied", "[base][time]") {
  CHECK(parse_rfc3339("9999-12-31T23:59:59+00:01").has_value());
  CHECK_FALSE(parse_rfc3339("9999-12-31T23:59:59-23:59").has_value());
  CHECK_FALSE(parse_rfc3339("9999-12-31T23:59:59-00:01").has_value());
  CHECK(parse_rfc3339("1970-01-01T00:00:00-00:01").has_value());
  CHECK_FALSE(parse_rfc3339("1970-01-01T00:00:00+00:01").has_value());
}
