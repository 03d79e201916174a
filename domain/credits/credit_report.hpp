// What became of the credits of all organizations, by month of UTC and by kind, from their events
// in the order in which each recorded them (product.md §4). Pure.
#pragma once

#include <cstdint>
#include <map>

#include "domain/bookings.hpp"
#include "domain/credits/credit_account.hpp"

namespace bursar::domain {

struct credits_month {
  std::int64_t granted = 0;   // anew: what came from another organization is transferred_in
  std::int64_t consumed = 0;  // what is held is not, until it is confirmed
  std::int64_t given_back = 0, expired = 0, reversed = 0;
  std::int64_t transferred_in = 0, transferred_out = 0;  // the latter less what was returned
  // At the month's end: what may be used, or is held, of all that there ever was.
  std::int64_t outstanding = 0;
};
using credits_report = std::map<year_month, std::map<credit_kind, credits_month>>;

class credits_report_builder {
 public:
  // Each event of each organization, with its account before it.
  void see(const credit_account& before, const credit_account_event& happened, timestamp at);
  // No month is left out between the first and `until`, nor a kind that something is left of.
  credits_report finish(year_month until) &&;

 private:
  credits_report out_;
};

}  // namespace bursar::domain
