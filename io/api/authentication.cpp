#include "io/api/authentication.hpp"

#include <algorithm>
#include <array>

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace bursar::io::api {
namespace {

constexpr std::string_view key_prefix = "bsk_live_";
constexpr std::size_t key_characters = 43;

error unauthenticated(const char* why) {
  return {errc::unauthenticated, why};
}

}  // namespace

std::string make_api_key() {
  constexpr std::string_view letters
    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  std::string out{key_prefix};
  while (out.size() < key_prefix.size() + key_characters) {
    std::array<std::uint8_t, 64> bytes;
    random_bytes(bytes.data(), bytes.size());
    for (auto byte : bytes) {
      // 248 = 4 · 62: what is above would favour the first letters.
      if (byte < 248 && out.size() < key_prefix.size() + key_characters) {
        out += letters[byte % letters.size()];
      }
    }
  }
  return out;
}

std::shared_ptr<const authenticator::by_secret> authenticator::keys() {
  std::lock_guard lock{mutex_};
  auto version = shared_.access.version();  // before the keys
  if (!keys_ || version_ != version) {
    auto current = shared_.access.get();
    auto fresh = std::make_shared<by_secret>();
    for (const auto& [id, key] : current->keys) {
      if (auto digest = digest_from_hex(key.secret_sha256)) {
        fresh->emplace(*digest, std::make_shared<const domain::api_key>(key));
      }
    }
    version_ = version;
    keys_ = std::move(fresh);
  }
  return keys_;
}

result<std::shared_ptr<const domain::api_key>> authenticator::authenticate(const http::request& r,
                                                                           timestamp now) {
  auto field = r.field("authorization");
  constexpr std::string_view scheme = "Bearer ";
  if (!field) {
    return unauthenticated("send Authorization: Bearer <API key>");
  }
  bool bearer = field->size() > scheme.size()
                && std::equal(scheme.begin(), scheme.end(), field->begin(),
                              [](char a, char b) { return (a | 32) == (b | 32); });
  if (!bearer) {
    return unauthenticated("the Authorization scheme must be Bearer");
  }
  auto known = keys();
  auto found = known->find(sha256(field->substr(scheme.size())));
  if (found == known->end() || !domain::is_live(*found->second, now)) {
    return unauthenticated("the API key is unknown or has ended");
  }
  return found->second;
}

}  // namespace bursar::io::api
