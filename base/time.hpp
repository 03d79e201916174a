// Time is UTC with microseconds. Nothing below actors/ asks for the present: it comes in.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bursar {

using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

constexpr timestamp from_unix_seconds(std::int64_t seconds) {
  return timestamp{std::chrono::seconds{seconds}};
}
constexpr std::int64_t unix_seconds(timestamp t) {
  return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}

// What four digits of a year can say: a time after it cannot be written.
inline constexpr timestamp timestamp_max
  = from_unix_seconds(253'402'300'799) + std::chrono::microseconds{999'999};

// RFC 3339 in UTC with exactly six decimals: 2026-11-21T08:15:00.000000Z; years 1970 to 9999.
std::string format_rfc3339(timestamp t);
// Any RFC 3339 date-time with up to nine decimals (digits past the sixth are cut) and any offset;
// years 1970 to 9999.
std::optional<timestamp> parse_rfc3339(std::string_view text);

// Where the present comes from. now() may be called from any thread.
class wall_clock {
 public:
  virtual ~wall_clock() = default;
  virtual timestamp now() const = 0;
};

class system_wall_clock final : public wall_clock {
 public:
  timestamp now() const override;
};

}  // namespace bursar
