// The clock of `serve --test-clock`: it stands still until it is set, never goes back, and keeps
// its time over a restart in `<data>/test-clock`. Starts at 1970 on a new directory.
#pragma once

#include <atomic>
#include <filesystem>
#include <mutex>

#include "io/api/api.hpp"

namespace bursar::app {

class test_clock final : public io::api::settable_clock {
 public:
  explicit test_clock(std::filesystem::path file);
  timestamp now() const override;
  result<void> set(timestamp to) override;

 private:
  std::filesystem::path file_;
  std::mutex mutex_;
  std::atomic<std::int64_t> microseconds_{0};
};

}  // namespace bursar::app
