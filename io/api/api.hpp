// The HTTP API: the route table, authentication and authorization around every handler. Lives as
// long as the server that calls it; handlers run on io threads and never block.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include "actors/node.hpp"
#include "io/api/authentication.hpp"
#include "io/api/call.hpp"
#include "io/api/limiters.hpp"
#include "io/stripe/adapter.hpp"
#include "io/stripe/signature.hpp"

namespace bursar::io::api {

// A clock that stands still until it is told otherwise (serve --test-clock).
class settable_clock : public wall_clock {
 public:
  // conflict: time does not go back.
  virtual result<void> set(timestamp to) = 0;
};

struct api_options {
  std::vector<secret<std::string>> webhook_secrets;  // none: the webhook routes are off
  std::chrono::seconds signature_tolerance{300};
  stripe::adapter_settings adapter;
  std::size_t body_bytes_max = limits::http_body_bytes_max;
  std::size_t webhook_body_bytes_max = limits::webhook_body_bytes_max;
  std::int64_t requests_per_second = 2'000;
  std::int64_t requests_burst = 4'000;
  std::int64_t webhooks_per_second = 2'000;
  std::int64_t failed_credentials_per_10_seconds = 20;
  settable_clock* test_clock = nullptr;  // none: /test/clock is off
};

class api;
using route_handler = http::awaitable<http::response> (*)(api&, call);

// signature: a provider's, over the body, instead of a key. billing: a key that administers, the
// platform or its organization. platform: one that administers the platform.
enum class credentials { none, signature, any, billing, platform };
// What says whose call it is, of an alias: its path, as everywhere else, the key or the body.
enum class organization_by { path, key, body };
struct route {
  http::method verb;
  std::string_view pattern;       // "/api/v1/organizations/{org}/state"
  std::string_view operation_id;  // in schemas/openapi.yaml
  credentials needs;
  domain::scope scope;
  route_handler handle;
  std::string_view alias_of;     // pattern of the route this one is another name of
  bool with_test_clock = false;  // only there with serve --test-clock
  organization_by organization = organization_by::path;
};

// Every route of this server, in the order of the table in docs and openapi.yaml.
std::span<const route> routes();

class api {
 public:
  api(actors::node& node, const wall_clock& clock, api_options options);

  result<http::admission> admit(const http::head_view& head) const;
  http::awaitable<http::response> handle(http::request&& r);

  void start_draining() { draining_ = true; }
  bool draining() const { return draining_; }

  actors::node& node() { return node_; }
  const wall_clock& clock() const { return clock_; }
  const api_options& options() const { return options_; }
  result<void> verify_stripe(const http::request& r);
  rate_limiter& webhooks() { return webhooks_; }
  rate_limiter& unverified_webhooks() { return unverified_webhooks_; }
  concurrency_limiter& chains() { return chains_; }
  concurrency_limiter& pages() { return pages_; }

 private:
  result<std::size_t> find(http::method verb, std::string_view path) const;
  result<void> authorize(const route& r, call& c);
  // Why the route does not get the call; none: it does.
  std::optional<http::response> refusal_of(const route& r, call& c);

  actors::node& node_;
  const wall_clock& clock_;
  api_options options_;
  authenticator authenticator_;
  rate_limiter requests_;
  rate_limiter failures_;
  rate_limiter webhooks_;
  rate_limiter unverified_webhooks_;
  concurrency_limiter chains_{limits::chain_readings_max};
  concurrency_limiter pages_{limits::page_readings_max};
  std::mutex verifier_mutex_;
  std::unique_ptr<stripe::signature_verifier> verifier_;
  std::atomic<bool> draining_{false};
};

}  // namespace bursar::io::api
