// API keys: what may be made of what.
#include "domain/access_key.hpp"

#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

const timestamp now = from_unix_seconds(1'700'000'000);

api_key key_of(role r) {
  api_key out;
  out.id = "key_1";
  out.role = r;
  out.scopes = scopes_of(r);
  out.created_at = now;
  return out;
}

std::string pointer_of(const result<std::vector<access_event>>& refused) {
  REQUIRE(refused.has_error());
  REQUIRE(refused.error().fields().size() == 1);
  return refused.error().fields().front().pointer;
}

}  // namespace

TEST_CASE("no key ends after the year 9999", "[domain][keys]") {
  auto key = key_of(role::platform_admin);
  key.expires_at = timestamp_max;
  CHECK(decide({}, create_api_key{key}, now).has_value());
  key.expires_at = timestamp_max + std::chrono::microseconds{1};
  CHECK(pointer_of(decide({}, create_api_key{key}, now)) == "/expires_in");
}

TEST_CASE("no overlap ends after the year 9999", "[domain][keys]") {
  access_keys state;
  state.keys["key_1"] = key_of(role::platform_admin);
  rotate_api_key wanted{"key_1", key_of(role::platform_admin), timestamp_max};
  CHECK(decide(state, wanted, now).has_value());
  wanted.old_ends_at += std::chrono::microseconds{1};
  CHECK(pointer_of(decide(state, wanted, now)) == "/overlap");
}

TEST_CASE("a key is rotated once: a second replacement would end with the overlap",
          "[domain][keys]") {
  access_keys state;
  state.keys["key_1"] = key_of(role::platform_admin);
  rotate_api_key wanted{"key_1", key_of(role::platform_admin), now + std::chrono::hours{1}};
  wanted.replacement.id = "key_2";
  auto done = decide(state, wanted, now);
  REQUIRE(done.has_value());
  for (const auto& event : *done) {
    state = evolve(std::move(state), event);
  }
  CHECK(state.keys.at("key_1").expires_at == now + std::chrono::hours{1});
  CHECK(state.keys.at("key_2").expires_at == std::nullopt);
  auto again = decide(state, wanted, now);
  REQUIRE_FALSE(again.has_value());
  CHECK(again.error().code() == errc::conflict);
  wanted.id = "key_2";
  wanted.replacement.id = "key_3";
  CHECK(decide(state, wanted, now).has_value());
}
