#include "domain/credits/credit_event.hpp"

namespace bursar::domain {

result<void> check(const credit_event& x) {
  constexpr std::int64_t cost_max = 1'000'000'000;
  constexpr std::size_t category_bytes_max = 64;
  if (x.cost < 1 || x.cost > cost_max) {
    return error{errc::invalid_parameter,
                 "the credit event is not valid",
                 {{"/cost", "must be 1 to 1000000000"}}};
  }
  if (x.category && (x.category->empty() || x.category->size() > category_bytes_max)) {
    return error{errc::invalid_parameter,
                 "the credit event is not valid",
                 {{"/category", "must be 1 to 64 bytes"}}};
  }
  return {};
}

std::map<std::string, credit_event> default_credit_events() {
  std::map<std::string, credit_event> out;
  auto add = [&](const char* id, const char* name, std::int64_t cost, const char* category) {
    out[id] = {id, name, cost, category, true};
  };
  add("api_call_basic", "Basic API call", 1, "api_call");
  add("api_call_premium", "Premium API call", 5, "api_call");
  add("storage_gb_month", "Storage per GB and month", 10, "storage");
  add("ai_inference", "AI model inference", 25, "ai");
  return out;
}

}  // namespace bursar::domain
