// How often and how many at a time: per name, that is per key, address or organization. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace bursar::io::api {

// A bucket per name that fills with `tokens` each `per` up to `burst`. Bounded: beyond `names_max`
// names those are forgotten that are full again, and then the half that waited longest.
class rate_limiter {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  rate_limiter(std::int64_t tokens, std::chrono::seconds per, std::int64_t burst,
               std::size_t names_max = 100'000)
    : tokens_{tokens}, per_{per}, burst_{burst}, names_max_{names_max} {}
  // Takes one; false: there is none.
  bool take(const std::string& name, time_point now);
  std::size_t names() const;

 private:
  // In parts of a token, of which a microsecond adds tokens_.
  struct bucket {
    std::int64_t parts = 0;
    time_point filled{};
  };
  std::int64_t parts_of_one() const { return std::chrono::microseconds{per_}.count(); }
  std::int64_t parts_at(const bucket& of, time_point now) const;
  void forget(time_point now);

  std::int64_t tokens_;
  std::chrono::seconds per_;
  std::int64_t burst_;
  std::size_t names_max_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, bucket> buckets_;
};

// At most `at_a_time` of each name.
class concurrency_limiter {
 public:
  explicit concurrency_limiter(std::size_t at_a_time) : at_a_time_{at_a_time} {}
  // A place, until it is let go; null: all are taken. It may outlive the limiter.
  std::shared_ptr<void> enter(const std::string& name);

 private:
  struct table {
    std::mutex mutex;
    std::map<std::string, std::size_t> inside;
  };
  std::size_t at_a_time_;
  std::shared_ptr<table> table_ = std::make_shared<table>();
};

}  // namespace bursar::io::api
