// Invoices from lines, when what they charge is earned, and the books that follow.
#include "domain/billing/invoice.hpp"

#include "domain/billing/recognition.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/random_source.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

timestamp at(std::string_view text) {
  return parse_rfc3339(text).value();
}

line_item line_of(std::int64_t amount, bool given_back = false) {
  line_item out;
  out.kind = given_back ? line_kind::proration : line_kind::recurring;
  out.basis.price.unit_amount = amount;
  out.basis.given_back = given_back;
  return out;
}

charge_terms german(std::string_view percent, bool inclusive) {
  tax_rate vat;
  vat.id = vat.name = "vat";
  vat.country = "DE";
  vat.percent = parse_decimal(percent).value();
  vat.inclusive = inclusive;
  return {{}, "eur", {"DE", {}, {}, false}, {"DE", {}, {}, false}, {vat}};
}

std::int64_t sum_of(const std::vector<month_amount>& months) {
  std::int64_t out = 0;
  for (const auto& month : months) {
    out += month.amount;
  }
  return out;
}

}  // namespace

TEST_CASE("an upgrade's invoice is what is given back and what is charged", "[domain][invoice]") {
  auto charged = charge({{{line_of(500, true), line_of(1000)}}}, german("19", false)).value();
  CHECK(charged.lines[0].amount == -500);
  CHECK(charged.lines[0].taxes.at(0).amount == -95);
  CHECK(charged.totals.subtotal == 500);
  CHECK(charged.totals.tax == 95);
  CHECK(charged.totals.total == 595);
  CHECK(charged.treatment == tax_treatment::taxed);
}

TEST_CASE("what is given back takes its part of the discount and the tax that it had",
          "[domain][invoice]") {
  auto by = german("19", false);
  coupon half;
  half.id = "half";
  half.percent_off = 50;
  auto credit = line_of(500, true);
  credit.basis.billed
    = billed_amounts{1000, {{"half", -500}}, {{"vat", "vat", 19, false, 500, 95}}};
  auto charged = charge({{{credit, line_of(1000)}, {half}}}, by).value();
  CHECK(charged.totals.discount == 250 - 500);
  CHECK(charged.totals.tax == 95 - 48);
  CHECK(charged.lines[0].taxes.at(0).taxable == -250);
  CHECK(charged.lines[1].taxes.at(0).taxable == 500);
}

TEST_CASE("inclusive taxes do not add to the total", "[domain][invoice]") {
  auto charged = charge({{{line_of(11900)}}}, german("19", true)).value();
  CHECK(charged.totals.total == 11900);
  CHECK(charged.totals.inclusive_tax == 1900);
  CHECK(charged.totals.tax == 0);
}

TEST_CASE("an invoice needs lines, and amounts that can be represented", "[domain][invoice]") {
  CHECK(charge({}, german("19", false)).has_error());
  CHECK(charge({{{line_of(amount_max + 1)}}}, german("0", false)).has_error());
  CHECK(charge({{{line_of(INT64_MAX)}}}, german("19", false)).has_error());
  CHECK(charge({{{line_of(amount_max)}}}, german("100", false)).value().totals.total
        == 2 * amount_max);
  std::vector<line_item> many(10'000, line_of(amount_max));
  CHECK(charge({{std::move(many)}}, german("0", false)).has_error());
}

TEST_CASE("what an invoice may become", "[domain][invoice]") {
  using enum invoice_status;
  for (auto to : {draft, open, paid, voided, uncollectible}) {
    CHECK_FALSE(may_become(paid, to));
    CHECK_FALSE(may_become(voided, to));
    CHECK(may_become(open, to) == (to == paid || to == voided || to == uncollectible));
    CHECK(may_become(draft, to) == (to == open || to == voided));
    CHECK(may_become(uncollectible, to) == (to == paid || to == voided));
  }
}

TEST_CASE("what is owed falls with what is paid, and not below nothing", "[domain][invoice]") {
  native_invoice invoice;
  invoice.totals.total = 1000;
  CHECK(amount_due(invoice) == 0);
  invoice.status = invoice_status::open;
  invoice.from_balance = 100;
  invoice.paid = 300;
  CHECK(amount_due(invoice) == 600);
  invoice.credited = 700;
  CHECK(amount_due(invoice) == 0);
}

TEST_CASE("a year is earned by its days, month by month", "[domain][recognition]") {
  billing_period year{at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z")};
  auto months = earned_by_month(36500, year, "UTC");
  REQUIRE(months.size() == 12);
  CHECK(months[0] == month_amount{2026, 1, 3100});
  CHECK(months[1] == month_amount{2026, 2, 2800});
  CHECK(months[11] == month_amount{2026, 12, 3100});
  CHECK(sum_of(earned_by_month(12000, year, "UTC")) == 12000);
}

TEST_CASE("a period across a month's end is shared between them", "[domain][recognition]") {
  billing_period period{at("2026-01-16T12:00:00Z"), at("2026-02-16T12:00:00Z")};
  auto months = earned_by_month(3200, period, "UTC");
  CHECK(months == std::vector<month_amount>{{2026, 1, 1600}, {2026, 2, 1600}});
  CHECK(earned_until(at("2026-01-16T23:59:59Z"), 3200, period, "UTC") == 0);
  CHECK(earned_until(at("2026-01-17T00:00:00Z"), 3200, period, "UTC") == 100);
  CHECK(earned_until(at("2026-01-17T23:00:00Z"), 3200, period, "UTC") == 100);
  CHECK(earned_until(period.end, 3200, period, "UTC") == 3200);
}

TEST_CASE("what has no period is earned at once", "[domain][recognition]") {
  auto t = at("2026-03-10T08:00:00Z");
  CHECK(earned_by_month(700, {t, t}, "UTC") == std::vector<month_amount>{{2026, 3, 700}});
  CHECK(earned_until(t, 700, {t, t}, "UTC") == 700);
}

TEST_CASE("random amounts over random periods are earned to the last unit",
          "[domain][recognition]") {
  random_source random;
  for (int round = 0; round < 2'000; ++round) {
    auto start = at("2024-01-01T00:00:00Z") + std::chrono::minutes{random.below(1'500'000)};
    billing_period period{start, start + std::chrono::minutes{1 + random.below(800'000)}};
    auto amount = random.below(2'000'000) - 1'000'000;
    const char* zone = random.below(2) == 0 ? "Australia/Lord_Howe" : "America/Havana";
    REQUIRE(sum_of(earned_by_month(amount, period, zone)) == amount);
  }
}

TEST_CASE("random invoices add up, and the books balance", "[domain][invoice]") {
  random_source random;
  for (int round = 0; round < 5'000; ++round) {
    auto by = german(format_decimal({random.below(250), 1}), random.below(2) == 0);
    by.tax_rates[0].rounding = random.below(2) == 0 ? tax_rounding::line : tax_rounding::invoice;
    std::vector<coupon> coupons;
    if (random.below(2) == 0) {
      coupon off;
      off.id = "off";
      off.percent_off = decimal{1 + random.below(100)};
      coupons.push_back(off);
    }
    std::vector<line_item> lines;
    for (auto n = 1 + random.below(6); n > 0; --n) {
      lines.push_back(line_of(random.below(100'000), random.below(4) == 0));
    }
    auto charged = charge({{std::move(lines), coupons}}, by).value();
    std::int64_t sum = 0;
    for (const auto& line : charged.lines) {
      sum += line.amount + discount_of(line) + tax_of(line);
      REQUIRE(amount_of(line).value() == line.amount);
    }
    REQUIRE(sum == charged.totals.total);
    native_invoice invoice;
    invoice.status = invoice_status::open;
    invoice.totals = charged.totals;
    invoice.from_balance = invoice.totals.total > 0 ? random.below(invoice.totals.total + 1) : 0;
    REQUIRE(is_balanced(entry_of_opening(invoice)));
    REQUIRE(is_balanced(entry_of_voiding(invoice)));
    REQUIRE(is_balanced(entry_of_writing_off(invoice)));
    REQUIRE(is_balanced(entry_of_payment(invoice, amount_due(invoice))));
    REQUIRE(is_balanced(entry_of_earning(net_of(charged.lines.front()))));
  }
}
