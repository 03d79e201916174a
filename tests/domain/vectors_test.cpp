// The worked vectors of the field, each in dollars, yen and dinars: prices are written in whole
// units of the currency, expected amounts in its minor units (10^-2, 1, 10^-3).
#include <array>

#include "domain/billing/invoice.hpp"
#include "domain/pricing/price.hpp"
#include "domain/pricing/proration.hpp"
#include "domain/usage/total.hpp"
#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

struct money {
  const char* currency;
  std::int64_t exponent;

  // Of "0.10", in minor units: exact, and below one of them where the currency has no such coin.
  decimal minor(std::string_view text) const {
    auto out = parse_decimal(text).value();
    for (std::int64_t i = 0; i < exponent; ++i) {
      out = out.scale > 0 ? decimal{out.coefficient, out.scale - 1}
                          : decimal{out.coefficient * 10, 0};
    }
    return out;
  }
  std::int64_t whole(std::string_view text) const { return rounded(exact_of(minor(text))).value(); }
};
constexpr std::array all{money{"usd", 2}, money{"jpy", 0}, money{"bhd", 3}};

struct expected {
  std::string_view units;
  std::array<std::int64_t, 3> cost;  // usd, jpy, bhd
};

template <class Make>
void check_vectors(Make make, std::initializer_list<expected> rows) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(all[i].currency);
    charge_model price = make(all[i]);
    REQUIRE(check(price).has_value());
    for (const auto& row : rows) {
      CAPTURE(row.units);
      auto rated = rate(price, {parse_decimal(row.units).value(), {}});
      CHECK(rounded(rated.amount).value() == row.cost[i]);
    }
  }
}

charge_model priced(pricing_model model, const decimal& unit_amount) {
  charge_model out;
  out.model = model;
  out.unit_amount = unit_amount;
  return out;
}

charge_model table(pricing_model model, const money& in) {
  charge_model out;
  out.model = model;
  out.tiers = {{decimal{100}, in.minor("0.10"), 0},
               {decimal{500}, in.minor("0.08"), in.minor("5.00")},
               {{}, in.minor("0.05"), in.minor("10.00")}};
  return out;
}

charge_model package(const money& in, std::int64_t free) {
  auto out = priced(pricing_model::package, in.minor("5"));
  out.unit_size = decimal{1000};
  out.free_units = free;
  return out;
}

charge_model blocks(pricing_model model, std::int64_t size, std::int64_t up_to,
                    const decimal& first, const decimal& then) {
  charge_model out;
  out.model = model;
  out.unit_size = decimal{size};
  out.tiers = {{decimal{up_to}, first, 0}, {{}, then, 0}};
  return out;
}

std::int64_t of_amounts(const charge_model& price, const money& in,
                        std::initializer_list<std::string_view> amounts) {
  REQUIRE(check(price).has_value());
  usage used;
  total sum;
  for (auto amount : amounts) {
    used.amounts.push_back(in.minor(amount));
    sum = sum + total_of(used.amounts.back());
    ++used.count;
  }
  used.units = decimal_of(sum);
  return rounded(rate(price, used).amount).value();
}

std::vector<line_item> lines_of(std::initializer_list<std::int64_t> amounts) {
  std::vector<line_item> out;
  for (auto amount : amounts) {
    line_item line;
    line.kind = line_kind::recurring;
    line.basis.price.unit_amount = amount;
    line.basis.units = 1;
    out.push_back(line);
  }
  return out;
}

const billing_period january{parse_rfc3339("2026-01-01T00:00:00Z").value(),
                             parse_rfc3339("2026-02-01T00:00:00Z").value()};
const timestamp upgrade = parse_rfc3339("2026-01-16T12:00:00Z").value();

// 10.00 a month becomes 20.00 in the middle of it: what is given back, and what is charged.
std::array<std::int64_t, 2> changed(const money& in, proration_basis by) {
  auto share = share_of({upgrade, january.end}, january, by, "UTC");
  auto before = in.whole("10.00");
  return {credit_of(before, before, share).value(),
          rounded(prorated(in.whole("20.00"), share)).value()};
}

}  // namespace

TEST_CASE("vector: flat, in three currencies", "[domain][vectors]") {
  check_vectors([](const money& in) { return priced(pricing_model::flat, in.minor("10.00")); },
                {{"0", {1000, 10, 10000}}, {"7", {1000, 10, 10000}}});
}

TEST_CASE("vector: per unit below the smallest coin, in three currencies", "[domain][vectors]") {
  check_vectors([](const money& in) { return priced(pricing_model::per_unit, in.minor("0.0005")); },
                {{"30", {2, 0, 15}}, {"1000", {50, 1, 500}}});
}

TEST_CASE("vector: graduated, in three currencies", "[domain][vectors]") {
  check_vectors([](const money& in) { return table(pricing_model::graduated, in); },
                {{"0", {0, 0, 0}},
                 {"1", {10, 0, 100}},
                 {"100", {1000, 10, 10000}},
                 {"101", {1508, 15, 15080}},
                 {"500", {4700, 47, 47000}},
                 {"750", {6950, 70, 69500}}});
}

TEST_CASE("vector: volume, in three currencies", "[domain][vectors]") {
  check_vectors([](const money& in) { return table(pricing_model::volume, in); },
                {{"100", {1000, 10, 10000}},
                 {"101", {1308, 13, 13080}},
                 {"500", {4500, 45, 45000}},
                 {"501", {3505, 35, 35050}}});
}

TEST_CASE("vector: packages, in three currencies", "[domain][vectors]") {
  check_vectors([](const money& in) { return package(in, 0); }, {{"0", {0, 0, 0}},
                                                                 {"1", {500, 5, 5000}},
                                                                 {"1000", {500, 5, 5000}},
                                                                 {"1001", {1000, 10, 10000}},
                                                                 {"2500", {1500, 15, 15000}}});
  check_vectors([](const money& in) { return package(in, 1000); },
                {{"1001", {500, 5, 5000}}, {"2500", {1000, 10, 10000}}});
}

TEST_CASE("vector: blocks in tiers and by the highest tier, in three currencies",
          "[domain][vectors]") {
  using enum pricing_model;
  auto minutes = [](pricing_model model) {
    return
      [model](const money& in) { return blocks(model, 10, 100, in.minor("1"), in.minor("0.5")); };
  };
  auto megabytes = [](pricing_model model) {
    return
      [model](const money& in) { return blocks(model, 1, 1024, in.minor("0.5"), in.minor("0.1")); };
  };
  check_vectors(minutes(graduated), {{"1500", {12500, 125, 125000}}});
  check_vectors(megabytes(graduated), {{"2048", {61440, 614, 614400}}});  // together 739.4
  check_vectors(minutes(volume), {{"1500", {7500, 75, 75000}}});
  check_vectors(megabytes(volume), {{"2048", {20480, 205, 204800}}});  // together 279.8
}

TEST_CASE("vector: capacity, the peak's tier has one price, in three currencies",
          "[domain][vectors]") {
  // Kill Bill's CAPACITY of one unit: tiers of which the one reached is paid for, whatever its use,
  // over a meter that keeps the largest value. A price counts one meter.
  check_vectors(
    [](const money& in) {
      charge_model out;
      out.model = pricing_model::volume;
      out.tiers = {{decimal{10}, 0, in.minor("25.00")},
                   {decimal{50}, 0, in.minor("100.00")},
                   {{}, 0, in.minor("200.00")}};
      return out;
    },
    {{"7", {2500, 25, 25000}},
     {"10", {2500, 25, 25000}},
     {"11", {10000, 100, 100000}},
     {"50.5", {20000, 200, 200000}}});
}

TEST_CASE("vector: a percentage with a fixed amount, in three currencies", "[domain][vectors]") {
  std::array<std::int64_t, 3> cost{140, 1, 1400};
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto price = priced(pricing_model::percentage, all[i].minor("0.10"));
    price.percent = decimal{12, 1};
    price.free_count = 3;
    price.free_amount = all[i].minor("150");
    CHECK(of_amounts(price, all[i], {"50", "50", "50", "50", "50"}) == cost[i]);
  }
}

TEST_CASE("vector: a percentage between bounds, in three currencies", "[domain][vectors]") {
  std::array<std::array<std::int64_t, 3>, 3> cost{{{70, 200, 50}, {1, 2, 1}, {700, 2000, 500}}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto price = priced(pricing_model::percentage, all[i].minor("0.10"));
    price.percent = decimal{12, 1};
    price.least = all[i].minor("0.50");
    price.most = all[i].minor("2.00");
    CHECK(of_amounts(price, all[i], {"50"}) == cost[i][0]);
    CHECK(of_amounts(price, all[i], {"1000"}) == cost[i][1]);
    CHECK(of_amounts(price, all[i], {"10"}) == cost[i][2]);
  }
}

TEST_CASE("vector: included units and what is beyond them, in three currencies",
          "[domain][vectors]") {
  check_vectors(
    [](const money& in) {
      charge_model out;
      out.model = pricing_model::graduated;
      out.tiers = {{decimal{1000}, 0, 0}, {{}, in.minor("0.01"), 0}};
      return out;
    },
    {{"1000", {0, 0, 0}}, {"1250", {250, 3, 2500}}});
}

TEST_CASE("vector: a minimum for sixteen of 31 days, in three currencies", "[domain][vectors]") {
  std::array<std::int64_t, 3> missing{21613, 216, 216129};
  for (std::size_t i = 0; i < all.size(); ++i) {
    line_item line;
    auto& basis = line.basis;
    basis.price.unit_amount = all[i].minor("1000.00");
    basis.units = 1;
    basis.share = {16, 31};
    basis.counted = all[i].whole("300.00");
    CHECK(amount_of(line).value() == missing[i]);
  }
}

TEST_CASE("vector: above a commitment, in three currencies", "[domain][vectors]") {
  std::array<std::int64_t, 3> cost{145000, 1450, 1450000};
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto due = with_overage(all[i].whole("1000"), all[i].whole("1300"), decimal{15, 1});
    CHECK(rounded(due).value() == cost[i]);
  }
}

TEST_CASE("vector: a maximum takes off what exceeds it, in three currencies", "[domain][vectors]") {
  std::array<std::int64_t, 3> off{-3000, -30, -30000};
  for (std::size_t i = 0; i < all.size(); ++i) {
    auto lines = lines_of({all[i].whole("130")});
    lines[0].basis.maximum = all[i].whole("100");
    charge_terms by;
    by.currency = all[i].currency;
    auto charged = charge({{lines}}, by).value();
    CHECK(charged.totals.subtotal == all[i].whole("130"));
    CHECK(charged.totals.discount == off[i]);
  }
}

TEST_CASE("vector: sixteen of 31 days, in three currencies", "[domain][vectors]") {
  CHECK(rounded(prorated(1000, {16, 31})).value() == 516);
  CHECK(rounded(prorated(1980, {16, 31})).value() == 1022);   // yen
  CHECK(rounded(prorated(12500, {16, 31})).value() == 6452);  // 12.500 dinars
}

TEST_CASE("vector: tax by line and by invoice, in three currencies", "[domain][vectors]") {
  for (const auto& in : all) {
    charge_terms by;
    by.currency = in.currency;
    by.seller.country = by.buyer.country = "DE";
    tax_rate ten;
    ten.id = ten.name = "vat";
    ten.country = "DE";
    ten.percent = decimal{10};
    by.tax_rates = {ten};
    CHECK(charge({{lines_of({105, 105, 105})}}, by).value().totals.tax == 33);
    by.tax_rates[0].rounding = tax_rounding::invoice;
    auto whole = charge({{lines_of({105, 105, 105})}}, by).value();
    CHECK(whole.totals.tax == 32);
    std::int64_t subtotal = 0, tax = 0;
    for (const auto& line : whole.lines) {
      subtotal += line.amount;
      tax += tax_of(line);
    }
    CHECK(whole.totals.subtotal == subtotal);
    CHECK(whole.totals.tax == tax);
  }
}

TEST_CASE("vector 3.1: an upgrade in mid-January by the second, in three currencies",
          "[domain][vectors]") {
  std::array<std::array<std::int64_t, 2>, 3> lines{{{-500, 1000}, {-5, 10}, {-5000, 10000}}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(changed(all[i], proration_basis::second) == lines[i]);
  }
}

TEST_CASE("vector 3.1: an upgrade in mid-January by the day, in three currencies",
          "[domain][vectors]") {
  std::array<std::array<std::int64_t, 2>, 3> lines{{{-516, 1032}, {-5, 10}, {-5161, 10323}}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(changed(all[i], proration_basis::day) == lines[i]);
  }
}

TEST_CASE("vector 3.1: an upgrade in mid-January by days of months of 30, in three currencies",
          "[domain][vectors]") {
  std::array<std::array<std::int64_t, 2>, 3> lines{{{-500, 1000}, {-5, 10}, {-5000, 10000}}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(changed(all[i], proration_basis::day_30) == lines[i]);
  }
}

TEST_CASE("vector 3.1: parts of months of 30 days", "[domain][vectors]") {
  struct part {
    std::string_view start, end, full_start, full_end;
    period_share share;
  };
  // As Kill Bill with proration.fixed.days = 30, where it does not leave the period's own parts
  // short of the whole.
  for (const auto& x : std::vector<part>{
         {"2026-01-16", "2026-02-01", "2026-01-01", "2026-02-01", {15, 30}},
         {"2026-01-01", "2026-01-16", "2026-01-01", "2026-02-01", {15, 30}},
         {"2026-02-15", "2026-03-01", "2026-02-01", "2026-03-01", {16, 30}},
         {"2026-02-01", "2026-02-15", "2026-02-01", "2026-03-01", {14, 30}},
         {"2028-02-15", "2028-03-01", "2028-02-01", "2028-03-01", {16, 30}},
         {"2024-01-20", "2024-02-15", "2024-01-15", "2024-02-15", {25, 30}},
         {"2026-04-16", "2026-05-01", "2026-04-01", "2026-05-01", {15, 30}},
         {"2026-07-01", "2027-01-01", "2026-01-01", "2027-01-01", {180, 360}},
         {"2026-01-30", "2026-02-01", "2026-01-26", "2026-02-02", {2, 7}}}) {  // a week has none
    CAPTURE(x.start, x.end);
    auto day = [](std::string_view text) {
      return parse_rfc3339(std::string{text} + "T00:00:00Z").value();
    };
    CHECK(share_of({day(x.start), day(x.end)}, {day(x.full_start), day(x.full_end)},
                   proration_basis::day_30, "UTC")
          == x.share);
  }
}

TEST_CASE("vector: a change to the same price is nothing, in three currencies",
          "[domain][vectors]") {
  for (const auto& in : all) {
    for (auto by : {proration_basis::second, proration_basis::day, proration_basis::day_30}) {
      auto price = in.whole("12.50");
      auto share = share_of({upgrade, january.end}, january, by, "UTC");
      CHECK(credit_of(price, price, share).value() + rounded(prorated(price, share)).value() == 0);
    }
  }
}

TEST_CASE("vector 3.6: ten and ten per cent off, and the tax on the rest, in three currencies",
          "[domain][vectors]") {
  std::array<std::int64_t, 3> off{-1900, -19, -19000}, tax{810, 8, 8100};
  for (std::size_t i = 0; i < all.size(); ++i) {
    coupon ten;
    ten.id = ten.name = "ten";
    ten.percent_off = decimal{10};
    tax_rate vat;
    vat.id = vat.name = "vat";
    vat.country = "DE";
    vat.percent = decimal{10};
    charge_terms by;
    by.currency = all[i].currency;
    by.seller.country = by.buyer.country = "DE";
    by.tax_rates = {vat};
    auto charged = charge({{lines_of({all[i].whole("100")}), {ten, ten}}}, by).value();
    CHECK(charged.totals.discount == off[i]);
    CHECK(charged.totals.tax == tax[i]);
  }
}
