// How a price came about, as invoices and explanations show it.
#pragma once

#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "domain/pricing/price.hpp"
#include "domain/pricing/proration.hpp"

namespace bursar::schemas {

struct step_view {  // exact: "31/2" is fifteen and a half
  std::string rule, units, unit_amount, amount;
};
BOOST_DESCRIBE_STRUCT(step_view, (), (rule, units, unit_amount, amount))

std::vector<step_view> steps_of(const domain::rating& price);
std::string text_of(const domain::period_share& x);  // "16/31"

}  // namespace bursar::schemas
