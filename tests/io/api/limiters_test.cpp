// How often and how many at a time.
#include "io/api/limiters.hpp"

#include "tests/support/catch.hpp"

using namespace bursar::io::api;
using namespace std::chrono_literals;

namespace {

const rate_limiter::time_point start{};

// How many can be taken at that moment.
int takes(rate_limiter& from, const std::string& name, rate_limiter::time_point at) {
  int out = 0;
  while (from.take(name, at)) {
    ++out;
  }
  return out;
}

}  // namespace

TEST_CASE("tokens come back by the period they are counted in", "[io][limits]") {
  rate_limiter few{5, 10s, 5};
  CHECK(takes(few, "a", start) == 5);
  CHECK(takes(few, "a", start + 1s) == 0);
  CHECK(takes(few, "a", start + 2s) == 1);
  CHECK(takes(few, "a", start + 10s) == 4);
  CHECK(takes(few, "a", start + 24h) == 5);
  CHECK(takes(few, "b", start) == 5);
}

TEST_CASE("who asks all the time gets no less than who waits", "[io][limits]") {
  rate_limiter one{1, 10s, 1};
  CHECK(takes(one, "a", start) == 1);
  int taken = 0;
  for (auto at = 1us; at <= 30s; at += 333us) {
    taken += one.take("a", start + at) ? 1 : 0;
  }
  CHECK(taken >= 2);
  CHECK(taken <= 3);
}

TEST_CASE("with too many names, who used up its tokens stays known", "[io][limits]") {
  rate_limiter few{1, 10s, 2, 100};
  CHECK(takes(few, "greedy", start + 99s) == 2);
  for (int i = 0; i < 1'000; ++i) {
    few.take("once " + std::to_string(i), start + 80s);
  }
  CHECK(few.names() <= 100);
  CHECK(takes(few, "greedy", start + 99s) == 0);
}

TEST_CASE("only so many of a name are inside at a time", "[io][limits]") {
  concurrency_limiter two{2};
  auto first = two.enter("a");
  auto second = two.enter("a");
  CHECK(first);
  CHECK(second);
  CHECK_FALSE(two.enter("a"));
  CHECK(two.enter("b"));
  first.reset();
  CHECK(two.enter("a"));
}

TEST_CASE("a place may outlive its limiter", "[io][limits]") {
  auto limiter = std::make_unique<concurrency_limiter>(1);
  auto place = limiter->enter("a");
  limiter.reset();
  place.reset();
  CHECK_FALSE(place);
}
