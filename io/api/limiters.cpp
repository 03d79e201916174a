#include "io/api/limiters.hpp"

#include <algorithm>
#include <vector>

namespace bursar::io::api {

bool rate_limiter::take(const std::string& name, time_point now) {
  std::lock_guard lock{mutex_};
  auto found = buckets_.find(name);
  if (found == buckets_.end()) {
    if (buckets_.size() >= names_max_) {
      forget(now);
    }
    found = buckets_.emplace(name, bucket{burst_ * parts_of_one(), now}).first;
  }
  auto& b = found->second;
  b = {parts_at(b, now), std::max(b.filled, now)};
  if (b.parts < parts_of_one()) {
    return false;
  }
  b.parts -= parts_of_one();
  return true;
}

std::size_t rate_limiter::names() const {
  std::lock_guard lock{mutex_};
  return buckets_.size();
}

std::int64_t rate_limiter::parts_at(const bucket& of, time_point now) const {
  auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now - of.filled);
  auto counted = std::clamp(passed, std::chrono::microseconds{0},
                            std::chrono::microseconds{std::chrono::hours{1}});
  return std::min(burst_ * parts_of_one(), of.parts + counted.count() * tokens_);
}

void rate_limiter::forget(time_point now) {
  std::erase_if(buckets_, [&](const auto& row) {
    return parts_at(row.second, now) == burst_ * parts_of_one();
  });
  if (buckets_.size() <= names_max_ / 2) {
    return;
  }
  std::vector<time_point> filled;
  for (const auto& [name, b] : buckets_) {
    filled.push_back(b.filled);
  }
  auto middle = filled.begin() + static_cast<std::ptrdiff_t>(filled.size() / 2);
  std::nth_element(filled.begin(), middle, filled.end());
  std::erase_if(buckets_, [last = *middle](const auto& row) { return row.second.filled <= last; });
}

std::shared_ptr<void> concurrency_limiter::enter(const std::string& name) {
  std::lock_guard lock{table_->mutex};
  auto& inside = table_->inside[name];
  if (inside >= at_a_time_) {
    return nullptr;
  }
  ++inside;
  return {static_cast<void*>(table_.get()), [of = table_, name](void*) {
            std::lock_guard leaving{of->mutex};
            if (auto found = of->inside.find(name); --found->second == 0) {
              of->inside.erase(found);
            }
          }};
}

}  // namespace bursar::io::api
