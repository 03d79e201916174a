// API keys and what their holders may do. At rest there is a key's SHA-256, never the key.
// Event-sourced in the stream "$access". Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <boost/describe.hpp>

#include "base/error.hpp"
#include "base/time.hpp"

namespace bursar::domain {

BOOST_DEFINE_ENUM_CLASS(role, platform_admin, billing_admin, billing_viewer, customer)
BOOST_DEFINE_ENUM_CLASS(scope, read, write, admin)

struct api_key {
  std::string id;  // key_…
  domain::role role = domain::role::billing_viewer;
  std::optional<std::string> organization_id;  // required for all but platform_admin
  std::vector<scope> scopes;                   // sorted, no repeats, not empty
  std::optional<std::string> name;
  std::string secret_sha256;      // 64 lower-case hexadecimal digits
  std::string prefix, last_four;  // of the key, for people
  timestamp created_at{};
  std::optional<timestamp> expires_at;
  std::optional<timestamp> revoked_at;
  friend bool operator==(const api_key&, const api_key&) = default;
};
BOOST_DESCRIBE_STRUCT(api_key, (),
                      (id, role, organization_id, scopes, name, secret_sha256, prefix, last_four,
                       created_at, expires_at, revoked_at))

struct access_keys {
  std::map<std::string, api_key> keys;  // by id
  std::set<std::string> rotated;        // ids of those that have a replacement
  friend bool operator==(const access_keys&, const access_keys&) = default;
};
BOOST_DESCRIBE_STRUCT(access_keys, (), (keys, rotated))

// -- commands ---

struct create_api_key {
  api_key key;
};
struct revoke_api_key {
  std::string id;
};
// A second key like the first; the first ends with the overlap.
struct rotate_api_key {
  std::string id;
  api_key replacement;  // id, secret, prefix, last_four, created_at count; the rest is copied
  timestamp old_ends_at{};
};
using access_command = std::variant<create_api_key, revoke_api_key, rotate_api_key>;

// -- events ---

struct api_key_created {
  api_key key;
  friend bool operator==(const api_key_created&, const api_key_created&) = default;
};
BOOST_DESCRIBE_STRUCT(api_key_created, (), (key))
struct api_key_revoked {
  std::string id;
  timestamp at{};
  friend bool operator==(const api_key_revoked&, const api_key_revoked&) = default;
};
BOOST_DESCRIBE_STRUCT(api_key_revoked, (), (id, at))
struct api_key_expiry_set {
  std::string id;
  timestamp expires_at{};
  friend bool operator==(const api_key_expiry_set&, const api_key_expiry_set&) = default;
};
BOOST_DESCRIBE_STRUCT(api_key_expiry_set, (), (id, expires_at))
using access_event = std::variant<api_key_created, api_key_revoked, api_key_expiry_set>;

// not_found, invalid_parameter, unprocessable, conflict (rotating a key that ended, or twice).
result<std::vector<access_event>> decide(const access_keys& state, const access_command& command,
                                         timestamp now);
access_keys evolve(access_keys state, const access_event& event);

bool is_live(const api_key& key, timestamp now);
// What a role may do at most.
std::vector<scope> scopes_of(role r);

}  // namespace bursar::domain
