// BURSAR_ASSERT(condition, "why"): a bug ends the process, in release builds too. What a caller
// or a disk can cause is a result<T>, never an assertion.
#pragma once

namespace bursar {
[[noreturn]] void assertion_failed(const char* condition, const char* why, const char* file,
                                   int line);
}

#define BURSAR_ASSERT(condition, why)                                  \
  do {                                                                 \
    if (!(condition)) [[unlikely]]                                     \
      ::bursar::assertion_failed(#condition, why, __FILE__, __LINE__); \
  } while (false)
