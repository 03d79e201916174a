// Billing periods: where they begin and end, by the local calendar of whoever is billed. A pure
// function of anchor and cadence, counted from the anchor each time, so that nothing drifts: the
// 31st bills on 28 February and on 31 March. What was billed is recorded with its instants; a new
// edition of the time zone rules changes the future only.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <boost/describe.hpp>

#include "base/error.hpp"
#include "base/time.hpp"
#include "domain/catalog.hpp"

namespace bursar::domain {

// A moment of the local calendar from which periods are counted. `day` may be one that the month
// does not have: then its last day stands for it, as in any other month that is too short.
struct billing_anchor {
  std::int64_t year = 1970, month = 1, day = 1;
  std::int64_t second_of_day = 0;
  std::string time_zone = "UTC";  // of the IANA time zone database
  friend bool operator==(const billing_anchor&, const billing_anchor&) = default;
};
BOOST_DESCRIBE_STRUCT(billing_anchor, (), (year, month, day, second_of_day, time_zone))

struct billing_cadence {
  billing_interval interval = billing_interval::month;
  std::int64_t count = 1;  // a quarter is 3 months
  friend bool operator==(const billing_cadence&, const billing_cadence&) = default;
};
BOOST_DESCRIBE_STRUCT(billing_cadence, (), (interval, count))

// [start, end); empty where a zone skipped the whole of it.
struct billing_period {
  timestamp start{}, end{};
  friend bool operator==(const billing_period&, const billing_period&) = default;
};
BOOST_DESCRIBE_STRUCT(billing_period, (), (start, end))

bool is_time_zone(const std::string& name);

// The anchor that an instant is in its zone, to the second. The zone must be one.
billing_anchor anchor_at(timestamp t, const std::string& time_zone);

// Where the period of this number begins; 0 begins at the anchor. A local time that daylight saving
// skips is the moment after the gap, one that it repeats is the first of the two.
timestamp boundary(const billing_anchor& anchor, const billing_cadence& cadence,
                   std::int64_t number);

// The number of the period that holds t, and the period itself.
std::int64_t period_number(const billing_anchor& anchor, const billing_cadence& cadence,
                           timestamp t);
billing_period period_at(const billing_anchor& anchor, const billing_cadence& cadence, timestamp t);

// Local days of [start, end), a day that has begun counting as a whole one: from the day of
// `start` to the day before that of `end`, or to that of `end` where it does not begin the day.
std::int64_t local_days(const billing_period& of, const std::string& time_zone);
// The same as if every month had 30 days (30E/360): the 31st counts nothing, the last of February
// what is missing.
std::int64_t local_days_of_30(const billing_period& of, const std::string& time_zone);

}  // namespace bursar::domain
