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

TEST_CASE("five meters are there before anybody made one, and may be changed", "[domain]") {
  catalog state;
  std::vector<std::string> ids;
  for (const auto& [id, value] : state.meters) {
    CHECK(check(value).has_value());
    ids.push_back(id);
  }
  CHECK(ids
        == std::vector<std::string>{"active_users", "agents", "api_calls", "messages", "storage"});
  auto before = state.meters.at("storage");
  auto after = before;
  after.aggregation = meter_aggregation::max;
  auto decided = decide(state, put_meter{after, before});
  REQUIRE(decided.has_value());
  state = evolve(std::move(state), decided->at(0));
  CHECK(state.meters.at("storage").aggregation == meter_aggregation::max);
  CHECK(decide(state, put_meter{before}).error().code() == errc::already_exists);
}

TEST_CASE("a meter that contradicts itself is refused, and told why", "[domain]") {
  meter good;
  good.id = good.name = "tokens";
  good.filters["model"] = {"large", "small"};
  CHECK(decide(catalog{}, put_meter{good}).has_value());
  auto pointer_of = [](const meter& bad) {
    auto decided = decide(catalog{}, put_meter{bad});
    REQUIRE(decided.has_error());
    CHECK(decided.error().code() == errc::invalid_parameter);
    return decided.error().fields().at(0).pointer;
  };
  auto bad = good;
  bad.id = "no spaces";
  CHECK(pointer_of(bad) == "/id");
  bad = good;
  bad.aggregation = meter_aggregation::unique;
  CHECK(pointer_of(bad) == "/property");
  bad.aggregation = meter_aggregation::count;
  bad.property = "user_id";
  CHECK(pointer_of(bad) == "/property");
  bad.aggregation = meter_aggregation::sum;
  bad.property = "";
  CHECK(pointer_of(bad) == "/property");
  bad = good;
  bad.filters["region"] = {};
  CHECK(pointer_of(bad) == "/filters");
  bad = good;
  bad.filters["model"].resize(65);
  CHECK(pointer_of(bad) == "/filters");
}
