// Raw bodies of webhooks, as they are stored.
#include "persistence/payload.hpp"

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/limits.hpp"
#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::persistence;

TEST_CASE("the largest webhook that can be taken is unpacked again", "[persistence][payload]") {
  for (auto size : {std::size_t{0}, std::size_t{1}, limits::webhook_body_bytes_max,
                    limits::payload_bytes_max}) {
    std::string body(size, 'x');
    CHECK(unpack_payload(pack_payload(body)).value() == body);
  }
}

TEST_CASE("what says it was larger than any webhook is damaged", "[persistence][payload]") {
  auto packed = pack_payload(std::string(limits::payload_bytes_max + 1, 'x'));
  CHECK(unpack_payload(packed).error().code() == errc::integrity_error);
  CHECK(unpack_payload("").error().code() == errc::integrity_error);
}

TEST_CASE("bodies of every version are unpacked, whatever packs them today",
          "[persistence][payload]") {
  const std::string_view body = R"({"id":"evt_1","object":"event","api_version":"2024-06-20"})";
  // As they were packed when that version was the newest.
  const std::string_view first
    = "010000003af1067b226964223a226576745f31222c226f626a6563741100f011656e74222c226170695f76657273"
      "696f6e223a22323032342d30362d3230227d";
  const std::string_view second = "020000003a117b4d0001560b1831d867032b350acb4b04ca4b502d3230227d";
  for (auto packed : {first, second}) {
    auto bytes = from_hex(packed);
    REQUIRE(bytes);
    CHECK(unpack_payload(*bytes).value() == body);
  }
}

TEST_CASE("the dictionary is the one that bodies were packed with", "[persistence][payload]") {
  constexpr std::string_view dictionary =
#include "persistence/payload_dictionary.inc"
    ;
  CHECK(to_hex(sha256(dictionary))
        == "ec99f8b3d2ef22c525296184d91f5ee1f810ab8e6ac11bff291728e322a822b7");
}

TEST_CASE("a body like Stripe's takes less than a half", "[persistence][payload]") {
  const std::string_view body
    = R"({"id":"evt_1Qx","object":"event","api_version":"2024-06-20","created":1723450201,)"
      R"("data":{"object":{"id":"cus_Qx7","object":"customer","address":null,"balance":0,)"
      R"("created":1723450200,"currency":"eur","default_source":null,"delinquent":false,)"
      R"("description":null,"discount":null,"email":"it@dune.example","invoice_prefix":"A1B2"}},)"
      R"("livemode":true,"pending_webhooks":1,"request":{"id":null,"idempotency_key":null},)"
      R"("type":"customer.created"})";
  auto packed = pack_payload(body);
  CHECK(packed.size() * 2 < body.size());
  CHECK(unpack_payload(packed).value() == body);
}
