// Signed, but not to be used: such an event is kept and says why; only what is no JSON is refused.
#include <string>
#include <utility>
#include <vector>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "tests/io/stripe/events.hpp"

using namespace bursar;
using namespace bursar::io::stripe;
using namespace bursar::io::stripe::testing;
namespace d = bursar::domain::stripe;

namespace {

std::string charge_with(const std::string& members) {
  return event_text("charge.updated", R"({"id":"ch_1","object":"charge",)" + members + "}");
}

std::string made_up_id(const std::string& body) {
  return "unidentified_" + to_hex(sha256(body)).substr(0, 32);
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

}  // namespace

TEST_CASE("only bytes that are no JSON are refused", "[stripe][bad]") {
  for (const std::string body : {"", " ", "{", "id=evt_1", R"({"id":"evt_1",})", "[1] x",
                                 "\xEF\xBB\xBF{}", "{\"id\":\"\xFF\"}"}) {
    CAPTURE(body);
    auto out = normalise(body);
    REQUIRE_FALSE(out.has_value());
    CHECK(out.error().code() == errc::invalid_json);
  }
}

TEST_CASE("JSON that is no event is unusable under an id made of its bytes", "[stripe][bad]") {
  for (const std::string body :
       {"null", "1", "\"evt_1\"", "[]", "{}", R"([{"id":"evt_1"}])", R"({"data":{}})"}) {
    CAPTURE(body);
    auto e = read(body);
    CHECK(e.unusable);
    CHECK(e.id == made_up_id(body));
    CHECK_FALSE(e.seen);
  }
}

TEST_CASE("a JSON document that must not be read keeps the id it gives itself", "[stripe][bad]") {
  const std::string deep = std::string(40, '[') + std::string(40, ']');
  const std::vector<std::pair<std::string, std::string>> rows{
    {charge_with(R"("amount":1,"amount":2)"), "twice"},
    {charge_with(R"("amount":99999999999999999999)"), "64 bits"},
    {charge_with(R"("metadata":{"a":"\u0000"})"), "U+0000"},
    {charge_with(R"("description":"\ud83d")"), "surrogate"},
    {charge_with(R"("x":)" + deep), "deeper"},
    {charge_with(R"("x":)" + std::string(100'000, '[') + std::string(100'000, ']')), "deeper"},
  };
  for (const auto& [body, reason] : rows) {
    CAPTURE(body.substr(0, 300));
    auto e = read(body);
    REQUIRE(e.unusable);
    CHECK_THAT(*e.unusable, has_part(reason));
    CHECK(e.id == "evt_1");
    CHECK(e.type == "charge.updated");
    CHECK_FALSE(e.seen);
  }
  const std::string twice = R"({"id":"evt_1","id":"evt_2"})";
  CHECK(read(twice).id == made_up_id(twice));
}

TEST_CASE("an envelope with a member missing or wrong is unusable", "[stripe][bad]") {
  const auto good = charge_with(R"("amount":1)");
  REQUIRE_FALSE(read(good).unusable);
  struct row {
    std::string what, with, reason, id;
  };
  const std::vector<row> rows{
    {R"("id":"evt_1",)", "", "id: is missing", ""},
    {R"("id":"evt_1")", R"("id":null)", "id: is missing", ""},
    {R"("id":"evt_1")", R"("id":7)", "id: expected a text", ""},
    {R"("id":"evt_1")", R"("id":"")", "id: expected an id", ""},
    {R"("id":"evt_1")", R"("id":"evt\u0007")", "id: expected an id", ""},
    {R"("id":"evt_1")", R"("id":{"id":"evt_1"})", "id: expected a text", ""},
    {R"("id":"evt_1")", R"("id":")" + std::string(256, 'e') + '"', "id: expected an id", ""},
    {R"("type":"charge.updated",)", "", "type: is missing", "evt_1"},
    {R"("type":"charge.updated")", R"("type":["a"])", "type: expected a text", "evt_1"},
    {R"("object":"event",)", "", "object: expected \"event\"", "evt_1"},
    {R"("object":"event")", R"("object":"list")", "object: expected \"event\"", "evt_1"},
    {R"("object":"event")", R"("object":1)", "object: expected a text", "evt_1"},
    {R"("livemode":true,)", "", "livemode: is missing", "evt_1"},
    {R"("livemode":true)", R"("livemode":"true")", "livemode: expected true or false", "evt_1"},
    {R"("created":1750000000,)", "", "created: is missing", "evt_1"},
    {R"("created":1750000000)", R"("created":"now")", "created: expected an integer", "evt_1"},
    {R"("created":1750000000)", R"("created":1.5)", "created: expected an integer", "evt_1"},
    {R"("created":1750000000)", R"("created":-1)", "created: out of range", "evt_1"},
    {R"("created":1750000000)", R"("created":253402300800)", "created: out of range", "evt_1"},
    {R"("api_version":"2025-03-31.basil")", R"("api_version":3)", "api_version: expected a text",
     "evt_1"},
    {R"("livemode":true)", R"("livemode":true,"account":5)", "account: expected an id", "evt_1"},
    {R"("data":{)", R"("d":{)", "data.object: expected an object", "evt_1"},
    {R"("data":{)", R"("data":[],"d":{)", "data: expected an object", "evt_1"},
    {R"("object":{"id")", R"("o":{"id")", "data.object: expected an object", "evt_1"},
  };
  for (const auto& [what, with, reason, id] : rows) {
    auto body = replaced(good, what, with);
    CAPTURE(body);
    auto e = read(body);
    CHECK(e.unusable == reason);
    CHECK(e.id == (id.empty() ? made_up_id(body) : id));
    CHECK_FALSE(e.seen);
  }
}

TEST_CASE("an object with a wrong or absurd value is unusable, and its place is named",
          "[stripe][bad]") {
  const std::vector<std::pair<std::string, std::string>> rows{
    {R"("amount":"100")", "data.object.amount: expected an integer"},
    {R"("amount":10.5)", "data.object.amount: expected an integer"},
    {R"("amount":10.0)", "data.object.amount: expected an integer"},
    {R"("amount":1e3)", "data.object.amount: expected an integer"},
    {R"("amount":true)", "data.object.amount: expected an integer"},
    {R"("amount":{})", "data.object.amount: expected an integer"},
    {R"("amount":-1)", "data.object.amount: out of range"},
    {R"("amount":18446744073709551615)", "data.object.amount: out of range"},
    {R"("amount":9223372036854775807)", "data.object.amount: out of range"},
    {R"("amount":1000000000000000)", "data.object.amount: out of range"},
    {R"("status":7)", "data.object.status: expected a text"},
    {R"("status":["paid"])", "data.object.status: expected a text"},
    {R"("refunded":"no")", "data.object.refunded: expected true or false"},
    {R"("refunded":1)", "data.object.refunded: expected true or false"},
    {R"("currency":"USD")", "data.object.currency: expected a currency"},
    {R"("currency":"")", "data.object.currency: expected a currency"},
    {R"("customer":7)", "data.object.customer: expected an id"},
    {R"("customer":"")", "data.object.customer: expected an id"},
    {R"("customer":{"object":"customer"})", "data.object.customer: an object without an id"},
    {R"("customer":["cus_1"])", "data.object.customer: expected an id"},
    {R"("failure_message":")" + std::string(5'001, 'x') + '"',
     "data.object.failure_message: longer than any text of Stripe's"},
  };
  for (const auto& [members, reason] : rows) {
    CAPTURE(members.substr(0, 200));
    auto e = read(charge_with(members));
    CHECK(e.unusable == reason);
    CHECK(e.id == "evt_1");
    CHECK(e.created == 1'750'000'000);
    CHECK_FALSE(e.seen);
  }
}

TEST_CASE("wrong values inside lists and hashes are named with their path", "[stripe][bad]") {
  auto reason = [](const std::string& type, const std::string& object) {
    return read(event_text(type, object)).unusable;
  };
  CHECK(reason("customer.subscription.updated",
               R"({"id":"sub_1","object":"subscription","items":{"data":[{"id":"si_1"},)"
               R"({"id":"si_2","price":{"id":"p","recurring":{"interval_count":"x"}}}]}})")
        == "data.object.items.data[1].price.recurring.interval_count: expected an integer");
  CHECK(reason("customer.subscription.updated",
               R"({"id":"sub_1","object":"subscription","items":{"data":[{}]}})")
        == "data.object.items.data[0].id: is missing");
  CHECK(
    reason("customer.subscription.updated", R"({"id":"sub_1","object":"subscription","items":[]})")
    == "data.object.items: expected an object");
  CHECK(reason("customer.subscription.updated",
               R"({"id":"sub_1","object":"subscription","items":{"data":{}}})")
        == "data.object.items.data: expected a list");
  CHECK(reason("customer.subscription.updated",
               R"({"id":"sub_1","object":"subscription","items":{"data":["si_1"]}})")
        == "data.object.items.data[0]: expected an object");
  CHECK(reason("invoice.paid", R"({"id":"in_1","object":"invoice","parent":"sub_1"})")
        == "data.object.parent: expected an object");
  CHECK(reason("charge.dispute.created",
               R"({"id":"dp_1","object":"dispute","balance_transactions":[{"amount":0.5}]})")
        == "data.object.balance_transactions[0].amount: expected an integer");
}

TEST_CASE("an object of another kind than its type's is unusable", "[stripe][bad]") {
  CHECK(read(event_text("invoice.paid", R"({"id":"ch_1","object":"charge"})")).unusable
        == "data.object.object: expected \"invoice\" for this type");
  CHECK(read(event_text("invoice.paid", R"({"id":"in_1"})")).unusable
        == "data.object.object: expected \"invoice\" for this type");
  CHECK(read(event_text("invoice.paid", R"({"object":"invoice"})")).unusable
        == "data.object.id: is missing");
  CHECK(read(event_text("invoice.paid", R"({"id":{"id":"in_1"},"object":"invoice"})")).unusable
        == "data.object.id: is missing");
}

TEST_CASE("wrong previous attributes are named as such", "[stripe][bad]") {
  const std::string object = R"({"id":"ch_1","object":"charge","amount":1})";
  CHECK(read(event_text("charge.updated", object, "[]")).unusable
        == "data.previous_attributes: expected an object");
  CHECK(read(event_text("charge.updated", object, R"({"amount":"1"})")).unusable
        == "data.previous_attributes.amount: expected an integer");
}

TEST_CASE("an unknown type may show anything", "[stripe][bad]") {
  CHECK_FALSE(read(event_text("payout.paid", R"({"id":7,"object":[],"amount":"x"})")).unusable);
  CHECK_FALSE(read(event_text("payout.paid", "null")).unusable);
  CHECK_FALSE(read(event_text("payout.paid", "[]", "[]")).unusable);
}

TEST_CASE("an unusable event still says whom it concerns", "[stripe][bad]") {
  auto e = read(charge_with(R"("amount":"x","customer":"cus_1","metadata":{"org_id":"org_a"})"));
  CHECK(e.unusable);
  CHECK(e.found.customer == "cus_1");
  CHECK(e.found.organizations == std::vector<std::string>{"org_a"});
}

TEST_CASE("a thin event with a wrong member is unusable", "[stripe][bad]") {
  auto reason = [](const std::string& members) {
    return read(R"({"id":"evt_1","object":"v2.core.event","type":"v1.invoice.paid",)"
                R"("livemode":true,)"
                + members + "}")
      .unusable;
  };
  CHECK(reason(R"("created":"2026-09-18T19:56:56Z")") == std::nullopt);
  CHECK(reason(R"("created":1750000000)") == "created: expected a text");
  CHECK(reason(R"("created":"yesterday")") == "created: expected an RFC 3339 time");
  CHECK(reason(R"("x":1)") == "created: expected an RFC 3339 time");
  CHECK(reason(R"("created":"2026-09-18T19:56:56Z","related_object":7)")
        == "related_object: expected an id");
}
