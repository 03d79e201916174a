// Who asks: API keys as bearer tokens, found by their SHA-256. Any io thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "actors/services.hpp"
#include "base/time.hpp"
#include "io/api/call.hpp"

namespace bursar::io::api {

// "bsk_live_" and 43 characters of base62: 256 random bits.
std::string make_api_key();

class authenticator {
 public:
  explicit authenticator(const actors::services& shared) : shared_{shared} {}
  // unauthenticated: no key, not a key, or one that ended.
  result<principal> authenticate(const http::request& r, timestamp now);

 private:
  using by_secret = std::unordered_map<std::string, domain::api_key>;
  std::shared_ptr<const by_secret> keys();

  const actors::services& shared_;
  std::mutex mutex_;
  std::shared_ptr<const domain::access_keys> of_;
  std::shared_ptr<const by_secret> keys_;
};

}  // namespace bursar::io::api
