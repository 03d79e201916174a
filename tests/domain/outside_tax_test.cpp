// Taxes that an outside provider says: what is asked, what is no answer, and how an invoice is
// explained that was taxed so.
#include "domain/billing/outside_tax.hpp"

#include <limits>

#include "domain/billing/explanation.hpp"
#include "domain/billing/invoice.hpp"
#include "domain/pricing/exact.hpp"
#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

tax_question about(std::vector<std::int64_t> amounts) {
  tax_question out;
  out.currency = "usd";
  for (auto amount : amounts) {
    out.lines.push_back({amount, {}});
  }
  return out;
}

tax_amount tax(std::int64_t amount, bool inclusive = false, std::string id = "vat") {
  return {std::move(id), "VAT", decimal{19}, inclusive, 0, amount};
}

taxation said(std::vector<std::vector<tax_amount>> lines) {
  taxation out;
  out.treatment = tax_treatment::taxed;
  out.lines = std::move(lines);
  out.calculation = "calc_1";
  return out;
}

std::vector<line_item> one_line(std::int64_t amount) {
  line_item out;
  out.basis.price.unit_amount = decimal{amount};
  out.basis.units = decimal{1};
  return {out};
}

}  // namespace

TEST_CASE("a decision leaves its question behind, and is made with the answer", "[domain][tax]") {
  tax_inquiry inquiry;
  charge_terms by;
  by.currency = "usd";
  by.buyer.country = "FR";
  by.taxes = &inquiry;
  auto first = charge({{one_line(1000)}}, by);
  REQUIRE_FALSE(first.has_value());
  CHECK(first.error().code() == errc::shard_unavailable);
  REQUIRE(inquiry.wanted);
  CHECK(inquiry.wanted->buyer.country == "FR");
  CHECK(inquiry.wanted->lines == std::vector<taxable_line>{{1000, {}}});

  inquiry.told.push_back({*inquiry.wanted, said({{tax(55), tax(7, false, "city")}})});
  auto then = charge({{one_line(1000)}}, by);
  REQUIRE(then.has_value());
  CHECK(then->totals.total == 1062);
  CHECK(then->tax_calculation == "calc_1");
  // Of other lines, or of another moment, it was told nothing.
  by.at += std::chrono::seconds{1};
  CHECK_FALSE(charge({{one_line(1000)}}, by).has_value());
  by.at -= std::chrono::seconds{1};
  CHECK_FALSE(charge({{one_line(1001)}}, by).has_value());
}

TEST_CASE("of nothing nobody is asked what is due", "[domain][tax]") {
  tax_inquiry inquiry;
  charge_terms by;
  by.currency = "usd";
  by.taxes = &inquiry;
  REQUIRE(charge({{one_line(0)}}, by).has_value());
  CHECK_FALSE(inquiry.wanted);
}

TEST_CASE("what is given back of a line that is taxed in part has its part of the base",
          "[domain][tax]") {
  billed_amounts line;
  line.amount = 1000;
  line.taxes = {tax(66)};
  line.taxes[0].taxable = 800;  // four fifths of it, as Texas has it of data processing
  auto part = part_of(line, 250);
  CHECK(part.taxes[0].taxable == 200);
  auto left = without(line, part);
  CHECK(left.taxes[0].taxable == 600);
  CHECK(without(left, left).taxes[0].taxable == 0);
}

TEST_CASE("what is no answer to the question is refused", "[domain][tax]") {
  auto asked = about({1000, -300});
  CHECK(check(asked, said({{tax(190)}, {tax(-57)}})).has_value());
  CHECK(check(asked, said({{tax(1000, true)}, {}})).has_value());
  auto refused = [&](const taxation& what) {
    auto checked = check(asked, what);
    return !checked && checked.error().code() == errc::unprocessable;
  };
  CHECK(refused(said({{tax(190)}})));
  CHECK(refused(said({{tax(-190)}, {}})));
  CHECK(refused(said({{}, {tax(57)}})));
  CHECK(refused(said({{tax(1001, true)}, {}})));
  CHECK(refused(said({{}, {tax(-301, true)}})));
  CHECK(refused(said({{tax(600, true), tax(600, true, "city")}, {}})));
  CHECK(refused(said({{tax(190, false, "")}, {}})));
  CHECK(refused(said({{tax(190, false, "\xff")}, {}})));
  CHECK(refused(said({{tax(190, false, std::string(513, 'x'))}, {}})));
  CHECK(refused(said({{tax(amount_max + 1)}, {}})));
  CHECK(refused(said({{tax(std::numeric_limits<std::int64_t>::max())}, {}})));
  auto fine = tax(190);
  fine.percent = decimal{1, 13};
  CHECK(refused(said({{fine}, {}})));
  CHECK(refused(said({std::vector<tax_amount>(17, tax(1)), {}})));
  auto nameless = said({{tax(190)}, {}});
  nameless.calculation.reset();
  CHECK(refused(nameless));
  auto exempt = said({{tax(190)}, {}});
  exempt.treatment = tax_treatment::exempt;
  CHECK(refused(exempt));
}

TEST_CASE("an invoice is explained with the taxes that were told", "[domain][tax]") {
  tax_inquiry inquiry;
  inquiry.told.push_back({about({1000}), said({{tax(133)}})});
  charge_terms by;
  by.currency = "usd";
  by.taxes = &inquiry;
  auto charged = charge({{one_line(1000)}}, by).value();
  native_invoice invoice;
  invoice.currency = "usd";
  invoice.treatment = charged.treatment;
  invoice.tax_calculation = charged.tax_calculation;
  invoice.lines = charged.lines;
  invoice.totals = charged.totals;
  CHECK(is_reproduced(explain(invoice)));  // 133 is not nineteen per cent, and was said
  auto of_the_catalog = invoice;
  of_the_catalog.tax_calculation.reset();
  CHECK_FALSE(explain(of_the_catalog).taxes_same);
  invoice.lines[0].taxes[0].amount = -133;
  CHECK_FALSE(explain(invoice).taxes_same);
}
