// What a person may decide about a node, read once at start: a TOML file, then the environment,
// then the command line, the later one winning. Plain values; actors and io/ get what they need
// from it by main and never read a setting themselves.
//
// A member's initial value is the setting's default. Range, meaning and everything else about a
// setting is one row of settings_table.cpp, which reading, the default file and `bursar config
// check` all go through.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"

namespace bursar::app {

// A numeric address and a port to listen on: 127.0.0.1:3401, [::1]:3401, localhost:0.
struct endpoint {
  std::string address;
  std::uint16_t port = 0;
  friend bool operator==(const endpoint&, const endpoint&) = default;
};
std::optional<endpoint> parse_endpoint(std::string_view text);
std::string to_string(const endpoint& where);
bool is_loopback(const endpoint& where);

struct settings {
  struct server_section {
    endpoint listen{"127.0.0.1", 3401};
    std::string data = "./data";
    std::int64_t io_threads = 1;
    std::int64_t worker_threads = 0;
    std::string tls_certificate;
    std::string tls_private_key;
  } server;

  struct http_section {
    std::int64_t body_bytes_max = limits::http_body_bytes_max;
    std::int64_t webhook_body_bytes_max = limits::webhook_body_bytes_max;
    std::int64_t head_seconds_max = limits::http_head_seconds_max;
    std::int64_t body_seconds_max = limits::http_body_seconds_max;
    std::int64_t write_seconds_max = limits::http_write_seconds_max;
    std::int64_t idle_seconds_max = limits::http_idle_seconds_max;
    std::int64_t connections_max = limits::http_connections_max;
    std::int64_t requests_in_flight_max = 4'096;
    std::int64_t answers_bytes_max = limits::http_answers_bytes_max;
  } http;

  struct limits_section {
    std::int64_t requests_per_second = 2'000;
    std::int64_t requests_burst = 4'000;
    std::int64_t failed_credentials_per_10_seconds = 20;
    std::int64_t webhooks_per_second = 2'000;
  } limits;

  struct journal_section {
    std::string head_file;
    std::int64_t free_bytes_min = limits::free_bytes_min;
    std::int64_t ballast_bytes = limits::ballast_bytes;
    std::int64_t block_cache_bytes = 256LL << 20;
    std::int64_t write_buffer_bytes = 64LL << 20;
  } journal;

  struct stripe_section {
    std::vector<secret<std::string>> webhook_secrets;
    secret<std::string> secret_key;
    std::string account;
    bool livemode = true;
    std::vector<std::string> metadata_keys{"organization_id", "organizationId", "org_id"};
    std::string api_base = "https://api.stripe.com";
    std::int64_t tolerance_seconds = 300;
    bool create_organizations = false;
  } stripe;

  struct seller_section {
    std::string country, vat_id;
  } seller;

  struct invoices_section {
    std::string number_prefix = "INV-";
    std::int64_t draft_seconds = 0;
    std::int64_t due_days = 14;
  } invoices;

  struct credits_section {
    std::int64_t low_balance = 1'000;
    std::int64_t expiry_notice_days = 7;
    bool revoke_on_refund = false;
  } credits;

  struct actors_section {
    std::int64_t passivate_after_seconds = 300;
    std::int64_t snapshot_interval_events = limits::snapshot_interval_events;
  } actors;

  struct webhooks_section {
    std::vector<std::int64_t> parked_retry_seconds{30,     120,    600,     3'600,  14'400,
                                                   43'200, 86'400, 172'800, 259'200};
    std::int64_t parked_attempts_max = 9;
  } webhooks;

  struct admin_section {
    endpoint listen{"127.0.0.1", 3402};
  } admin;

  struct log_section {
    log::level level = log::level::info;
    log::format format = log::format::text;
  } log;

  // "stripe.account" -> "bursar.toml:3:11" or "environment BURSAR_STRIPE_ACCOUNT" or
  // "command line"; a setting that is not here has its default.
  std::map<std::string, std::string, std::less<>> origins;

  // One pause per attempt to find a parked webhook's organization: parked_retry_seconds, its last
  // entry again and again until parked_attempts_max.
  std::vector<std::chrono::seconds> parked_retry_delays() const;
};

struct settings_sources {
  std::optional<std::filesystem::path> file;
  std::vector<std::pair<std::string, std::string>> environment;  // name, value
  std::vector<std::string> overrides;                            // "section.key=value"
};

// The variables of this process that can concern settings: BURSAR_* and STRIPE_*.
std::vector<std::pair<std::string, std::string>> environment_of_process();

// invalid_parameter: detail() has one line per fault with its place, and fields() the same with
// the pointer "/section/key". io_error: the file cannot be read.
result<settings> read_settings(const settings_sources& sources);

// The commented file that stands in config/bursar.toml.
std::string default_settings_file();

// Every setting with its value and where that came from, secrets only counted.
std::string describe_settings(const settings& values);

}  // namespace bursar::app
