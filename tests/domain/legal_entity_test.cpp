// Several sellers: what makes a good one, whose numbers are whose, and what each charges.
#include "domain/billing/legal_entity.hpp"

#include "domain/billing/invoice_numbers.hpp"
#include "tests/support/billed_organization.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

legal_entity german() {
  return {"de", "Bursar GmbH", "DE", {}, "DE123456789", "DE-", true};
}
legal_entity french() {
  return {"fr", "Bursar SAS", "FR", {}, "FRXX123456789", "FR-", true};
}

catalog with(const legal_entity& x) {
  return evolve(catalog{}, legal_entity_published{x});
}

// Somebody in Germany, registered there, whom either of them may sell to.
struct sellers : bursar::testing::billed_organization {
  sellers() {
    publish(german());
    publish(french());
    plan basic;
    basic.id = basic.name = "basic";
    basic.provider = billing_provider::native;
    basic.prices.push_back({"eur", 1000, billing_interval::month, 1, {}});
    sold = evolve(std::move(sold), plan_published{basic});
    tax_rate vat;
    vat.id = vat.name = "vat_de";
    vat.country = "DE";
    vat.percent = 19;
    sold = evolve(std::move(sold), tax_rate_published{vat});
    update_organization registered;
    registered.country = "DE";
    registered.tax = tax_details{{}, "DE999999999", false};
    is_told("2026-01-01T00:00:00Z", registered);
  }
  void publish(const legal_entity& x) { sold = evolve(std::move(sold), legal_entity_published{x}); }
  static update_organization of(std::string entity) {
    update_organization out;
    out.legal_entity_id = std::move(entity);
    return out;
  }
  void subscribes(std::string_view time) {
    subscribe wanted;
    wanted.subscription_id = "sub_1";
    wanted.plan_id = "basic";
    is_told(time, billing_command{wanted});
  }
  const native_invoice& last_invoice() const { return state.billing.invoices.rbegin()->second; }
};

}  // namespace

TEST_CASE("a legal entity that contradicts itself is refused, and told why", "[domain]") {
  CHECK(decide(catalog{}, put_legal_entity{german()}).has_value());
  auto pointer_of = [](auto spoil) {
    auto bad = german();
    spoil(bad);
    auto decided = decide(catalog{}, put_legal_entity{bad});
    REQUIRE(decided.has_error());
    CHECK(decided.error().code() == errc::invalid_parameter);
    return decided.error().fields().at(0).pointer;
  };
  CHECK(pointer_of([](auto& x) { x.id = "no spaces"; }) == "/id");
  CHECK(pointer_of([](auto& x) { x.name = ""; }) == "/name");
  CHECK(pointer_of([](auto& x) { x.country = ""; }) == "/country");
  CHECK(pointer_of([](auto& x) { x.country = "de"; }) == "/country");
  CHECK(pointer_of([](auto& x) { x.region = ""; }) == "/region");
  CHECK(pointer_of([](auto& x) { x.vat_id = "DE12345678"; }) == "/vat_id");
  CHECK(pointer_of([](auto& x) { x.vat_id = "FRXX123456789"; }) == "/vat_id");
  CHECK(pointer_of([](auto& x) { x.country = "US"; }) == "/vat_id");
  for (const auto* prefix : {"", "with blank", "tab\t", "Ümlaut", "of_17_characters-"}) {
    CAPTURE(prefix);
    CHECK(pointer_of([&](auto& x) { x.invoice_number_prefix = prefix; })
          == "/invoice_number_prefix");
  }
}

TEST_CASE("two series share a number where a prefix is the other one and digits", "[domain]") {
  CHECK(share_numbers("DE-", "DE-"));
  CHECK(share_numbers("DE-", "DE-1"));
  CHECK(share_numbers("DE-26", "DE-"));
  CHECK(share_numbers("", "2026"));
  CHECK_FALSE(share_numbers("DE-", "DE-2026-"));
  CHECK_FALSE(share_numbers("DE-", "de-"));
  CHECK_FALSE(share_numbers("", "DE-"));
  CHECK_FALSE(share_numbers("DE-1", "DE-2"));
}

TEST_CASE("a prefix is one legal entity's, active or not", "[domain]") {
  auto first = german();
  first.active = GENERATE(true, false);
  for (const auto* prefix : {"DE-", "DE-1", "FR-"}) {
    auto second = french();
    second.invoice_number_prefix = prefix;
    auto decided = decide(with(first), put_legal_entity{second});
    REQUIRE(decided.has_value() == (second.invoice_number_prefix == "FR-"));
    CHECK((decided || decided.error().code() == errc::conflict));
  }
}

TEST_CASE("a legal entity changes, but not the prefix of its numbers", "[domain]") {
  auto renamed = german();
  renamed.name = "Bursar SE";
  auto decided = decide(with(german()), put_legal_entity{renamed, german()});
  REQUIRE(decided.has_value());
  CHECK(decided->at(0) == catalog_event{legal_entity_published{renamed}});
  renamed.invoice_number_prefix = "D-";
  auto refused = decide(with(german()), put_legal_entity{renamed, german()});
  REQUIRE(refused.has_error());
  CHECK(refused.error().code() == errc::invalid_parameter);
  CHECK(refused.error().fields().at(0).pointer == "/invoice_number_prefix");
}

TEST_CASE("each series counts by itself", "[domain]") {
  invoice_numbers state;
  auto next = [&](std::optional<std::string> entity, const char* prefix) {
    auto made = decide(state, number_invoice{"org_a", "in_1", std::move(entity)}, prefix);
    REQUIRE(made.size() == 1);
    state = evolve(std::move(state), made.front());
    return std::get<invoice_number_assigned>(made.front()).number;
  };
  CHECK(next("de", "DE-") == "DE-000001");
  CHECK(next({}, "INV-") == "INV-000001");
  CHECK(next("fr", "FR-") == "FR-000001");
  CHECK(next("de", "DE-") == "DE-000002");
  CHECK(next({}, "INV-") == "INV-000002");
  CHECK(next("de", "DE-") == "DE-000003");
}

TEST_CASE("an organization buys from a legal entity that is there and active", "[domain]") {
  sellers x;
  CHECK(x.refuses("2026-01-01T00:00:00Z", sellers::of("none")) == errc::invalid_parameter);
  x.is_told("2026-01-01T00:00:00Z", sellers::of("fr"));
  auto closed = french();
  closed.active = false;
  x.publish(closed);
  update_organization same = sellers::of("fr");
  same.name = "A and more";
  x.is_told("2026-01-02T00:00:00Z", same);  // who has it keeps it
  x.is_told("2026-01-02T00:00:00Z", sellers::of("de"));
  CHECK(x.refuses("2026-01-03T00:00:00Z", sellers::of("fr")) == errc::invalid_parameter);
  x.state = {};
  create_organization created;
  created.id = "org_b";
  created.name = "B";
  created.legal_entity_id = "fr";
  CHECK(x.refuses("2026-01-03T00:00:00Z", created) == errc::invalid_parameter);
  created.legal_entity_id = "de";
  x.is_told("2026-01-03T00:00:00Z", created);
  CHECK(x.state.legal_entity_id == "de");
}

TEST_CASE("an invoice is taxed as of the seller it is drafted for, which it keeps", "[domain]") {
  sellers x;
  x.subscribes("2026-01-01T00:00:00Z");
  CHECK_FALSE(x.last_invoice().legal_entity);  // of the settings, which say nothing
  CHECK(x.last_invoice().totals.tax == 190);
  x.is_told("2026-01-10T00:00:00Z", sellers::of("fr"));
  CHECK_FALSE(x.last_invoice().legal_entity);
  x.is_told("2026-02-01T00:00:00Z", billing_command{advance_time{}});
  CHECK(x.last_invoice().legal_entity == french());
  CHECK(x.last_invoice().treatment == tax_treatment::reverse_charge);
  CHECK(x.last_invoice().totals.tax == 0);
  auto moved = french();
  moved.country = "DE";
  moved.vat_id.reset();
  x.publish(moved);
  CHECK(x.last_invoice().legal_entity == french());
  x.is_told("2026-03-01T00:00:00Z", billing_command{advance_time{}});
  CHECK(x.last_invoice().legal_entity == moved);
  CHECK(x.last_invoice().treatment == tax_treatment::taxed);
}
