// Prices by the vectors of the field: what each model charges, and where engines differ.
#include "domain/billing/line_item.hpp"
#include "domain/pricing/price.hpp"
#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

decimal d(std::string_view text) {
  return parse_decimal(text).value();
}

usage units(std::string_view text) {
  return {d(text), {}};
}

std::int64_t cost(const charge_model& price, const usage& used) {
  REQUIRE(check(price).has_value());
  auto rated = rate(price, used);
  exact sum = 0;
  for (const auto& step : rated.steps) {
    CHECK(step.amount == step.units * step.unit_amount);
    sum += step.amount;
  }
  CHECK(sum == rated.amount);
  return rounded(rated.amount).value();
}

struct row {
  std::string_view units;
  std::int64_t cost;  // minor units
};
void check_costs(const charge_model& price, std::initializer_list<row> rows) {
  for (const auto& expected : rows) {
    INFO(expected.units);
    CHECK(cost(price, units(expected.units)) == expected.cost);
  }
}

charge_model tiered(pricing_model model) {
  charge_model out;
  out.model = model;
  out.tiers = {{d("100"), d("10"), d("0")}, {d("500"), d("8"), d("500")}, {{}, d("5"), d("1000")}};
  return out;
}

charge_model package(std::string_view free) {
  charge_model out;
  out.model = pricing_model::package;
  out.unit_amount = 500;
  out.unit_size = d("1000");
  out.free_units = d(free);
  return out;
}

charge_model percentage() {
  charge_model out;
  out.model = pricing_model::percentage;
  out.percent = d("1.2");
  out.unit_amount = 10;
  return out;
}

// Blocks that are counted as started, in tiers.
charge_model blocks(pricing_model model, std::string_view size, std::string_view up_to,
                    std::string_view first, std::string_view then) {
  charge_model out;
  out.model = model;
  out.unit_size = d(size);
  out.tiers = {{d(up_to), d(first), d("0")}, {{}, d(then), d("0")}};
  return out;
}

}  // namespace

TEST_CASE("a flat price is the same whatever was used", "[domain][pricing]") {
  charge_model price;
  price.unit_amount = 1000;
  CHECK(cost(price, units("0")) == 1000);
  CHECK(cost(price, units("7")) == 1000);
}

TEST_CASE("a unit price below a cent is rounded after it is multiplied", "[domain][pricing]") {
  charge_model price;
  price.model = pricing_model::per_unit;
  price.unit_amount = d("0.05");
  CHECK(cost(price, units("30")) == 2);
  CHECK(rate(price, units("30")).amount == exact(3, 2));
}

TEST_CASE("graduated: each tier's units at its price, its flat amount once it is reached",
          "[domain][pricing]") {
  auto price = tiered(pricing_model::graduated);
  check_costs(price,
              {{"0", 0}, {"1", 10}, {"100", 1000}, {"101", 1508}, {"500", 4700}, {"750", 6950}});
  CHECK(rate(price, units("100.5")).amount == 1000 + 4 + 500);
}

TEST_CASE("volume: the total's tier prices all units, and the sum may fall", "[domain][pricing]") {
  auto price = tiered(pricing_model::volume);
  check_costs(price, {{"0", 0}, {"100", 1000}, {"101", 1308}, {"500", 4500}, {"501", 3505}});
  CHECK(cost(price, units("100.5")) == 804 + 500);
}

TEST_CASE("packages count as soon as they are started", "[domain][pricing]") {
  auto price = package("0");
  check_costs(price, {{"0", 0}, {"1", 500}, {"1000", 500}, {"1001", 1000}, {"2500", 1500}});
  auto with_free = package("1000");
  check_costs(with_free, {{"1000", 0}, {"1001", 500}, {"2500", 1000}});
}

TEST_CASE("a package begun on one invoice is not begun again on the next", "[domain][pricing]") {
  auto price = package("0");
  auto first = rate_since(price, units("0"), units("1200"));
  auto second = rate_since(price, units("1200"), units("1900"));
  auto third = rate_since(price, units("1900"), units("2100"));
  CHECK(first.amount == 1000);
  CHECK(second.amount == 0);
  CHECK(third.amount == 500);
  CHECK(first.amount + second.amount + third.amount == rate(price, units("2100")).amount);
}

TEST_CASE("tiers may count blocks; the highest tier reached may price them all",
          "[domain][pricing]") {
  using enum pricing_model;
  auto minutes = blocks(graduated, "10", "100", "100", "50");
  auto megabytes = blocks(graduated, "1", "1024", "50", "10");
  CHECK(cost(minutes, units("1500")) == 12500);
  CHECK(cost(megabytes, units("2048")) == 61440);
  CHECK(cost(minutes, units("1500")) + cost(megabytes, units("2048")) == 73940);
  CHECK(cost(blocks(volume, "10", "100", "100", "50"), units("1500"))
          + cost(blocks(volume, "1", "1024", "50", "10"), units("2048"))
        == 27980);
}

TEST_CASE("a percentage, a fixed amount for each, and some of them free", "[domain][pricing]") {
  auto price = percentage();
  price.free_count = 3;
  price.free_amount = 15000;
  CHECK(cost(price, {25000, 5}) == 120 + 20);
  CHECK(cost(price, {10000, 2}) == 0);
  CHECK(cost(price, {decimal{999995, 1}, 4}) == 1020 + 10);
}

TEST_CASE("a percentage with bounds for each amount", "[domain][pricing]") {
  auto price = percentage();
  price.least = 50;
  price.most = 200;
  CHECK(cost(price, {0, 0, {5000}}) == 70);
  CHECK(cost(price, {0, 0, {100000}}) == 200);
  CHECK(cost(price, {0, 0, {1000}}) == 50);
  CHECK(cost(price, {0, 0, {5000, 100000, 1000}}) == 320);
}

TEST_CASE("what a unit costs is known where it does not depend on how many there are",
          "[domain][pricing]") {
  charge_model price;
  price.unit_amount = d("0.125");
  CHECK(unit_price(price) == d("0.125"));
  price.model = pricing_model::per_unit;
  CHECK(unit_price(price) == d("0.125"));
  price.unit_size = d("100");
  CHECK(unit_price(price) == std::nullopt);
  CHECK(unit_price(package("0")) == std::nullopt);
  CHECK(unit_price(tiered(pricing_model::volume)) == std::nullopt);
}

TEST_CASE("included units are a first tier without a price", "[domain][pricing]") {
  charge_model price;
  price.model = pricing_model::graduated;
  price.tiers = {{d("1000"), d("0"), d("0")}, {{}, d("1"), d("0")}};
  CHECK(cost(price, units("1000")) == 0);
  CHECK(cost(price, units("1250")) == 250);
}

namespace {

// As the line of an agreed minimum makes it.
result<std::int64_t> true_up(std::int64_t minimum, std::int64_t part, std::int64_t whole,
                             std::int64_t fees) {
  line_item line;
  auto& basis = line.basis;
  basis.price.unit_amount = minimum;
  basis.units = 1;
  basis.share = {part, whole};
  basis.counted = fees;
  return amount_of(line);
}

std::int64_t over_maximum(std::int64_t maximum, std::int64_t fees) {
  line_basis basis;
  basis.share = {1, 1};
  basis.maximum = maximum;
  return beyond_maximum(basis, fees);
}

}  // namespace

TEST_CASE("a minimum for part of a period is made up for", "[domain][pricing]") {
  CHECK(true_up(100000, 16, 31, 30000).value() == 21613);
  CHECK(true_up(100000, 16, 31, 51613).value() == 0);
  CHECK(true_up(100000, 31, 31, 120000).value() == 0);
}

TEST_CASE("above the commitment everything costs more", "[domain][pricing]") {
  CHECK(with_overage(100000, 130000, d("1.5")) == 145000);
  CHECK(with_overage(100000, 90000, d("1.5")) == 90000);
}

TEST_CASE("a maximum leaves the price and takes off the rest", "[domain][pricing]") {
  CHECK(over_maximum(10000, 13000) == 3000);
  CHECK(over_maximum(10000, 10000) == 0);
}

TEST_CASE("what is held counts by how long it is held", "[domain][pricing]") {
  constexpr std::int64_t day = 86400;
  CHECK(weighted_sum({{0, d("10")}, {10 * day, d("30")}}, 0, 30 * day) == exact(70, 3));
  CHECK(weighted_sum({}, 0, day) == 0);
}

TEST_CASE("dynamic amounts are summed before they are rounded", "[domain][pricing]") {
  charge_model price;
  price.model = pricing_model::dynamic;
  CHECK(cost(price, {0, 0, {d("0.4"), d("0.4"), d("0.4")}}) == 1);
  CHECK(cost(price, {0, 0, {d("0.000000000001"), d("1.499999999999")}}) == 2);
}

TEST_CASE("prices that say nothing or contradict themselves are refused", "[domain][pricing]") {
  auto refused = [](auto change, charge_model price) {
    change(price);
    return !check(price);
  };
  auto graduated = tiered(pricing_model::graduated);
  CHECK(refused([](auto& p) { p.tiers.clear(); }, graduated));
  CHECK(refused([](auto& p) { p.tiers.pop_back(); }, graduated));
  CHECK(refused([](auto& p) { p.tiers[1].up_to = d("100"); }, graduated));
  CHECK(refused([](auto& p) { p.tiers[0].up_to.reset(); }, graduated));
  CHECK(refused([](auto& p) { p.tiers[2].flat_amount = -1; }, graduated));
  CHECK(refused([](auto& p) { p.unit_size = d("0"); }, package("0")));
  CHECK(refused([](auto& p) { p.unit_size.reset(); }, package("0")));
  CHECK(refused([](auto& p) { p.unit_amount = -1; }, package("0")));
  CHECK(refused([](auto& p) { p.least = 2, p.most = 1; }, percentage()));
  CHECK(refused([](auto& p) { p.model = pricing_model::flat; }, graduated));
  CHECK(refused([](auto& p) { p.percent = 0; }, percentage()));
  CHECK(refused([](auto& p) { p.percent = d("1000.1"); }, percentage()));
  CHECK_FALSE(refused([](auto& p) { p.percent = percent_max; }, percentage()));
  CHECK(refused([](auto& p) { p.free_count = -5; }, percentage()));
}

TEST_CASE("what a model does not read is refused by its name", "[domain][pricing]") {
  auto refused_at = [](auto change, charge_model price) {
    change(price);
    auto good = check(price);
    return good ? std::string{} : good.error().fields().front().pointer;
  };
  auto graduated = tiered(pricing_model::graduated);
  charge_model by_unit;
  by_unit.model = pricing_model::per_unit;
  CHECK(refused_at([](auto& p) { p.percent = 3; }, by_unit) == "/percent");
  CHECK(refused_at([](auto& p) { p.free_count = 3; }, by_unit) == "/free_count");
  CHECK(refused_at([](auto& p) { p.most = 3; }, by_unit) == "/most");
  CHECK(refused_at([](auto& p) { p.free_units = 3; }, percentage()) == "/free_units");
  CHECK(refused_at([](auto& p) { p.unit_size = 3; }, percentage()) == "/unit_size");
  CHECK(refused_at([](auto& p) { p.unit_amount = 3; }, graduated) == "/unit_amount");
  CHECK(refused_at([](auto& p) { p.percent = -1; }, percentage()) == "/percent");
}

TEST_CASE("halves are rounded away from zero", "[domain][pricing]") {
  CHECK(rounded(exact(3, 2)).value() == 2);
  CHECK(rounded(exact(-3, 2)).value() == -2);
  CHECK(rounded(exact(149, 100)).value() == 1);
  CHECK(rounded(exact(-149, 100)).value() == -1);
  CHECK(rounded(exact(0)).value() == 0);
  CHECK_FALSE(rounded(exact(amount_max) + 1).has_value());
  CHECK_FALSE(rounded(-exact(amount_max) - 1).has_value());
  CHECK(rounded(exact(amount_max)).value() == amount_max);
}

TEST_CASE("parts add up to the whole, and the largest remainders get the rest",
          "[domain][pricing]") {
  using parts = std::vector<std::int64_t>;
  CHECK(split(100, parts{1, 1, 1}) == parts{34, 33, 33});
  CHECK(split(-100, parts{1, 1, 1}) == parts{-34, -33, -33});
  CHECK(split(10, parts{0, 0}) == parts{10, 0});
  CHECK(split(5, parts{1, 3}) == parts{1, 4});
  CHECK(split(0, parts{2, 3}) == parts{0, 0});
}

TEST_CASE("parts of random sums between random weights add up", "[domain][pricing]") {
  std::uint64_t seed = 0x9e3779b97f4a7c15;
  auto next = [&seed] {
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return seed;
  };
  for (int round = 0; round < 20'000; ++round) {
    auto total = static_cast<std::int64_t>(next()) >> (next() % 64);
    std::vector<std::int64_t> weights(1 + next() % 7);
    for (auto& weight : weights) {
      weight = static_cast<std::int64_t>(next() >> (1 + next() % 63));
    }
    exact sum = 0, whole = 0;
    auto out = split(total, weights);
    for (auto weight : weights) {
      whole += weight;
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
      sum += out[i];
      exact share = whole == 0 ? exact{i == 0 ? total : 0} : exact{total} * weights[i] / whole;
      REQUIRE(abs(share - out[i]) < 1);
    }
    REQUIRE(sum == total);
  }
}

TEST_CASE("decimals are read and written exactly, and nothing else is read", "[base][decimal]") {
  for (const auto* text : {"0", "1", "-1", "0.05", "-0.000000000001", "9223372036854775807",
                           "12345.678", "-9223372036854775808"}) {
    CHECK(format_decimal(d(text)) == text);
  }
  CHECK(format_decimal(d("1.500")) == "1.5");
  CHECK(d("1.0") == decimal{1});
  CHECK(d("-0.0") == decimal{0});
  CHECK(d("0.1") < d("0.11"));
  CHECK(d("-1.5") < d("-1.25"));
  CHECK(d("9223372036854775807") > d("0.000000000001"));
  for (const auto* text : {"", "-", ".", "1.", ".5", "+1", "1e3", " 1", "1 ", "0x1", "1,5",
                           "0.0000000000001", "9223372036854775808", "--1", "1.-5", "١"}) {
    CHECK_FALSE(parse_decimal(text).has_value());
  }
}
