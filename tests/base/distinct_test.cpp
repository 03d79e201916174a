// How different values are counted, exactly and as an estimate.
#include "base/distinct.hpp"

#include <cstdlib>

#include "tests/support/catch.hpp"

using namespace bursar;

namespace {

distinct_values of_range(std::int64_t from, std::int64_t to) {
  distinct_values out;
  for (auto i = from; i < to; ++i) {
    add(out, distinct_hash("user " + std::to_string(i)));
    add(out, distinct_hash("user " + std::to_string(from)));
  }
  return out;
}

}  // namespace

TEST_CASE("so many different values are counted exactly", "[base][distinct]") {
  CHECK(count_of({}) == 0);
  auto most = of_range(0, distinct_exact_max);
  CHECK(count_of(most) == distinct_exact_max);
  CHECK_FALSE(is_estimated(most));
}

TEST_CASE("more are estimated, within what is said", "[base][distinct]") {
  // One standard error is 1.6 %: of 60 estimates about one third is beyond it, none beyond 4.5.
  std::int64_t beyond_one = 0, all = 0;
  for (std::int64_t n : {1'025, 2'000, 5'000, 20'000, 100'000}) {
    for (std::int64_t seed = 0; seed < 12; ++seed) {
      auto x = of_range(seed * 1'000'000, seed * 1'000'000 + n);
      REQUIRE(is_estimated(x));
      auto off = std::abs(count_of(x) - n);
      CAPTURE(n, seed, off);
      CHECK(off * 1000 <= n * 72);
      beyond_one += off * 1000 > n * 16 ? 1 : 0;
      ++all;
    }
  }
  CHECK(beyond_one * 2 < all);
}

TEST_CASE("what two have seen is what one would have", "[base][distinct]") {
  for (auto [from, to] : {std::pair{0, 100}, {500, 900}, {500, 1'500}, {0, 5'000}}) {
    auto one = of_range(0, 600), other = of_range(0, 2'000);
    merge(one, of_range(from, to));
    merge(other, of_range(from, to));
    CHECK(count_of(one) == count_of(of_range(0, std::max(600, to))));
    CHECK(other == of_range(0, std::max(2'000, to)));
  }
}
