// Who asks: API keys as bearer tokens, found by their SHA-256. Any io thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "actors/services.hpp"
#include "base/digest.hpp"
#include "base/time.hpp"
#include "io/api/call.hpp"

namespace bursar::io::api {

// "bsk_live_" and 43 characters of base62: 256 random bits.
std::string make_api_key();

class authenticator {
 public:
  explicit authenticator(const actors::services& shared) : shared_{shared} {}
  // unauthenticated: no key, not a key, or one that ended.
  result<std::shared_ptr<const domain::api_key>> authenticate(const http::request& r,
                                                              timestamp now);

 private:
  struct digest_hash {  // of what is a hash already
    std::size_t operator()(const sha256_digest& x) const {
      std::size_t out = 0;
      std::memcpy(&out, x.data(), sizeof out);
      return out;
    }
  };
  using by_secret
    = std::unordered_map<sha256_digest, std::shared_ptr<const domain::api_key>, digest_hash>;
  std::shared_ptr<const by_secret> keys();

  const actors::services& shared_;
  std::mutex mutex_;
  std::uint64_t version_ = 0;  // of the keys that these are
  std::shared_ptr<const by_secret> keys_;
};

}  // namespace bursar::io::api
