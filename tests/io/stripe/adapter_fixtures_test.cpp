// Full-size bodies as Stripe sends them, of several API versions, field by field.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/io/stripe/events.hpp"

using namespace bursar;
using namespace bursar::io::stripe;
using namespace bursar::io::stripe::testing;
namespace d = bursar::domain::stripe;
using strings = std::vector<std::string>;

namespace {

std::string file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  REQUIRE(in);
  return {std::istreambuf_iterator<char>{in}, {}};
}

d::event fixture(const std::string& name) {
  return read(file(std::string{BURSAR_STRIPE_FIXTURES} + "/" + name + ".json"));
}

}  // namespace

TEST_CASE("every fixture normalises, and to the same event when it is written compactly",
          "[stripe][adapter]") {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{BURSAR_STRIPE_FIXTURES}) {
    CAPTURE(entry.path());
    auto body = file(entry.path());
    auto e = read(body);
    CHECK_FALSE(e.unusable);
    CHECK(e.id.starts_with("evt_"));
    CHECK(e.created > 1'600'000'000);
    CHECK(e.livemode);
    CHECK_FALSE(e.payload_sha256);
    CHECK(e.seen.has_value() == changes_mirror(e.type));
    std::string compact;
    for (std::size_t at = 0; at < body.size();) {
      auto end = body.find('\n', at);
      auto text = body.find_first_not_of(' ', at);
      compact += body.substr(text, end - text);
      at = end + 1;
    }
    CHECK(compact.size() < body.size());
    CHECK(read(compact) == e);
    ++count;
  }
  CHECK(count == 23);
}

TEST_CASE("an event's envelope is taken over", "[stripe][adapter]") {
  auto e = fixture("customer.subscription.created.connected_account");
  CHECK(e.id == "evt_1xd5yiRt5vBnQd2ZW2xDSj0w");
  CHECK(e.type == "customer.subscription.created");
  CHECK(e.created == 1'762'243'201);
  CHECK(e.livemode);
  CHECK(e.account == "acct_1MpXw9Rt5vBnQd2Z");
  CHECK(e.api_version == "2025-09-30.clover");
  CHECK_FALSE(e.thin);
}

TEST_CASE("a customer of 2024-06-20 and the payment method it had before", "[stripe][adapter]") {
  auto e = fixture("customer.updated.2024-06-20");
  d::customer wanted;
  wanted.email = "admin@fjord.example";
  wanted.name = "Fjord Shipping";
  wanted.default_payment_method = "pm_1wO3aQKu8sPLmTn4gECekzLP";
  wanted.balance = 0;
  wanted.delinquent = false;
  CHECK(after<d::customer>(e) == wanted);
  wanted.default_payment_method.reset();
  CHECK(before<d::customer>(e) == wanted);
  CHECK(e.seen->id == "cus_1bq31y1d0aFm5I");
  CHECK(e.found.customer == "cus_1bq31y1d0aFm5I");
  CHECK(e.found.organizations == strings{"org_fjord"});
}

TEST_CASE("a subscription of 2022-11-15 and the items it had before", "[stripe][adapter]") {
  auto e = fixture("customer.subscription.updated.2022-11-15");
  d::subscription wanted;
  wanted.customer = "cus_daT6WrbosxjLrL";
  wanted.status = "active";
  wanted.currency = "eur";
  wanted.latest_invoice = "in_1ukbD0Ku8sPLmTn4WIKqEkC3";
  wanted.default_payment_method = "pm_1ugDasKu8sPLmTn4vDGbdl3D";
  wanted.cancel_at_period_end = false;
  wanted.trial_end = 1'676'283'300;
  wanted.current_period_start = 1'676'283'300;
  wanted.current_period_end = 1'678'702'500;
  d::subscription_item item;
  item.id = "si_PCb8a4nB7FfFbj";
  item.price = "price_1xQHEnKu8sPLmTn4vK0xUbBZ";
  item.price_key = "pro_monthly_eur";
  item.product = "prod_KuVa9qQWJMhLGf";
  item.interval = "month";
  item.interval_count = 1;
  item.unit_amount = 4'500;
  item.quantity = 1;
  wanted.items = {item};
  CHECK(after<d::subscription>(e) == wanted);

  wanted.latest_invoice = "in_1uikviKu8sPLmTn4fRbIn5vp";
  wanted.items.front().price = "price_1w5tqwKu8sPLmTn4NzpW3vNa";
  wanted.items.front().price_key = "starter_monthly_eur";
  wanted.items.front().product = "prod_aLQ2uxiToEDMEa";
  wanted.items.front().unit_amount = 1'800;
  CHECK(before<d::subscription>(e) == wanted);
}

TEST_CASE("a subscription of 2025-03-31.basil has its period on the items, before and after",
          "[stripe][adapter]") {
  auto e = fixture("customer.subscription.updated.2025-03-31.basil");
  auto now = after<d::subscription>(e);
  auto was = before<d::subscription>(e);
  CHECK(now.status == "active");
  CHECK(was.status == "trialing");
  CHECK(now.current_period_start == 1'745'226'000);
  CHECK(now.current_period_end == 1'747'818'000);
  CHECK(was.current_period_start == 1'744'016'400);
  CHECK(was.current_period_end == 1'745'226'000);
  CHECK(was.latest_invoice == "in_1x0rAOKu8sPLmTn4Bzqa8cay");
  CHECK(now.items == was.items);
  CHECK(e.found.related == strings{"sub_1x0rAOKu8sPLmTn4AeGbd6mu", "in_1x3OVEKu8sPLmTn4gOENGqri"});
}

TEST_CASE("a paused collection was none before", "[stripe][adapter]") {
  auto e = fixture("customer.subscription.updated.pause.2025-04-30.basil");
  auto now = after<d::subscription>(e);
  REQUIRE(now.pause_collection);
  CHECK(now.pause_collection->behavior == "void");
  CHECK_FALSE(now.pause_collection->resumes_at);
  CHECK_FALSE(before<d::subscription>(e).pause_collection);
}

TEST_CASE("an invoice with old and new fields side by side", "[stripe][adapter]") {
  auto e = fixture("invoice.paid.2023-10-16.in-2025");
  d::invoice wanted;
  wanted.customer = "cus_EvPO8YugabsG1r";
  wanted.subscription = "sub_1xCIaGKu8sPLmTn4t33qv725";
  wanted.number = "UVBQXGYH-0001";
  wanted.status = "paid";
  wanted.billing_reason = "subscription_create";
  wanted.currency = "usd";
  wanted.total = wanted.amount_due = wanted.amount_paid = 4'900;
  wanted.amount_remaining = 0;
  wanted.attempt_count = 1;
  wanted.starting_balance = wanted.ending_balance = 0;
  wanted.post_payment_credit_notes_amount = wanted.pre_payment_credit_notes_amount = 0;
  wanted.paid_at = 1'749'470'402;
  wanted.period_end = 1'749'470'400;
  wanted.payment_intent = "pi_3xCIaGKu8sPLmTn4ZIT4vZxy";
  CHECK(after<d::invoice>(e) == wanted);
  CHECK_FALSE(e.seen->before);
  CHECK(e.found.organizations == strings{"org_ibex"});
  CHECK(e.found.related
        == strings{"in_1xCIaGKu8sPLmTn4rhlK6BJf", "pi_3xCIaGKu8sPLmTn4ZIT4vZxy",
                   "ch_3xCIaHKu8sPLmTn49aNRoZgJ", "sub_1xCIaGKu8sPLmTn4t33qv725"});
}

TEST_CASE("an invoice of 2025-03-31.basil names its subscription under parent",
          "[stripe][adapter]") {
  auto e = fixture("invoice.payment_failed.2025-03-31.basil");
  auto now = after<d::invoice>(e);
  CHECK(now.subscription == "sub_1x0rAOKu8sPLmTn4AeGbd6mu");
  CHECK(now.status == "open");
  CHECK(now.attempt_count == 1);
  CHECK(now.amount_remaining == 4'900);
  CHECK(now.next_payment_attempt == 1'748'080'949);
  CHECK_FALSE(now.paid_at);
  CHECK_FALSE(now.payment_intent);
  CHECK(e.found.organizations == strings{"org_northwind"});
}

TEST_CASE("an invoice of 2022-11-15 was open before it was paid", "[stripe][adapter]") {
  auto e = fixture("invoice.updated.2022-11-15");
  auto wanted = after<d::invoice>(e);
  CHECK(wanted.status == "paid");
  CHECK(wanted.amount_paid == 1'800);
  CHECK(wanted.paid_at == 1'676'287'076);
  CHECK(wanted.payment_intent == "pi_3uilQ9Ku8sPLmTn47aqEuzif");
  wanted.status = "open";
  wanted.amount_paid = 0;
  wanted.amount_remaining = 1'800;
  wanted.attempt_count = 0;
  wanted.next_payment_attempt = 1'676'286'900;
  wanted.paid_at.reset();
  CHECK(before<d::invoice>(e) == wanted);
  // Early 2023: no subscription_details yet, only the lines say whose it is.
  CHECK(e.found.organizations == strings{"org_hochgurgl"});
}

TEST_CASE("an upcoming invoice is a forecast and changes nothing", "[stripe][adapter]") {
  auto e = fixture("invoice.upcoming.2025-09-30.clover");
  CHECK_FALSE(e.seen);
  CHECK_FALSE(e.unusable);
  CHECK(e.found.customer == "cus_evS88hEI5bCr6Q");
}

TEST_CASE("an invoice payment links an invoice to what paid it", "[stripe][adapter]") {
  auto e = fixture("invoice_payment.paid.2025-06-30.basil");
  d::invoice_payment wanted;
  wanted.invoice = "in_1xGfwSKu8sPLmTn4aAww6uwv";
  wanted.payment_intent = "pi_3xGfwSKu8sPLmTn4MI2muerf";
  wanted.status = "paid";
  wanted.currency = "usd";
  wanted.amount_paid = 19'900;
  CHECK(after<d::invoice_payment>(e) == wanted);
  CHECK_FALSE(e.found.customer);
  CHECK(e.found.related
        == strings{"inpay_1xGfwSKu8sPLmTn4wBrTJc82", "in_1xGfwSKu8sPLmTn4aAww6uwv",
                   "pi_3xGfwSKu8sPLmTn4MI2muerf"});
}

TEST_CASE("payment intents that failed and succeeded", "[stripe][adapter]") {
  d::payment_intent wanted;
  wanted.customer = "cus_0usUavsR1g940H";
  wanted.status = "requires_payment_method";
  wanted.currency = "usd";
  wanted.latest_charge = "ch_3wLsvGKu8sPLmTn4aFONPdJl";
  wanted.amount = 2'500;
  wanted.amount_received = 0;
  wanted.failure_code = "payment_method_customer_decline";
  wanted.failure_message = "The customer's bank returned the debit.";
  CHECK(after<d::payment_intent>(fixture("payment_intent.payment_failed.2024-06-20")) == wanted);

  auto succeeded = after<d::payment_intent>(fixture("payment_intent.succeeded.2022-11-15"));
  CHECK(succeeded.status == "succeeded");
  CHECK(succeeded.amount_received == 4'900);
  CHECK(succeeded.invoice == "in_1vDZn6Ku8sPLmTn4ardDFdWY");
  CHECK_FALSE(succeeded.failure_code);
}

TEST_CASE("charges that failed and were refunded", "[stripe][adapter]") {
  auto failed = after<d::charge>(fixture("charge.failed.2022-11-15"));
  CHECK(failed.status == "failed");
  CHECK(failed.amount == 4'500);
  CHECK(failed.amount_captured == 0);
  CHECK(failed.failure_code == "card_declined");
  CHECK(failed.failure_message == "Your card has insufficient funds.");
  CHECK(failed.invoice == "in_1unpbOKu8sPLmTn4DBbzRNwc");

  auto e = fixture("charge.refunded.2025-09-30.clover");
  d::charge wanted;
  wanted.customer = "cus_evS88hEI5bCr6Q";
  wanted.status = "succeeded";
  wanted.currency = "jpy";
  wanted.payment_intent = "pi_3xYh8bKu8sPLmTn4tzHiNtPa";
  wanted.amount = wanted.amount_captured = wanted.amount_refunded = 3'500;
  wanted.refunded = true;
  wanted.disputed = false;
  CHECK(after<d::charge>(e) == wanted);
  wanted.amount_refunded = 1'000;
  wanted.refunded = false;
  CHECK(before<d::charge>(e) == wanted);
}

TEST_CASE("a refund whose event changed nothing we mirror was the same before",
          "[stripe][adapter]") {
  auto e = fixture("refund.updated.2026-09-30.endive");
  d::refund wanted;
  wanted.status = "succeeded";
  wanted.currency = "usd";
  wanted.charge = "ch_3ybG9gKu8sPLmTn4a34Jr3Aq";
  wanted.payment_intent = "pi_3ybG9gKu8sPLmTn49s3q6dCY";
  wanted.reason = "requested_by_customer";
  wanted.amount = 1'300;
  CHECK(after<d::refund>(e) == wanted);
  CHECK(before<d::refund>(e) == wanted);
}

TEST_CASE("a dispute names no customer, only its charge", "[stripe][adapter]") {
  auto e = fixture("charge.dispute.funds_withdrawn.2022-11-15");
  d::dispute wanted;
  wanted.status = "needs_response";
  wanted.currency = "usd";
  wanted.charge = "ch_3vDZn6Ku8sPLmTn4GwbeqgbP";
  wanted.payment_intent = "pi_3vDZn6Ku8sPLmTn4fegjHDWJ";
  wanted.reason = "fraudulent";
  wanted.amount = wanted.withdrawn = 4'900;
  CHECK(after<d::dispute>(e) == wanted);
  CHECK_FALSE(e.found.customer);
  CHECK(e.found.organizations.empty());
  CHECK(e.found.related
        == strings{"dp_1vFkePKu8sPLmTn4x1SvGiYF", "pi_3vDZn6Ku8sPLmTn4fegjHDWJ",
                   "ch_3vDZn6Ku8sPLmTn4GwbeqgbP"});
}

TEST_CASE("a credit note of 2025-06-30.basil names its refund in a list", "[stripe][adapter]") {
  d::credit_note wanted;
  wanted.customer = "cus_QlfDcT2qQgBwuW";
  wanted.invoice = "in_1xGfwSKu8sPLmTn4aAww6uwv";
  wanted.type = "post_payment";
  wanted.status = "issued";
  wanted.currency = "usd";
  wanted.refund = "re_3xIfZJKu8sPLmTn4rZGJHrB8";
  wanted.amount = 12'838;
  CHECK(after<d::credit_note>(fixture("credit_note.created.2025-06-30.basil")) == wanted);
}

TEST_CASE("a Checkout session that sold a credit pack", "[stripe][adapter]") {
  auto e = fixture("checkout.session.completed.2024-06-20");
  d::checkout_session wanted;
  wanted.customer = "cus_0usUavsR1g940H";
  wanted.mode = "payment";
  wanted.status = "complete";
  wanted.payment_status = "paid";
  wanted.currency = "usd";
  wanted.client_reference_id = "org_dune";
  wanted.payment_intent = "pi_3wJi3wKu8sPLmTn4WFuDTdUV";
  wanted.amount_total = 2'500;
  wanted.pack = "credits_500_usd";
  CHECK(after<d::checkout_session>(e) == wanted);
  CHECK(e.found.organizations == strings{"org_dune"});
}

TEST_CASE("a detached payment method names its former customer", "[stripe][adapter]") {
  auto e = fixture("payment_method.detached.2024-06-20");
  d::payment_method wanted;
  wanted.type = "card";
  wanted.brand = "visa";
  wanted.last4 = "4242";
  wanted.exp_month = 10;
  wanted.exp_year = 2'024;
  CHECK(after<d::payment_method>(e) == wanted);
  wanted.customer = "cus_1bq31y1d0aFm5I";
  CHECK(before<d::payment_method>(e) == wanted);
  CHECK(e.found.customer == "cus_1bq31y1d0aFm5I");
}

TEST_CASE("a card that was updated by its bank had another year before", "[stripe][adapter]") {
  auto e = fixture("payment_method.automatically_updated.2024-06-20");
  CHECK(after<d::payment_method>(e).exp_year == 2'031);
  CHECK(before<d::payment_method>(e).exp_year == 2'030);
  CHECK(before<d::payment_method>(e).brand == "mastercard");
}

TEST_CASE("a thin event names an object and shows none", "[stripe][adapter]") {
  auto e = fixture("thin.meter_error_report");
  CHECK(e.thin);
  CHECK(e.type == "v1.billing.meter.error_report_triggered");
  CHECK(e.created == 1'762'164'062);
  CHECK_FALSE(e.api_version);
  CHECK_FALSE(e.seen);
  CHECK(e.found.related == strings{"mtr_61eFrOp8tcY5OHN8EvSSWqH7kED8"});
}

TEST_CASE("an unknown type is recorded as received", "[stripe][adapter]") {
  auto e = fixture("unknown_type.2025-09-30.clover");
  CHECK(e.type == "billing.subscription.quantum_entangled");
  CHECK_FALSE(e.seen);
  CHECK_FALSE(e.unusable);
  CHECK(e.found.organizations == strings{"org_kestrel"});
}
