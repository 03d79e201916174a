// The catalog: a change is made from what is there, or not at all.
#include "domain/catalog.hpp"

#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

catalog with(const plan& value) {
  catalog out;
  out.plans[value.id] = value;
  return out;
}

plan pro() {
  plan out;
  out.id = "pro";
  out.name = "Pro";
  return out;
}

}  // namespace

TEST_CASE("of two changes made from the same plan the second is refused", "[domain]") {
  auto state = with(pro());
  auto renamed = pro();
  renamed.name = "Professional";
  auto richer = pro();
  richer.credits_per_period = 100;
  auto first = decide(state, put_plan{renamed, pro()});
  REQUIRE(first.has_value());
  state = evolve(std::move(state), first->at(0));
  auto second = decide(state, put_plan{richer, pro()});
  REQUIRE(second.has_error());
  CHECK(second.error().code() == errc::conflict);
}

TEST_CASE("a pack that the catalog does not have is not another one of the same price",
          "[domain]") {
  catalog state;
  credit_product small;
  small.id = "credits_100";
  small.name = "100";
  small.credits = 100;
  small.prices.emplace_back();
  small.prices.back().currency = "usd";
  small.prices.back().amount = 1000;
  state.credit_products[small.id] = small;
  CHECK(sold_credit_product(state, "credits_100", 1000, "usd") != nullptr);
  CHECK(sold_credit_product(state, std::nullopt, 1000, "usd") != nullptr);
  CHECK(sold_credit_product(state, "credits_1OO", 1000, "usd") == nullptr);
}
