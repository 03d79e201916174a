// Prints where billing periods begin. Each line of the input is a series:
//   ZONE INTERVAL COUNT YEAR MONTH DAY SECOND_OF_DAY UNTIL
// and becomes a line of unix seconds, from the anchor to the first that is not before UNTIL.
#include <iostream>
#include <string>

#include "domain/pricing/calendar.hpp"

using namespace bursar;
using namespace bursar::domain;

int main() {
  std::ios::sync_with_stdio(false);
  billing_anchor anchor;
  billing_cadence cadence;
  std::string interval;
  std::int64_t until = 0;
  while (std::cin >> anchor.time_zone >> interval >> cadence.count >> anchor.year >> anchor.month
         >> anchor.day >> anchor.second_of_day >> until) {
    if (!is_time_zone(anchor.time_zone)
        || !boost::describe::enum_from_string(interval.c_str(), cadence.interval)) {
      return 1;
    }
    for (std::int64_t number = 0;; ++number) {
      auto start = unix_seconds(boundary(anchor, cadence, number));
      std::cout << start << ' ';
      if (start >= until) {
        break;
      }
    }
    std::cout << '\n';
  }
}
