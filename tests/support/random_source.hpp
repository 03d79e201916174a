// Numbers that look random and are the same for the same seed, which is not zero (xorshift64,
// Marsaglia 2003).
#pragma once

#include <cstdint>

namespace bursar {

struct random_source {
  std::uint64_t seed = 0x853c49e6748fea9b;
  std::int64_t below(std::int64_t n) {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return static_cast<std::int64_t>(seed % static_cast<std::uint64_t>(n));
  }
};

// Those of one of many lives.
inline random_source random_of(std::uint64_t number) {
  return {number * 0x9e3779b97f4a7c15 + 1};
}

}  // namespace bursar
