// Exponential back-off with full jitter: a delay drawn evenly from [0, min(cap, base·2^failures)].
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace bursar::actors {

struct backoff {
  std::chrono::milliseconds base{50};
  std::chrono::milliseconds cap{30'000};

  template <class Random>
  std::chrono::milliseconds delay(unsigned failures, Random& random) const {
    auto doublings = std::min(failures, 20u);
    auto ceiling = std::min<std::chrono::milliseconds::rep>(cap.count(), base.count() << doublings);
    return std::chrono::milliseconds{
      std::uniform_int_distribution<std::chrono::milliseconds::rep>{0, ceiling}(random)};
  }
};

}  // namespace bursar::actors
