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

TEST_CASE("prices come to a plan one by one, and only the one that is changed changes",
          "[domain]") {
  auto sold = pro();
  auto price = [](const char* currency, std::int64_t amount, std::optional<std::string> at_stripe) {
    plan_price out;
    out.currency = currency;
    out.amount = amount;
    out.stripe_price_id = std::move(at_stripe);
    return out;
  };
  auto first = price("usd", 4900, "price_1");
  sold.prices = {first};
  auto state = with(sold);
  auto decided = [&](const put_price& wanted) {
    auto made = decide(state, wanted);
    if (made) {
      for (const auto& e : *made) {
        state = evolve(std::move(state), e);
      }
    }
    return made ? errc::none : made.error().code();
  };
  auto prices = [&] { return state.plans.at("pro").prices; };
  SECTION("another one at Stripe leaves the first to those who pay it") {
    auto second = price("usd", 5900, "price_2");
    CHECK(decided({"pro", second}) == errc::none);
    CHECK(prices() == std::vector{first, second});
    CHECK(decided({"pro", second}) == errc::already_exists);
    CHECK(price_named(state, "pro", price("usd", 0, {})).error().code() == errc::conflict);
    CHECK(price_named(state, "pro", price("usd", 0, "price_2")).value() == second);
    CHECK(price_named(state, "pro", price("usd", 0, "price_3")).error().code() == errc::not_found);
  }
  SECTION("of another currency, made from the same plan") {
    CHECK(decided({"pro", price("eur", 4500, {})}) == errc::none);
    CHECK(decided({"pro", price("gbp", 3900, {})}) == errc::none);
    CHECK(prices().size() == 3);
  }
  SECTION("of one that was changed meanwhile, or is not there") {
    auto dearer = price("usd", 5000, "price_1");
    CHECK(decided({"pro", dearer, first}) == errc::none);
    CHECK(prices() == std::vector{dearer});
    CHECK(decided({"pro", dearer, first}) == errc::conflict);
    CHECK(decided({"pro", dearer, price("eur", 1, {})}) == errc::not_found);
    CHECK(decided({"max", dearer}) == errc::not_found);
  }
  SECTION("what is wrong is said of the price") {
    auto made = decide(state, put_price{"pro", price("usd", -1, "price_2")});
    REQUIRE(made.has_error());
    CHECK(made.error().fields().front().pointer == "/amount");
    auto named = decide(state, put_price{"pro", price("dollars", 1, "price_2")});
    CHECK(named.error().fields().front().pointer == "/currency");
    state.plans.at("pro").prices[0].amount = -1;
    auto of_another = decide(state, put_price{"pro", price("usd", 1, "price_2")});
    CHECK(of_another.error().fields().front().pointer == "/plan_id");
  }
}

TEST_CASE("a meter that a plan takes a percentage of goes on to sum up", "[domain]") {
  auto sold = pro();
  sold.provider = billing_provider::native;
  charge_model percentage;
  percentage.model = pricing_model::percentage;
  percentage.percent = 10;
  sold.prices.resize(1);
  sold.prices[0].currency = "usd";
  sold.prices[0].usage = {{"api_calls", percentage}};
  auto state = with(sold);
  auto before = state.meters.at("api_calls");
  auto other = before;
  other.aggregation = meter_aggregation::count;
  CHECK(decide(state, put_meter{other, before}).error().code() == errc::conflict);
  state.plans.at("pro").prices[0].usage->at("api_calls") = {};
  CHECK(decide(state, put_meter{other, before}).has_value());
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
