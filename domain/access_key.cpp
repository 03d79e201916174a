#include "domain/access_key.hpp"

#include <algorithm>

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "domain/overloaded.hpp"

namespace bursar::domain {
namespace {

using events = std::vector<access_event>;

result<events> decide_create(const access_keys& state, const create_api_key& c) {
  const auto& key = c.key;
  std::vector<field_error> found;
  if (key.role != role::platform_admin && !key.organization_id) {
    found.push_back({"/organization_id", "is required for every role but platform_admin"});
  }
  if (key.organization_id && !is_organization_id(*key.organization_id)) {
    found.push_back({"/organization_id", "must be org_ and 1 to 64 of A-Z a-z 0-9 _ -"});
  }
  auto allowed = scopes_of(key.role);
  bool within = std::all_of(key.scopes.begin(), key.scopes.end(), [&](scope s) {
    return std::find(allowed.begin(), allowed.end(), s) != allowed.end();
  });
  if (key.scopes.empty() || !within) {
    found.push_back({"/scopes", "must be some of what the role has"});
  }
  if (key.name && (key.name->empty() || key.name->size() > limits::text_bytes_max)) {
    found.push_back({"/name", "must be 1 to 512 bytes"});
  }
  if (key.expires_at && *key.expires_at <= key.created_at) {
    found.push_back({"/expires_in", "must end in the future"});
  }
  if (key.expires_at && *key.expires_at > timestamp_max) {
    found.push_back({"/expires_in", "must end before the year 10000"});
  }
  if (!found.empty()) {
    return error{errc::invalid_parameter, "the API key is not valid", std::move(found)};
  }
  if (key.role == role::platform_admin && key.organization_id) {
    return error{errc::unprocessable,
                 "a platform_admin's key reaches every organization",
                 {{"/organization_id", "must be absent for the role platform_admin"}}};
  }
  if (state.keys.contains(key.id)) {
    return error{errc::already_exists, "API key " + key.id + " exists already"};
  }
  return events{api_key_created{key}};
}

result<events> decide_revoke(const access_keys& state, const revoke_api_key& c, timestamp now) {
  auto found = state.keys.find(c.id);
  if (found == state.keys.end()) {
    return error{errc::not_found, "no API key " + c.id};
  }
  if (found->second.revoked_at) {
    return events{};
  }
  return events{api_key_revoked{c.id, now}};
}

result<events> decide_rotate(const access_keys& state, const rotate_api_key& c, timestamp now) {
  auto found = state.keys.find(c.id);
  if (found == state.keys.end()) {
    return error{errc::not_found, "no API key " + c.id};
  }
  const auto& old = found->second;
  if (!is_live(old, now)) {
    return error{errc::conflict, "API key " + c.id + " has ended: create a new one"};
  }
  if (state.rotated.contains(c.id)) {
    return error{errc::conflict,
                 "API key " + c.id + " was rotated before and ends soon: use its replacement, or "
                   "let another key that may create one"};
  }
  if (c.old_ends_at > timestamp_max) {
    return error{errc::invalid_parameter,
                 "the overlap is not valid",
                 {{"/overlap", "must end before the year 10000"}}};
  }
  auto fresh = c.replacement;
  fresh.role = old.role;
  fresh.organization_id = old.organization_id;
  fresh.scopes = old.scopes;
  fresh.name = old.name;
  fresh.expires_at = old.expires_at;
  auto ends = old.expires_at ? std::min(*old.expires_at, c.old_ends_at) : c.old_ends_at;
  return events{api_key_created{std::move(fresh)}, api_key_expiry_set{c.id, ends}};
}

}  // namespace

result<std::vector<access_event>> decide(const access_keys& state, const access_command& command,
                                         timestamp now) {
  return std::visit(
    overloaded{[&](const create_api_key& c) { return decide_create(state, c); },
               [&](const revoke_api_key& c) { return decide_revoke(state, c, now); },
               [&](const rotate_api_key& c) { return decide_rotate(state, c, now); }},
    command);
}

access_keys evolve(access_keys state, const access_event& event) {
  std::visit(overloaded{[&](const api_key_created& e) { state.keys[e.key.id] = e.key; },
                        [&](const api_key_revoked& e) { state.keys[e.id].revoked_at = e.at; },
                        [&](const api_key_expiry_set& e) {  // rotation alone does this
                          state.rotated.insert(e.id);
                          state.keys[e.id].expires_at = e.expires_at;
                        }},
             event);
  return state;
}

bool is_live(const api_key& key, timestamp now) {
  return !key.revoked_at && (!key.expires_at || now < *key.expires_at);
}

std::vector<scope> scopes_of(role r) {
  switch (r) {
    case role::platform_admin:
    case role::billing_admin: return {scope::read, scope::write, scope::admin};
    case role::customer: return {scope::read, scope::write};
    case role::billing_viewer: return {scope::read};
  }
  return {};
}

}  // namespace bursar::domain
