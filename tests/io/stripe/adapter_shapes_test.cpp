// One fact, the places it has had since 2022-11-15, and how an object was before its event.
#include <array>
#include <string>
#include <vector>

#include "tests/io/stripe/events.hpp"

using namespace bursar;
using namespace bursar::io::stripe;
using namespace bursar::io::stripe::testing;
namespace d = bursar::domain::stripe;
using strings = std::vector<std::string>;

TEST_CASE("an invoice's subscription: under parent, at the top, in both", "[stripe][shapes]") {
  auto of = [](const std::string& members) {
    return after<d::invoice>("invoice.paid", R"({"id":"in_1","object":"invoice",)" + members + "}")
      .subscription;
  };
  const std::string parent
    = R"("parent":{"type":"subscription_details","subscription_details":{"subscription":"sub_n"}})";
  CHECK(of(parent) == "sub_n");
  CHECK(of(R"("subscription":"sub_o")") == "sub_o");
  CHECK(of(parent + R"(,"subscription":"sub_o")") == "sub_n");
  CHECK(of(R"("subscription":{"id":"sub_x","object":"subscription"})") == "sub_x");
  CHECK(of(R"("parent":null,"subscription":"sub_o")") == "sub_o");
  CHECK(of(R"("parent":{"type":"quote_details","subscription_details":null,)"
           R"("quote_details":{"quote":"qt_1"}},"subscription":null)")
        == std::nullopt);
}

TEST_CASE("an invoice's payment intent: in its payments, at the top, nowhere", "[stripe][shapes]") {
  auto of = [](const std::string& members) {
    return after<d::invoice>("invoice.paid", R"({"id":"in_1","object":"invoice")" + members + "}")
      .payment_intent;
  };
  auto payment = [](const std::string& id, const std::string& is_default) {
    return R"({"object":"invoice_payment","is_default":)" + is_default
           + R"(,"payment":{"type":"payment_intent","payment_intent":")" + id + R"("}})";
  };
  CHECK(of("") == std::nullopt);
  CHECK(of(R"(,"payment_intent":"pi_o")") == "pi_o");
  CHECK(of(R"(,"payment_intent":{"id":"pi_x","object":"payment_intent","amount":1})") == "pi_x");
  CHECK(of(R"(,"payments":{"data":[)" + payment("pi_1", "false") + "," + payment("pi_2", "true")
           + R"(]},"payment_intent":"pi_o")")
        == "pi_2");
  CHECK(of(R"(,"payments":{"data":[)" + payment("pi_1", "false") + "]}") == "pi_1");
  CHECK(of(R"(,"payments":{"data":[]},"payment_intent":"pi_o")") == "pi_o");
  CHECK(of(R"(,"payments":{"data":[{"payment":{"type":"charge","charge":"ch_1"}}]})")
        == std::nullopt);
}

TEST_CASE("a subscription's period: on its items, at the top, in both", "[stripe][shapes]") {
  auto of = [](const std::string& members) {
    auto out = after<d::subscription>("customer.subscription.updated",
                                      R"({"id":"sub_1","object":"subscription",)" + members + "}");
    return std::array{out.current_period_start, out.current_period_end};
  };
  using period = std::array<d::integer, 2>;
  const std::string items
    = R"("items":{"data":[{"id":"si_1","current_period_start":30,"current_period_end":40},)"
      R"({"id":"si_2","current_period_start":50,"current_period_end":60}]})";
  const std::string top = R"("current_period_start":10,"current_period_end":20)";
  CHECK(of(items) == period{30, 40});
  CHECK(of(top) == period{10, 20});
  CHECK(of(items + "," + top) == period{30, 40});
  CHECK(of(R"("items":{"data":[{"id":"si_1"}]},)" + top) == period{10, 20});
  CHECK(of(R"("items":{"data":[]})") == period{});
}

TEST_CASE("a subscription item's price: an object, an id, the plan before it", "[stripe][shapes]") {
  auto of = [](const std::string& members) {
    return after<d::subscription>(
             "customer.subscription.updated",
             R"({"id":"sub_1","object":"subscription","items":{"data":[{"id":"si_1","quantity":3,)"
               + members + "}]}}")
      .items.at(0);
  };
  d::subscription_item wanted;
  wanted.id = "si_1";
  wanted.quantity = 3;
  wanted.price = "price_1";
  CHECK(of(R"("price":"price_1")") == wanted);
  wanted.product = "prod_1";
  wanted.interval = "month";
  wanted.interval_count = 2;
  wanted.unit_amount = 700;
  CHECK(of(R"("plan":{"id":"price_1","product":"prod_1","interval":"month","interval_count":2,)"
           R"("amount":700})")
        == wanted);
  wanted.price_key = "pro";
  CHECK(of(R"("price":{"id":"price_1","lookup_key":"pro","product":{"id":"prod_1"},)"
           R"("recurring":{"interval":"month","interval_count":2},"unit_amount":700},)"
           R"("plan":{"id":"price_0"})")
        == wanted);
  wanted = {};
  wanted.id = "si_1";
  wanted.quantity = 3;
  wanted.price = "price_1";
  CHECK(of(R"("price":{"id":"price_1","unit_amount":null,"unit_amount_decimal":"0.5"})") == wanted);
}

TEST_CASE("a credit note's refund: in a list, at the top", "[stripe][shapes]") {
  auto of = [](const std::string& members) {
    return after<d::credit_note>("credit_note.created",
                                 R"({"id":"cn_1","object":"credit_note",)" + members + "}")
      .refund;
  };
  CHECK(of(R"("refunds":[{"amount_refunded":5,"refund":"re_n"}],"refund":"re_o")") == "re_n");
  CHECK(of(R"("refunds":[{"refund":{"id":"re_x"}}])") == "re_x");
  CHECK(of(R"("refunds":[],"refund":"re_o")") == "re_o");
  CHECK(of(R"("refund":"re_o")") == "re_o");
  CHECK(of(R"("refund":null,"refunds":[])") == std::nullopt);
}

TEST_CASE("a payment intent's charge: named, or the first of its charges", "[stripe][shapes]") {
  auto of = [](const std::string& members) {
    return after<d::payment_intent>("payment_intent.succeeded",
                                    R"({"id":"pi_1","object":"payment_intent",)" + members + "}")
      .latest_charge;
  };
  CHECK(of(R"("latest_charge":"ch_n")") == "ch_n");
  CHECK(of(R"("latest_charge":{"id":"ch_x","object":"charge"})") == "ch_x");
  CHECK(of(R"("charges":{"data":[{"id":"ch_o"},{"id":"ch_p"}]})") == "ch_o");
  CHECK(of(R"("charges":{"data":[]},"latest_charge":null)") == std::nullopt);
}

TEST_CASE("a failed payment's code is the decline code where there is one", "[stripe][shapes]") {
  auto of = [](const std::string& failure) {
    return after<d::payment_intent>(
             "payment_intent.payment_failed",
             R"({"id":"pi_1","object":"payment_intent","last_payment_error":)" + failure + "}")
      .failure_code;
  };
  CHECK(of(R"({"code":"card_declined","decline_code":"insufficient_funds"})")
        == "insufficient_funds");
  CHECK(of(R"({"code":"expired_card","message":"m"})") == "expired_card");
  CHECK(of("null") == std::nullopt);
}

TEST_CASE("what a dispute withdrew is told by its balance transactions", "[stripe][shapes]") {
  auto of = [](const std::string& members) {
    return after<d::dispute>("charge.dispute.updated",
                             R"({"id":"dp_1","object":"dispute","amount":500)" + members + "}")
      .withdrawn;
  };
  CHECK(of("") == std::nullopt);
  CHECK(of(R"(,"balance_transaction":null,"balance_transactions":[])") == 0);
  CHECK(of(R"(,"balance_transactions":[{"amount":-500,"fee":1500}])") == 500);
  CHECK(of(R"(,"balance_transactions":[{"amount":-500},{"amount":500}])") == 0);
  CHECK(of(R"(,"balance_transactions":[{"amount":-500},{"amount":600}])") == 0);
}

TEST_CASE("a payment method that is no card still has its last digits", "[stripe][shapes]") {
  auto out = after<d::payment_method>(
    "payment_method.attached",
    R"({"id":"pm_1","object":"payment_method","customer":{"id":"cus_1"},"type":"sepa_debit",)"
    R"("sepa_debit":{"last4":"3000","country":"DE"}})");
  CHECK(out.customer == "cus_1");
  CHECK(out.last4 == "3000");
  CHECK_FALSE(out.brand);
}

TEST_CASE("deletions are marked, whatever the snapshot says", "[stripe][shapes]") {
  CHECK(
    after<d::customer>("customer.deleted", R"({"id":"cus_1","object":"customer","deleted":true})")
      .deleted);
  CHECK(after<d::customer>("customer.deleted", R"({"id":"cus_1","object":"customer"})").deleted);
  CHECK(after<d::invoice>("invoice.deleted", R"({"id":"in_1","object":"invoice","status":"draft"})")
          .deleted);
  CHECK_FALSE(after<d::invoice>("invoice.voided", R"({"id":"in_1","object":"invoice"})").deleted);
}

TEST_CASE("what the layer of previous attributes says is merged as Stripe means it",
          "[stripe][shapes]") {
  const std::string object
    = R"({"id":"in_1","object":"invoice","status":"open","number":"N-1","customer":"cus_1",)"
      R"("total":900,"status_transitions":{"paid_at":77,"voided_at":null},)"
      R"("parent":{"subscription_details":{"subscription":"sub_1","metadata":{}}},)"
      R"("payments":{"data":[{"payment":{"payment_intent":"pi_1"}}],"has_more":false}})";
  auto was = [&](const std::string& previous) {
    return before<d::invoice>(read(event_text("invoice.updated", object, previous)));
  };
  auto now = after<d::invoice>("invoice.updated", object);
  CHECK(was("{}") == now);
  CHECK(was(R"({"attempted":false,"new_field":{"x":1}})") == now);

  SECTION("a value replaces a value, and null means it was null") {
    auto wanted = now;
    wanted.status = "draft";
    wanted.number.reset();
    CHECK(was(R"({"status":"draft","number":null})") == wanted);
  }
  SECTION("hashes are merged member by member") {
    auto wanted = now;
    wanted.paid_at.reset();
    CHECK(was(R"({"status_transitions":{"paid_at":null}})") == wanted);
    wanted = now;
    CHECK(was(R"({"status_transitions":{"voided_at":5}})") == wanted);
    wanted.subscription = "sub_0";
    CHECK(was(R"({"parent":{"subscription_details":{"subscription":"sub_0"}}})") == wanted);
  }
  SECTION("a hash over null, and null over a hash") {
    auto wanted = now;
    wanted.subscription.reset();
    CHECK(was(R"({"parent":null})") == wanted);
    wanted = now;
    wanted.next_payment_attempt = 5;
    CHECK(was(R"({"next_payment_attempt":5})") == wanted);
  }
  SECTION("a list is whole") {
    auto wanted = now;
    wanted.payment_intent.reset();
    CHECK(was(R"({"payments":{"data":[]}})") == wanted);
    wanted.payment_intent = "pi_0";
    CHECK(was(R"({"payments":{"data":[{"payment":{"payment_intent":"pi_0"}}]}})") == wanted);
  }
  SECTION("the id of an expanded object may change in either form") {
    auto wanted = now;
    wanted.customer = "cus_0";
    CHECK(was(R"({"customer":"cus_0"})") == wanted);
    CHECK(was(R"({"customer":{"id":"cus_0","object":"customer"}})") == wanted);
  }
}

TEST_CASE("an expanded object keeps its id unless the layer gives another", "[stripe][shapes]") {
  const std::string object
    = R"({"id":"ch_1","object":"charge","customer":{"id":"cus_1","balance":3}})";
  auto was = [&](const std::string& previous) {
    return before<d::charge>(read(event_text("charge.updated", object, previous))).customer;
  };
  CHECK(was(R"({"customer":{"balance":0}})") == "cus_1");
  CHECK(was(R"({"customer":{"id":"cus_0","balance":0}})") == "cus_0");
  CHECK(was(R"({"customer":"cus_0"})") == "cus_0");
  CHECK(was(R"({"customer":null})") == std::nullopt);
}

TEST_CASE("an event without previous attributes says nothing of before", "[stripe][shapes]") {
  const std::string object = R"({"id":"ch_1","object":"charge"})";
  CHECK_FALSE(read(event_text("charge.updated", object)).seen->before);
  CHECK_FALSE(read(event_text("charge.updated", object, "null")).seen->before);
}

TEST_CASE("organizations are found best first, without repeats", "[stripe][hints]") {
  auto e = read(event_text(
    "invoice.paid",
    R"({"id":"in_1","object":"invoice","client_reference_id":"org_a",)"
    R"("lines":{"data":[{"metadata":{"org_id":"org_f"}},{"metadata":{"org_id":"org_b"}}]},)"
    R"("subscription_details":{"metadata":{"organizationId":"org_e"}},)"
    R"("parent":{"subscription_details":{"metadata":{"org_id":"org_d"},"subscription":"sub_1"}},)"
    R"("metadata":{"org_id":"org_c","other":"org_x","organization_id":"org_b"}})"));
  CHECK(e.found.organizations == strings{"org_a", "org_b", "org_c", "org_d", "org_e", "org_f"});
  CHECK(e.found.related == strings{"in_1", "sub_1"});
}

TEST_CASE("the metadata keys are the caller's", "[stripe][hints]") {
  auto body = event_text("customer.updated",
                         R"({"id":"cus_1","object":"customer","metadata":{"org_id":"a","x":"b"}})");
  adapter_settings settings;
  settings.metadata_keys = {"x"};
  auto out = normalise(body, settings);
  REQUIRE(out.has_value());
  CHECK(out->found.organizations == strings{"b"});
}

TEST_CASE("what could not be an organization or an id is no hint", "[stripe][hints]") {
  auto found = [](const std::string& members) {
    return read(event_text("plan.updated", R"({"object":"plan",)" + members + "}")).found;
  };
  const std::string longest(200, 'x');
  CHECK(found(R"("metadata":{"org_id":")" + longest + R"("})").organizations == strings{longest});
  CHECK(found(R"("metadata":{"org_id":")" + longest + R"(x"})").organizations.empty());
  CHECK(found(R"("metadata":{"org_id":""})").organizations.empty());
  CHECK(found(R"("metadata":{"org_id":"a\nb"})").organizations.empty());
  CHECK(found(R"("metadata":{"org_id":7})").organizations.empty());
  CHECK(found(R"("metadata":[],"customer":7,"charge":{"id":7},"lines":3)") == d::hints{});
  CHECK(found(R"("customer":{"id":"cus_1","object":"customer"})").customer == "cus_1");
}

TEST_CASE("an account stands in the place of a customer", "[stripe][hints]") {
  auto e = [](const std::string& members, const std::string& before = {}) {
    return read(
      event_text("invoice.paid", R"({"id":"in_1","object":"invoice",)" + members + "}", before));
  };
  auto by_account = e(R"("customer":null,"customer_account":"acct_1")");
  CHECK(by_account.found.customer == "acct_1");
  CHECK(after<d::invoice>(by_account).customer == "acct_1");
  auto by_both = e(R"("customer":"cus_1","customer_account":"acct_1")");
  CHECK(by_both.found.customer == "cus_1");
  CHECK(after<d::invoice>(by_both).customer == "cus_1");
  CHECK(e(R"("customer":null,"customer_account":null)").found.customer == std::nullopt);
  CHECK(e(R"("customer":null)", R"({"customer_account":"acct_0"})").found.customer == "acct_0");
  auto object = read(event_text("customer.updated", R"({"id":"cus_1","object":"customer",)"
                                                    R"("customer_account":"acct_1"})"));
  CHECK(object.found.customer == "cus_1");
}

TEST_CASE("an event names at most sixteen organizations", "[stripe][hints]") {
  std::string lines;
  for (int i = 0; i < 100; ++i) {
    lines += (i > 0 ? "," : "") + std::string{R"({"metadata":{"org_id":"org_)"} + std::to_string(i)
             + R"("}})";
  }
  auto e = read(event_text("invoice.paid",
                           R"({"id":"in_1","object":"invoice","lines":{"data":[)" + lines + "]}}"));
  CHECK(e.found.organizations.size() == 16);
}

TEST_CASE("the types that change the mirror", "[stripe][adapter]") {
  for (const char* type :
       {"customer.created", "customer.deleted", "customer.subscription.pending_update_expired",
        "customer.subscription.trial_will_end", "invoice.updated", "invoice.deleted",
        "invoice_payment.paid", "payment_intent.created", "charge.updated", "charge.refunded",
        "charge.refund.updated", "refund.failed", "charge.dispute.closed", "credit_note.voided",
        "checkout.session.expired", "payment_method.detached"}) {
    CAPTURE(type);
    CHECK(changes_mirror(type));
  }
  for (const char* type :
       {"", "invoice", "invoice.upcoming", "customer", "customer.subscription",
        "customer.subscription.something_new", "billing.subscription.quantum_entangled",
        "v1.invoice.paid", "Invoice.paid", "invoice.paid ", "zzz", "customer.tax_id.created",
        "invoiceitem.created", "setup_intent.succeeded"}) {
    CAPTURE(type);
    CHECK_FALSE(changes_mirror(type));
  }
}

TEST_CASE("an object of more members than are indexed is still read", "[stripe][shapes]") {
  std::string object = R"({"id":"ch_1","object":"charge")";
  for (int i = 0; i < 500; ++i) {
    object += ",\"m" + std::to_string(i) + "\":" + std::to_string(i);
  }
  auto out = after<d::charge>("charge.updated", object + R"(,"amount":700})");
  CHECK(out.amount == 700);
}

TEST_CASE("thin events name their customer and their account", "[stripe][adapter]") {
  auto e
    = read(R"({"id":"evt_1","object":"v2.core.event","type":"v1.customer.updated",)"
           R"("created":"2026-09-18T19:56:56.947Z","livemode":false,)"
           R"("context":"org_123/acct_9","reason":null,)"
           R"("related_object":{"id":"cus_1","type":"customer","url":"/v1/customers/cus_1"}})");
  CHECK_FALSE(e.unusable);
  CHECK(e.thin);
  CHECK_FALSE(e.livemode);
  CHECK(e.created == 1'789'761'416);
  CHECK(e.account == "acct_9");
  CHECK(e.found.customer == "cus_1");
  CHECK_FALSE(e.seen);
}
