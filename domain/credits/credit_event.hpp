// What callers do that costs credits: consumption by name, instead of by amount.
#pragma once

#include <map>
#include <optional>
#include <string>

#include <boost/describe.hpp>

#include "base/error.hpp"

namespace bursar::domain {

struct credit_event {
  std::string id, name;   // the id is the event_name of those who consume
  std::int64_t cost = 0;  // credits of one
  std::optional<std::string> category;
  bool active = true;
  friend bool operator==(const credit_event&, const credit_event&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_event, (), (id, name, cost, category, active))

// invalid_parameter with pointers.
result<void> check(const credit_event& x);

// Those there are before anybody said anything: api_call_basic, api_call_premium, storage_gb_month,
// ai_inference.
std::map<std::string, credit_event> default_credit_events();

}  // namespace bursar::domain
