#include "schemas/rating_view.hpp"

namespace bursar::schemas {

std::vector<step_view> steps_of(const domain::rating& price) {
  std::vector<step_view> out;
  for (const auto& x : price.steps) {
    out.push_back({x.rule, domain::text_of(x.units), domain::text_of(x.unit_amount),
                   domain::text_of(x.amount)});
  }
  return out;
}

std::string text_of(const domain::period_share& x) {
  return std::to_string(x.part) + "/" + std::to_string(x.whole);
}

}  // namespace bursar::schemas
