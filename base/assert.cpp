#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace bursar {

void assertion_failed(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr, "bursar: bug: %s (%s) at %s:%d\n", why, condition, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace bursar
