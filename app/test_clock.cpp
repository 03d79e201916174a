#include "app/test_clock.hpp"

#include <fstream>

namespace bursar::app {

test_clock::test_clock(std::filesystem::path file) : file_{std::move(file)} {
  std::ifstream in{file_};
  std::int64_t kept = 0;
  if (in >> kept) {
    microseconds_ = kept;
  }
}

timestamp test_clock::now() const {
  return timestamp{std::chrono::microseconds{microseconds_.load()}};
}

result<void> test_clock::set(timestamp to) {
  std::lock_guard lock{mutex_};
  auto wanted = to.time_since_epoch().count();
  if (wanted < microseconds_.load()) {
    return error{errc::conflict,
                 "the clock stands at " + format_rfc3339(now()) + " and does not go back"};
  }
  auto fresh = file_;
  fresh += ".new";
  {
    std::ofstream out{fresh, std::ios::trunc};
    out << wanted << '\n';
    if (!out.flush()) {
      return error{errc::io_error, "cannot write " + fresh.string()};
    }
  }
  std::error_code problem;
  std::filesystem::rename(fresh, file_, problem);
  if (problem) {
    return error{errc::io_error, problem.message()};
  }
  microseconds_ = wanted;
  return {};
}

}  // namespace bursar::app
