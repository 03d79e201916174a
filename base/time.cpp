#include "base/time.hpp"

#include <cstdint>
#include <string>

#include "base/assert.hpp"

namespace bursar {
namespace {

using namespace std::chrono;

// Reads exactly `digits` decimal digits at `at` and moves on.
std::optional<int> number(std::string_view text, std::size_t& at, std::size_t digits) {
  if (at + digits > text.size()) {
    return std::nullopt;
  }
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    char c = text[at + i];
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  at += digits;
  return value;
}

bool skip(std::string_view text, std::size_t& at, std::string_view any_of) {
  if (at >= text.size() || any_of.find(text[at]) == std::string_view::npos) {
    return false;
  }
  ++at;
  return true;
}

std::optional<microseconds> fraction(std::string_view text, std::size_t& at) {
  if (!skip(text, at, ".")) {
    return microseconds{0};
  }
  std::int64_t value = 0;
  std::size_t digits = 0;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9') {
    if (++digits <= 6) {
      value = value * 10 + (text[at] - '0');
    }
    ++at;
  }
  if (digits == 0 || digits > 9) {
    return std::nullopt;
  }
  for (std::size_t i = digits; i < 6; ++i) {
    value *= 10;
  }
  return microseconds{value};
}

std::optional<minutes> offset(std::string_view text, std::size_t& at) {
  if (skip(text, at, "Zz")) {
    return minutes{0};
  }
  bool negative = at < text.size() && text[at] == '-';
  if (!skip(text, at, "+-")) {
    return std::nullopt;
  }
  auto hour = number(text, at, 2);
  bool colon = skip(text, at, ":");
  auto minute = number(text, at, 2);
  if (!hour || !colon || !minute || *hour > 23 || *minute > 59) {
    return std::nullopt;
  }
  auto value = hours{*hour} + minutes{*minute};
  return negative ? -value : value;
}

}  // namespace

std::string format_rfc3339(timestamp t) {
  BURSAR_ASSERT(t >= timestamp{} && t <= timestamp_max, "a time is outside 1970 to 9999");
  auto day = floor<days>(t);
  year_month_day date{day};
  hh_mm_ss time{t - day};
  std::string out;
  out.reserve(27);
  auto put = [&out](std::int64_t value, std::size_t digits, char after) {
    out.resize(out.size() + digits);
    for (auto at = out.end(); digits > 0; --digits, value /= 10) {
      *--at = static_cast<char>('0' + value % 10);
    }
    out += after;
  };
  put(static_cast<int>(date.year()), 4, '-');
  put(static_cast<unsigned>(date.month()), 2, '-');
  put(static_cast<unsigned>(date.day()), 2, 'T');
  put(time.hours().count(), 2, ':');
  put(time.minutes().count(), 2, ':');
  put(time.seconds().count(), 2, '.');
  put(time.subseconds().count(), 6, 'Z');
  return out;
}

std::optional<timestamp> parse_rfc3339(std::string_view text) {
  std::size_t at = 0;
  auto y = number(text, at, 4);
  bool first = skip(text, at, "-");
  auto m = number(text, at, 2);
  bool second = skip(text, at, "-");
  auto d = number(text, at, 2);
  bool separator = skip(text, at, "Tt ");
  auto hour = number(text, at, 2);
  bool third = skip(text, at, ":");
  auto minute = number(text, at, 2);
  bool fourth = skip(text, at, ":");
  auto sec = number(text, at, 2);
  if (!y || !m || !d || !hour || !minute || !sec || !first || !second || !separator || !third
      || !fourth) {
    return std::nullopt;
  }
  auto micros = fraction(text, at);
  auto zone = offset(text, at);
  year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  if (!micros || !zone || at != text.size() || !date.ok() || *y < 1970 || *hour > 23 || *minute > 59
      || *sec > 59) {
    return std::nullopt;
  }
  timestamp out{sys_days{date} + hours{*hour} + minutes{*minute} + seconds{*sec} + *micros - *zone};
  return out >= timestamp{} && out <= timestamp_max ? std::optional{out} : std::nullopt;
}

timestamp system_wall_clock::now() const {
  return floor<microseconds>(system_clock::now());
}

}  // namespace bursar
