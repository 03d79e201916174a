// Taxes and discounts: rounding by line and by invoice, inclusive and exclusive, who owes them.
#include "domain/billing/tax.hpp"

#include "domain/billing/discount.hpp"
#include "domain/billing/vat_id.hpp"
#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

decimal d(std::string_view text) {
  return parse_decimal(text).value();
}

tax_rate rate(std::string id, std::string country, std::string_view percent) {
  tax_rate out;
  out.id = out.name = std::move(id);
  out.country = std::move(country);
  out.percent = d(percent);
  return out;
}

tax_party in(std::string country, std::optional<std::string> region = {}) {
  return {std::move(country), std::move(region), {}, false};
}

std::int64_t total(const taxation& of) {
  std::int64_t out = 0;
  for (const auto& line : of.lines) {
    for (const auto& tax : line) {
      out += tax.amount;
    }
  }
  return out;
}

using amounts = std::vector<taxable_line>;
const amounts three{{105, {}}, {105, {}}, {105, {}}};

}  // namespace

TEST_CASE("three lines of 1.05 at ten per cent, rounded by line and by invoice", "[domain][tax]") {
  auto ten = rate("vat", "DE", "10");
  CHECK(total(tax_on(three, in("DE"), in("DE"), {ten}).value()) == 33);
  ten.rounding = tax_rounding::invoice;
  auto by_invoice = tax_on(three, in("DE"), in("DE"), {ten}).value();
  CHECK(total(by_invoice) == 32);
  CHECK(by_invoice.lines[1][0].amount == 10);
}

TEST_CASE("by invoice a credit takes its part of the tax back", "[domain][tax]") {
  auto ten = rate("vat", "DE", "10");
  ten.rounding = tax_rounding::invoice;
  CHECK(total(tax_on({{105, {}}, {-105, {}}}, in("DE"), in("DE"), {ten}).value()) == 0);
}

TEST_CASE("an inclusive tax is taken out of the amount, an exclusive one is added",
          "[domain][tax]") {
  auto vat = rate("vat", "DE", "19");
  auto outside = tax_on({{11900, {}}}, in("DE"), in("DE"), {vat}).value().lines[0][0];
  CHECK(outside.amount == 2261);
  CHECK(outside.taxable == 11900);
  vat.inclusive = true;
  auto inside = tax_on({{11900, {}}}, in("DE"), in("DE"), {vat}).value().lines[0][0];
  CHECK(inside.amount == 1900);
  CHECK(inside.taxable == 10000);
}

TEST_CASE("rates of a country and of its region are due side by side", "[domain][tax]") {
  auto federal = rate("gst", "CA", "5");
  auto provincial = rate("pst", "CA", "7");
  provincial.region = "BC";
  auto both = tax_on({{1000, {}}}, in("CA"), in("CA", "BC"), {provincial, federal}).value();
  REQUIRE(both.lines[0].size() == 2);
  CHECK(both.lines[0][0].tax_rate_id == "gst");
  CHECK(total(both) == 50 + 70);
  CHECK(total(tax_on({{1000, {}}}, in("CA"), in("CA", "AB"), {provincial, federal}).value()) == 50);
}

TEST_CASE("a rate for a class of products stands instead of the general one", "[domain][tax]") {
  auto general = rate("vat", "DE", "19");
  auto books = rate("vat_books", "DE", "7");
  books.product_class = "books";
  auto taxed
    = tax_on({{100, "books"}, {100, "software"}, {100, {}}}, in("DE"), in("DE"), {general, books})
        .value();
  CHECK(taxed.lines[0].at(0).amount == 7);
  CHECK(taxed.lines[1].at(0).amount == 19);
  CHECK(taxed.lines[2].at(0).amount == 19);
}

TEST_CASE("a registered buyer in another country of the union owes the tax itself",
          "[domain][tax]") {
  auto vat = rate("vat", "FR", "20");
  auto buyer = in("FR");
  auto treated = [&](const tax_party& seller) {
    return tax_on({{100, {}}}, seller, buyer, {vat}).value();
  };
  CHECK(treated(in("DE")).treatment == tax_treatment::taxed);
  buyer.vat_id = "FR12345678901";
  CHECK(treated(in("DE")).treatment == tax_treatment::reverse_charge);
  CHECK(total(treated(in("DE"))) == 0);
  CHECK(treated(in("FR")).treatment == tax_treatment::taxed);
  CHECK(treated(in("US")).treatment == tax_treatment::taxed);
  buyer.vat_id = "DE123456789";
  CHECK(treated(in("DE")).treatment == tax_treatment::taxed);
}

TEST_CASE("who is exempt pays none, and where no rate is nothing is taxed", "[domain][tax]") {
  auto vat = rate("vat", "DE", "19");
  auto buyer = in("DE");
  buyer.exempt = true;
  CHECK(tax_on({{100, {}}}, in("DE"), buyer, {vat}).value().treatment == tax_treatment::exempt);
  auto elsewhere = tax_on({{100, {}}}, in("DE"), in("BR"), {vat}).value();
  CHECK(elsewhere.treatment == tax_treatment::not_taxed);
  CHECK(elsewhere.lines == std::vector<std::vector<tax_amount>>{{}});
  vat.active = false;
  CHECK(total(tax_on({{100, {}}}, in("DE"), in("DE"), {vat}).value()) == 0);
}

TEST_CASE("VAT ids have the form of their country", "[domain][tax]") {
  for (const auto* good :
       {"ATU12345678",   "BE0123456789",  "BE1123456789",   "BG123456789",    "BG1234567890",
        "CY12345678X",   "CZ12345678",    "DE123456789",    "DK12345678",     "EE123456789",
        "EL123456789",   "ESX1234567X",   "ES12345678X",    "FI12345678",     "FRXX123456789",
        "FR12345678901", "HR12345678901", "HU12345678",     "IE1X23456X",     "IE1+23456X",
        "IE1234567WI",   "IT12345678901", "LT123456789",    "LT123456789012", "LU12345678",
        "LV12345678901", "MT12345678",    "NL123456789B01", "PL1234567890",   "PT123456789",
        "RO12",          "RO1234567890",  "SE123456789012", "SI12345678",     "SK1234567890",
        "XI123456789",   "XIGD123"}) {
    CHECK(country_of_vat_id(good).has_value());
  }
  for (const auto* bad : {"", "DE", "DE12345678", "DE1234567890", "DE12345678X", "AT12345678",
                          "BE2123456789", "ES123456789", "GR123456789", "GB123456789", "XX123",
                          "de123456789", "RO1", "DE12345678９"}) {
    CHECK_FALSE(country_of_vat_id(bad).has_value());
  }
  CHECK(country_of_vat_id("EL123456789") == "GR");
  CHECK(normal_vat_id("de 123.456-789") == "DE123456789");
  CHECK(is_in_vat_union("GR"));
  CHECK_FALSE(is_in_vat_union("EL"));
  CHECK_FALSE(is_in_vat_union("GB"));
}

TEST_CASE("coupons follow one another: ten and ten per cent are nineteen", "[domain][discount]") {
  coupon ten;
  ten.id = "ten";
  ten.percent_off = d("10");
  auto off = discounts_on({10000}, "usd", {ten, ten});
  CHECK(off[0] == std::vector<discount_amount>{{"ten", -1000, 10}, {"ten", -900, 10}});
}

TEST_CASE("an amount off is shared out between the lines, and never more than they are",
          "[domain][discount]") {
  coupon five;
  five.id = "five";
  five.amount_off = 500;
  five.currency = "usd";
  auto off = discounts_on({1000, 500, -300}, "usd", {five});
  CHECK(off[0][0].amount == -333);
  CHECK(off[1][0].amount == -167);
  CHECK(off[2].empty());
  CHECK(discounts_on({200, 100}, "usd", {five})[0][0].amount == -200);
  CHECK(discounts_on({1000}, "eur", {five})[0].empty());
  CHECK(discounts_on({}, "usd", {five}).empty());
  CHECK(discounts_on({0}, "usd", {five})[0].empty());
}

TEST_CASE("coupons and tax rates that contradict themselves are refused", "[domain][discount]") {
  coupon good;
  good.percent_off = d("12.5");
  CHECK(check(good).has_value());
  auto refused = [&](auto change) {
    auto bad = good;
    change(bad);
    return !check(bad).has_value();
  };
  CHECK(refused([](auto& x) { x.percent_off.reset(); }));
  CHECK(refused([](auto& x) { x.amount_off = 1; }));
  CHECK(refused([](auto& x) { x.percent_off = d("100.1"); }));
  CHECK(refused([](auto& x) { x.percent_off = d("0"); }));
  CHECK(refused([](auto& x) { x.currency = "usd"; }));
  CHECK(refused([](auto& x) { x.percent_off.reset(), x.amount_off = 5; }));
  CHECK(refused([](auto& x) { x.duration = coupon_duration::repeating; }));
  CHECK(refused([](auto& x) { x.periods = 3; }));
  CHECK(refused([](auto& x) { x.max_redemptions = 0; }));
  CHECK_FALSE(check(rate("x", "DE", "100.1")).has_value());
  CHECK_FALSE(check(rate("x", "DE", "-1")).has_value());
  CHECK_FALSE(check(rate("x", "Germany", "1")).has_value());
  CHECK(check(rate("x", "DE", "0")).has_value());
}
