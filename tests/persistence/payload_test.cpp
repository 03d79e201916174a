// Raw bodies of webhooks, as they are stored.
#include "persistence/payload.hpp"

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
