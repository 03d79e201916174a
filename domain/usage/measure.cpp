#include "domain/usage/measure.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "domain/overloaded.hpp"

namespace bursar::domain {
namespace {

constexpr std::size_t usage_id_bytes_max = 255;

result<decimal> number_of(const scalar& x, const std::string& pointer) {
  auto parsed = parse_decimal(text_of(x));
  return parsed ? parsed : unusable(pointer, "must be a number, as the meter counts it");
}

result<void> check_shape(const usage_event& x) {
  auto is_good = [](const std::string& text, std::size_t most) {
    return !text.empty() && text.size() <= most;
  };
  if (!is_good(x.id, usage_id_bytes_max)) {
    return unusable("/id", "must be 1 to 255 bytes", errc::invalid_parameter);
  }
  if (x.properties.size() > usage_properties_max) {
    return unusable("/properties", "must be 50 at most", errc::invalid_parameter);
  }
  for (const auto& [name, value] : x.properties) {
    if (!is_good(name, limits::text_bytes_max) || text_of(value).size() > limits::text_bytes_max) {
      return unusable("/properties/" + name, "must be up to 512 bytes, as its name",
                      errc::invalid_parameter);
    }
  }
  return {};
}

result<void> check_time(timestamp at, timestamp now, std::chrono::days behind_max) {
  if (at > now + usage_ahead_max) {
    return unusable("/timestamp", "must not be more than 5 minutes ahead");
  }
  if (at < now - behind_max) {
    return unusable("/timestamp",
                    "must not be more than " + std::to_string(behind_max.count()) + " days ago");
  }
  return {};
}

result<void> check_value(const decimal& x, meter_aggregation how, const std::string& pointer) {
  if (!is_quantity(x)) {
    return unusable(pointer, "must have at most six decimals, and be 10^12 at most");
  }
  using enum meter_aggregation;
  bool level = how == latest || how == max;  // which may be nothing
  if (how != weighted_sum && (x < decimal{0} || (!level && x == decimal{0}))) {
    return unusable(pointer, level ? "must not be negative" : "must be more than zero");
  }
  return {};
}

bool passes(const usage_event& x, const meter& by) {
  return std::all_of(by.filters.begin(), by.filters.end(), [&](const auto& filter) {
    const auto& [name, values] = filter;
    auto has = x.properties.find(name);
    return has != x.properties.end()
           && std::find(values.begin(), values.end(), text_of(has->second)) != values.end();
  });
}

// What counts of an event, as its meter has it.
result<void> measure(const usage_event& x, const meter& by, recorded_usage& into) {
  if (auto good = check_value(x.quantity, by.aggregation, "/quantity"); !good) {
    return good;
  }
  if (!passes(x, by)) {
    into.filtered = true;
    return {};
  }
  if (!by.property) {
    return {};
  }
  auto pointer = "/properties/" + *by.property;
  auto has = x.properties.find(*by.property);
  if (has == x.properties.end()) {
    return unusable(pointer, "is required: the meter counts it");
  }
  if (by.aggregation == meter_aggregation::unique) {
    into.distinct = text_of(has->second);
    return {};
  }
  auto number = number_of(has->second, pointer);
  if (!number) {
    return number.error();
  }
  into.value = *number;
  return check_value(*number, by.aggregation, pointer);
}

}  // namespace

std::string text_of(const scalar& x) {
  return std::visit(overloaded{[](bool flag) { return std::string{flag ? "true" : "false"}; },
                               [](std::int64_t number) { return std::to_string(number); },
                               [](const std::string& text) { return text; }},
                    x);
}

error unusable(std::string pointer, std::string why, errc code) {
  auto text = pointer.substr(1) + " " + why;
  return {code, std::move(text), {{std::move(pointer), std::move(why)}}};
}

error within(const std::string& place, const error& why) {
  auto fields = why.fields();
  for (auto& x : fields) {
    x.pointer.insert(0, place);
  }
  error out{why.code(), why.detail(), std::move(fields)};
  for (const auto& [name, figure] : why.figures()) {
    out = std::move(out).with(name, figure);
  }
  return out;
}

result<recorded_usage> measured(const usage_event& x, const std::map<std::string, meter>& meters,
                                timestamp now, std::chrono::days behind_max) {
  if (auto good = check_shape(x); !good) {
    return good.error();
  }
  auto found = meters.find(x.metric);
  if (found == meters.end() || !found->second.active) {
    return unusable("/metric", found == meters.end() ? "has no meter" : "has no active meter");
  }
  recorded_usage out;
  out.id = x.id;
  out.metric = x.metric;
  out.quantity = x.quantity;
  out.at = x.at.value_or(now);
  if (auto good = check_time(out.at, now, behind_max); !good) {
    return good.error();
  }
  if (auto good = measure(x, found->second, out); !good) {
    return good.error();
  }
  if (!x.properties.empty()) {
    out.properties = x.properties;
  }
  return out;
}

}  // namespace bursar::domain
