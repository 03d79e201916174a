#include "domain/pricing/calendar.hpp"

#include <algorithm>
#include <stdexcept>

#include <date/tz.h>

#include "base/assert.hpp"

namespace bursar::domain {
namespace {

using std::chrono::days;
using std::chrono::seconds;

const date::time_zone* zone_of(const std::string& name) {
  try {
    return date::locate_zone(name);
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

const date::time_zone& must_be_zone(const std::string& name) {
  const auto* zone = zone_of(name);
  BURSAR_ASSERT(zone != nullptr, "a time zone nobody knows");
  return *zone;
}

date::local_days day_in_month(std::int64_t year, std::int64_t month, std::int64_t day) {
  date::year_month_day_last last{date::year{static_cast<int>(year)},
                                 date::month_day_last{date::month{static_cast<unsigned>(month)}}};
  auto most = static_cast<std::int64_t>(static_cast<unsigned>(last.day()));
  auto wanted = static_cast<unsigned>(std::min(day, most));
  return date::local_days{date::year_month_day{last.year(), last.month(), date::day{wanted}}};
}

date::local_days local_day(const billing_anchor& from, const billing_cadence& cadence,
                           std::int64_t number) {
  auto steps = number * cadence.count;
  if (cadence.interval == billing_interval::day || cadence.interval == billing_interval::week) {
    auto length = cadence.interval == billing_interval::week ? 7 : 1;
    return day_in_month(from.year, from.month, from.day) + days{steps * length};
  }
  auto months = from.year * 12 + from.month - 1;
  months += cadence.interval == billing_interval::year ? steps * 12 : steps;
  return day_in_month(months / 12, months % 12 + 1, from.day);
}

struct day_range {
  date::local_days first, after;
};

day_range begun_days(const billing_period& of, const std::string& time_zone) {
  BURSAR_ASSERT(of.start <= of.end, "a period that ends before it begins");
  const auto& zone = must_be_zone(time_zone);
  return {date::floor<days>(zone.to_local(of.start)), date::ceil<days>(zone.to_local(of.end))};
}

// 30E/360: its number in a calendar where the 31st is the 30th, and every month has 30 days.
std::int64_t day_of_30(date::local_days day) {
  date::year_month_day x{day};
  auto of_month = static_cast<unsigned>(x.day());
  return static_cast<int>(x.year()) * 360LL + static_cast<unsigned>(x.month()) * 30LL
         + std::min(of_month, 30U);
}

// About how long a period is: to begin looking with.
seconds about(const billing_cadence& cadence) {
  constexpr seconds day{86'400};
  constexpr seconds month{2'629'746};  // of the Gregorian calendar, on average
  switch (cadence.interval) {
    case billing_interval::day: return day * cadence.count;
    case billing_interval::week: return day * 7 * cadence.count;
    case billing_interval::month: return month * cadence.count;
    case billing_interval::year: break;
  }
  return month * 12 * cadence.count;
}

}  // namespace

bool is_time_zone(const std::string& name) {
  return zone_of(name) != nullptr;
}

billing_anchor anchor_at(timestamp t, const std::string& time_zone) {
  auto local = must_be_zone(time_zone).to_local(std::chrono::floor<seconds>(t));
  auto day = date::floor<days>(local);
  date::year_month_day date{day};
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()), (local - day).count(), time_zone};
}

timestamp boundary(const billing_anchor& anchor, const billing_cadence& cadence,
                   std::int64_t number) {
  BURSAR_ASSERT(cadence.count > 0, "a cadence that does not move");
  auto local = local_day(anchor, cadence, number) + seconds{anchor.second_of_day};
  return must_be_zone(anchor.time_zone).to_sys(local, date::choose::earliest);
}

std::int64_t period_number(const billing_anchor& anchor, const billing_cadence& cadence,
                           timestamp t) {
  auto since = t - boundary(anchor, cadence, 0);
  auto number = static_cast<std::int64_t>(since / about(cadence));
  while (boundary(anchor, cadence, number) > t) {
    --number;
  }
  while (boundary(anchor, cadence, number + 1) <= t) {
    ++number;
  }
  return number;
}

billing_period period_at(const billing_anchor& anchor, const billing_cadence& cadence,
                         timestamp t) {
  auto number = period_number(anchor, cadence, t);
  return {boundary(anchor, cadence, number), boundary(anchor, cadence, number + 1)};
}

std::int64_t local_days(const billing_period& of, const std::string& time_zone) {
  auto in = begun_days(of, time_zone);
  return (in.after - in.first).count();
}

std::int64_t local_days_of_30(const billing_period& of, const std::string& time_zone) {
  auto in = begun_days(of, time_zone);
  return day_of_30(in.after) - day_of_30(in.first);
}

}  // namespace bursar::domain
