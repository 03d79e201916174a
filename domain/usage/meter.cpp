#include "domain/usage/meter.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace bursar::domain {
namespace {

constexpr std::size_t filters_max = 16, values_max = 64;
constexpr std::size_t stripe_event_name_max = 100;  // docs.stripe.com/api/billing/meter/create

bool is_text(const std::string& x) {
  return !x.empty() && x.size() <= limits::text_bytes_max;
}

}  // namespace

result<void> check(const meter& meter) {
  auto wrong = [](const char* pointer, const char* what) {
    return error{errc::invalid_parameter, "the meter is not valid", {{pointer, what}}};
  };
  if (meter.aggregation == meter_aggregation::unique && !meter.property) {
    return wrong("/property", "is required: whose different values are counted");
  }
  if (meter.aggregation == meter_aggregation::count && meter.property) {
    return wrong("/property", "must be absent: events are counted");
  }
  if (meter.property && !is_text(*meter.property)) {
    return wrong("/property", "must be 1 to 512 bytes");
  }
  using enum meter_aggregation;
  bool like_stripes
    = meter.aggregation == sum || meter.aggregation == count || meter.aggregation == latest;
  if (meter.stripe_event_name && !like_stripes) {
    return wrong("/stripe_event_name", "is of meters that sum, count or take the latest");
  }
  const auto name = meter.stripe_event_name.value_or("name");
  if (name.empty() || name.size() > stripe_event_name_max) {
    return wrong("/stripe_event_name", "must be 1 to 100 bytes");
  }
  bool good = meter.filters.size() <= filters_max
              && std::all_of(meter.filters.begin(), meter.filters.end(), [](const auto& filter) {
                   const auto& [property, values] = filter;
                   return is_text(property) && !values.empty() && values.size() <= values_max;
                 });
  return good ? result<void>{}
              : wrong("/filters", "must be up to 16 properties, each with 1 to 64 values");
}

std::map<std::string, meter> default_meters() {
  using enum meter_aggregation;
  std::map<std::string, meter> out;
  auto add = [&](std::string id, std::string name, meter_aggregation how,
                 std::optional<std::string> property = {}) {
    meter made;
    made.id = id;
    made.name = std::move(name);
    made.aggregation = how;
    made.property = std::move(property);
    out[std::move(id)] = std::move(made);
  };
  add("api_calls", "API calls", sum);
  add("storage", "Storage", latest);
  add("active_users", "Active users", unique, "user_id");
  add("messages", "Messages", sum);
  add("agents", "Agents", max);
  return out;
}

}  // namespace bursar::domain
