#include "domain/pricing/price.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/assert.hpp"

namespace bursar::domain {
namespace {

using boost::multiprecision::cpp_int;

void add(rating& to, std::string rule, const exact& units, const exact& unit_amount) {
  exact amount = units * unit_amount;
  to.amount += amount;
  to.steps.push_back({std::move(rule), units, unit_amount, std::move(amount)});
}

// Units as a price counts them: in started blocks, where it says of how many.
exact counted(const charge_model& price, const exact& units) {
  return price.unit_size ? exact{ceiling(units / exact_of(*price.unit_size))} : units;
}

std::string tier_name(std::size_t index) {
  return "tier " + std::to_string(index + 1);
}

void add_tier(rating& to, const price_tier& tier, std::size_t index, const exact& units) {
  add(to, tier_name(index), units, exact_of(tier.unit_amount));
  if (tier.flat_amount != 0) {
    add(to, tier_name(index) + " flat", 1, exact_of(tier.flat_amount));
  }
}

rating rate_graduated(const charge_model& price, const exact& units) {
  rating out;
  exact below = 0;
  for (std::size_t i = 0; i < price.tiers.size() && units > below; ++i) {
    const auto& tier = price.tiers[i];
    exact until = tier.up_to ? std::min(units, exact_of(*tier.up_to)) : units;
    add_tier(out, tier, i, until - below);
    below = until;
  }
  return out;
}

rating rate_volume(const charge_model& price, const exact& units) {
  rating out;
  if (units == 0) {
    return out;
  }
  auto found = std::find_if(price.tiers.begin(), price.tiers.end(), [&](const price_tier& tier) {
    return !tier.up_to || units <= exact_of(*tier.up_to);
  });
  BURSAR_ASSERT(found != price.tiers.end(), "tiers without an end");
  add_tier(out, *found, static_cast<std::size_t>(found - price.tiers.begin()), units);
  return out;
}

// Each amount by itself, because its bounds are its own.
rating rate_bounded(const charge_model& price, const std::vector<decimal>& amounts) {
  rating out;
  std::int64_t number = 0;
  for (const auto& amount : amounts) {
    exact one = exact_of(amount) * exact_of(price.percent) / 100 + exact_of(price.unit_amount);
    one = price.least ? std::max(one, exact_of(*price.least)) : one;
    one = price.most ? std::min(one, exact_of(*price.most)) : one;
    add(out, "amount " + std::to_string(++number), 1, one);
  }
  return out;
}

rating rate_percentage(const charge_model& price, const usage& used) {
  if (needs_each_amount(price)) {
    return rate_bounded(price, used.amounts);
  }
  rating out;
  exact charged = std::max(exact{exact_of(used.units) - exact_of(price.free_amount)}, exact{0});
  add(out, "percentage", charged, exact_of(price.percent) / 100);
  if (price.unit_amount != 0) {
    auto count = std::max<std::int64_t>(used.count - price.free_count, 0);
    add(out, "fixed", count, exact_of(price.unit_amount));
  }
  return out;
}

error wrong(std::string pointer, std::string what) {
  return {
    errc::invalid_parameter, "the price is not valid", {{std::move(pointer), std::move(what)}}};
}

bool is_amount(const decimal& x) {
  return x >= 0 && x <= amount_max;
}

result<void> check_tiers(const charge_model& price) {
  if (price.tiers.empty()) {
    return wrong("/tiers", "must have one tier at least");
  }
  decimal below = 0;
  for (std::size_t i = 0; i < price.tiers.size(); ++i) {
    const auto& tier = price.tiers[i];
    auto pointer = "/tiers/" + std::to_string(i);
    if (!is_amount(tier.unit_amount) || !is_amount(tier.flat_amount)) {
      return wrong(pointer, "must not be negative, nor beyond what an amount can be");
    }
    if (bool last = i + 1 == price.tiers.size(); last != !tier.up_to.has_value()) {
      return wrong(pointer + "/up_to", last ? "must be absent: the last tier has no end"
                                            : "must be there: only the last tier has no end");
    }
    if (tier.up_to && *tier.up_to <= below) {
      return wrong(pointer + "/up_to", "must be above the tier before it");
    }
    below = tier.up_to.value_or(below);
  }
  return {};
}

// What the model does not read would be promised and never kept.
result<void> check_members(const charge_model& price) {
  using enum pricing_model;
  struct member {
    const char* name;
    bool is_said, is_good;
    std::set<pricing_model> of;
  };
  auto bound = [](const std::optional<decimal>& x) { return !x || *x >= 0; };
  const std::array members{
    member{"/unit_amount", price.unit_amount != 0, true, {flat, per_unit, package, percentage}},
    member{"/tiers", !price.tiers.empty(), true, {graduated, volume}},
    member{"/unit_size", price.unit_size.has_value(), true, {per_unit, graduated, volume, package}},
    member{"/free_units", price.free_units != 0, price.free_units >= 0, {package}},
    member{"/percent", price.percent != 0, price.percent >= 0, {percentage}},
    member{"/free_count", price.free_count != 0, price.free_count >= 0, {percentage}},
    member{"/free_amount", price.free_amount != 0, price.free_amount >= 0, {percentage}},
    member{"/least", price.least.has_value(), bound(price.least), {percentage}},
    member{"/most", price.most.has_value(), bound(price.most), {percentage}}};
  for (const auto& x : members) {
    if (x.is_said && !x.of.contains(price.model)) {
      return wrong(x.name, std::string{"does not belong to a price that is "}
                             + boost::describe::enum_to_string(price.model, "?"));
    }
    if (!x.is_good) {
      return wrong(x.name, "must not be negative");
    }
  }
  return {};
}

}  // namespace

bool is_by_event(const charge_model& price) {
  return price.model == pricing_model::percentage && price.unit_amount != 0;
}

bool needs_each_amount(const charge_model& price) {
  bool bounded = price.least || price.most;
  return price.model == pricing_model::dynamic
         || (price.model == pricing_model::percentage && bounded);
}

result<void> check(const charge_model& price) {
  using enum pricing_model;
  bool tiered = price.model == graduated || price.model == volume;
  if (auto good = check_members(price); !good) {
    return good;
  }
  if (!is_amount(price.unit_amount)) {
    return wrong("/unit_amount", "must not be negative, nor beyond what an amount can be");
  }
  if (price.model == percentage && (price.percent <= 0 || price.percent > percent_max)) {
    return wrong("/percent", "must be above zero, and 1000 at most");
  }
  if (price.unit_size && *price.unit_size <= 0) {
    return wrong("/unit_size", "must be above zero");
  }
  if (price.model == pricing_model::package && !price.unit_size) {
    return wrong("/unit_size", "must say how many units a package has");
  }
  if (price.least && price.most && *price.least > *price.most) {
    return wrong("/least", "must not be above most");
  }
  return tiered ? check_tiers(price) : result<void>{};
}

rating rate(const charge_model& price, const usage& used) {
  BURSAR_ASSERT(used.units >= 0, "negative units");
  exact units = exact_of(used.units);
  rating out;
  switch (price.model) {
    case pricing_model::flat: add(out, "flat", 1, exact_of(price.unit_amount)); break;
    case pricing_model::per_unit:
      add(out, "units", counted(price, units), exact_of(price.unit_amount));
      break;
    case pricing_model::graduated: return rate_graduated(price, counted(price, units));
    case pricing_model::volume: return rate_volume(price, counted(price, units));
    case pricing_model::package: {
      exact charged = std::max(exact{units - exact_of(price.free_units)}, exact{0});
      add(out, "packages", counted(price, charged), exact_of(price.unit_amount));
      break;
    }
    case pricing_model::percentage: return rate_percentage(price, used);
    case pricing_model::dynamic:
      for (const auto& amount : used.amounts) {
        out.amount += exact_of(amount);
      }
      out.steps.push_back({"amounts", 1, out.amount, out.amount});
      break;
  }
  return out;
}

std::optional<decimal> unit_price(const charge_model& price) {
  bool by_unit = price.model == pricing_model::per_unit && !price.unit_size;
  return by_unit || price.model == pricing_model::flat ? std::optional{price.unit_amount}
                                                       : std::nullopt;
}

rating rate_since(const charge_model& price, const usage& billed, const usage& to_date) {
  auto out = rate(price, to_date);
  for (auto& step : rate(price, billed).steps) {
    out.amount -= step.amount;
    out.steps.push_back({"billed: " + step.rule, step.units, -step.unit_amount, -step.amount});
  }
  return out;
}

exact with_overage(std::int64_t commitment, std::int64_t fees, const decimal& factor) {
  exact over = std::max<std::int64_t>(fees - commitment, 0);
  return exact{std::min(commitment, fees)} + over * exact_of(factor);
}

exact weighted_sum(const std::vector<held_value>& values, std::int64_t start, std::int64_t end) {
  BURSAR_ASSERT(start < end, "a period without length");
  exact out = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto until = i + 1 < values.size() ? values[i + 1].at : end;
    BURSAR_ASSERT(start <= values[i].at && values[i].at <= until && until <= end,
                  "values out of order, or of another period");
    out += exact_of(values[i].value) * (until - values[i].at);
  }
  return out / (end - start);
}

}  // namespace bursar::domain
