// Back-off: every delay within its bounds, the bounds doubling up to the cap, and full jitter:
// the whole range is used, so that what failed together does not come back together.
#include "actors/backoff.hpp"

#include <map>

#include "tests/support/catch.hpp"

using namespace bursar::actors;
using std::chrono::milliseconds;

namespace {

constexpr unsigned draws = 20'000;

struct drawn {
  milliseconds least{milliseconds::max()}, most{0}, sum{0};
};

drawn draw(const backoff& from, unsigned failures, unsigned seed) {
  std::minstd_rand random{seed};
  drawn out;
  for (unsigned i = 0; i < draws; ++i) {
    auto delay = from.delay(failures, random);
    out.least = std::min(out.least, delay);
    out.most = std::max(out.most, delay);
    out.sum += delay;
  }
  return out;
}

}  // namespace

TEST_CASE("a delay is between nothing and the doubled base, at most the cap", "[actors]") {
  backoff from{milliseconds{50}, milliseconds{30'000}};
  for (unsigned failures = 0; failures < 40; ++failures) {
    INFO("failures " << failures);
    auto ceiling = failures < 10 ? std::min(milliseconds{50 << failures}, from.cap) : from.cap;
    auto got = draw(from, failures, 7 + failures);
    CHECK(got.least >= milliseconds{0});
    CHECK(got.most <= ceiling);
    // Full jitter: both ends are reached, and the mean is in the middle.
    CHECK(got.least <= ceiling / 100);
    CHECK(got.most >= ceiling - ceiling / 100);
    CHECK(got.sum / draws >= ceiling * 48 / 100);
    CHECK(got.sum / draws <= ceiling * 52 / 100);
  }
}

TEST_CASE("any number of failures gives a delay, however large", "[actors]") {
  std::minstd_rand random{1};
  backoff from;
  for (unsigned failures : {19u, 20u, 21u, 31u, 32u, 63u, 64u, 1'000'000u, ~0u}) {
    auto delay = from.delay(failures, random);
    CHECK(delay >= milliseconds{0});
    CHECK(delay <= from.cap);
  }
}

TEST_CASE("a cap below the base bounds the first delay already", "[actors]") {
  auto got = draw({milliseconds{500}, milliseconds{20}}, 0, 3);
  CHECK(got.most == milliseconds{20});
  CHECK(got.least == milliseconds{0});
}

TEST_CASE("organizations that failed together come back spread out", "[actors]") {
  // One random engine for each shard, as in the shard: no two seeds give one schedule.
  backoff from;
  std::map<milliseconds, unsigned> at;
  for (unsigned shard = 1; shard <= 1'000; ++shard) {
    std::minstd_rand random{shard * 7919};
    random.discard(2);
    ++at[from.delay(4, random)];
  }
  unsigned most = 0;
  for (const auto& [delay, count] : at) {
    most = std::max(most, count);
  }
  CHECK(at.size() > 400);
  CHECK(most < 20);
}
