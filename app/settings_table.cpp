// The settings themselves. A new one is a member in settings.hpp and a row here; the test then
// asks for a new config/bursar.toml.
//
// A row's bounds are what the code behind it can honour, not what is wise.
#include "app/settings_table.hpp"

#include <algorithm>

#include "base/iso_codes.hpp"
#include "domain/billing/vat_id.hpp"
#include "domain/credits/credit_grant.hpp"

namespace bursar::app {

namespace {

constexpr std::int64_t kib = 1024;
constexpr std::int64_t mib = 1024 * kib;
constexpr std::int64_t tib = 1024 * 1024 * mib;
constexpr std::int64_t day = 86'400;

bool is_web_address(std::string_view text) {
  for (std::string_view scheme : {"https://", "http://"})
    if (text.starts_with(scheme))
      return text.size() > scheme.size() && !text.ends_with('/');
  return false;
}

bool is_account(std::string_view text) {
  return text.empty() || text.starts_with("acct_");
}

bool is_strong_secret(std::string_view text) {
  return text.size() >= limits::webhook_secret_bytes_min
         && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

bool is_country_or_empty(std::string_view text) {
  return text.empty() || is_country(text);
}

bool is_vat_id_or_empty(std::string_view text) {
  return text.empty() || domain::country_of_vat_id(text);
}

bool is_not_empty(std::string_view text) {
  return !text.empty();
}

// The member `settings.section.key`, as the row wants it.
#define BURSAR_SETTING(SECTION, KEY) \
  .section = #SECTION, .key = #KEY,  \
  .where = +[](settings& s) -> decltype((s.SECTION.KEY)) { return s.SECTION.KEY; }

const setting_row rows[] = {
  {BURSAR_SETTING(server, listen), .meaning = "Where the API and the webhooks are served."},
  {BURSAR_SETTING(server, data), .meaning = "The directory that holds everything Bursar knows.",
   .acceptable = is_not_empty, .acceptable_text = "the path of a directory"},
  {BURSAR_SETTING(server, io_threads), .meaning = "Threads for sockets.", .lowest = 1,
   .highest = 64},
  {BURSAR_SETTING(server, worker_threads),
   .meaning = "Threads for organizations; 0: one less than there are cores.", .lowest = 0,
   .highest = 256},
  {BURSAR_SETTING(server, tls_certificate),
   .meaning = "PEM file with the certificate chain; empty: plain HTTP, for a proxy in front."},
  {BURSAR_SETTING(server, tls_private_key), .meaning = "PEM file with the certificate's key."},

  {BURSAR_SETTING(http, body_bytes_max), .meaning = "The largest request body; beyond it 413.",
   .lowest = kib, .highest = 4 * mib},
  {BURSAR_SETTING(http, webhook_body_bytes_max), .meaning = "The largest webhook; beyond it 413.",
   .lowest = kib, .highest = limits::payload_bytes_max},
  {BURSAR_SETTING(http, head_seconds_max),
   .meaning = "How long a request's head may take; then 408.", .lowest = 1, .highest = 300},
  {BURSAR_SETTING(http, body_seconds_max),
   .meaning = "How long a body may take, in which 500 bytes per second come after 5 s; then 408.",
   .lowest = 1, .highest = 300},
  {BURSAR_SETTING(http, write_seconds_max),
   .meaning = "How long a client may take to read an answer.", .lowest = 1, .highest = 300},
  {BURSAR_SETTING(http, idle_seconds_max),
   .meaning = "How long a connection may be kept without a request.", .lowest = 1,
   .highest = 3'600},
  {BURSAR_SETTING(http, connections_max), .meaning = "Connections at a time.", .lowest = 1,
   .highest = 1'000'000},
  {BURSAR_SETTING(http, requests_in_flight_max),
   .meaning = "Requests being handled at a time; beyond it 503 with Retry-After.", .lowest = 1,
   .highest = 1'000'000},
  {BURSAR_SETTING(http, answers_bytes_max),
   .meaning = "Answers that wait to be read, all together; beyond it large ones are 503.",
   .lowest = mib, .highest = tib},

  {BURSAR_SETTING(limits, requests_per_second),
   .meaning = "Requests of one key a second, on average; beyond it 429.", .lowest = 1,
   .highest = 1'000'000},
  {BURSAR_SETTING(limits, requests_burst), .meaning = "Requests of one key at once.", .lowest = 1,
   .highest = 1'000'000},
  {BURSAR_SETTING(limits, failed_credentials_per_10_seconds),
   .meaning = "Wrong keys from one address in ten seconds; beyond it 429.", .lowest = 1,
   .highest = 1'000'000},
  {BURSAR_SETTING(limits, webhooks_per_second),
   .meaning = "Webhooks from one address a second; beyond it 429.", .lowest = 1,
   .highest = 1'000'000},

  {BURSAR_SETTING(journal, head_file),
   .meaning = "Where the journal's head is recorded, best on another disk; empty: in `data`."},
  {BURSAR_SETTING(journal, free_bytes_min),
   .meaning = "With less free space than this, writes are refused with 503.", .lowest = 0,
   .highest = tib},
  {BURSAR_SETTING(journal, ballast_bytes),
   .meaning = "Size of a file to delete when the disk is full after all.", .lowest = 0,
   .highest = tib},
  {BURSAR_SETTING(journal, block_cache_bytes),
   .meaning = "Memory for blocks read from the journal.", .lowest = mib, .highest = tib},
  {BURSAR_SETTING(journal, write_buffer_bytes),
   .meaning = "Memory for what is not yet in a table file.", .lowest = mib,
   .highest = 4 * 1024 * mib},

  {BURSAR_SETTING(stripe, webhook_secrets),
   .meaning = "Signing secrets of the endpoint, several while one is replaced; none: the route "
              "is off.",
   .entries_max = limits::signatures_max, .acceptable = is_strong_secret,
   .acceptable_text = "at least 24 characters of printable ASCII",
   .environment_alias = "STRIPE_WEBHOOK_SECRET"},
  {BURSAR_SETTING(stripe, secret_key),
   .meaning = "The key for Stripe's API; empty: Bursar only listens.",
   .environment_alias = "STRIPE_SECRET_KEY"},
  {BURSAR_SETTING(stripe, account),
   .meaning = "The account whose events count; events of connected accounts are ignored.",
   .acceptable = is_account, .acceptable_text = "an account id, acct_…"},
  {BURSAR_SETTING(stripe, livemode),
   .meaning = "Whether live events count; false: test events do."},
  {BURSAR_SETTING(stripe, metadata_keys),
   .meaning = "Metadata keys that name the organization, the first one found wins.",
   .entries_max = 16, .acceptable = is_not_empty, .acceptable_text = "at least one character"},
  {BURSAR_SETTING(stripe, api_base), .meaning = "Where Stripe's API is.",
   .acceptable = is_web_address,
   .acceptable_text = "http:// or https:// and a host, without a slash at the end",
   .environment_alias = "STRIPE_API_BASE"},
  {BURSAR_SETTING(stripe, tolerance_seconds),
   .meaning = "How far a signature's time may be from ours.", .lowest = 1, .highest = 3'600},
  {BURSAR_SETTING(stripe, create_organizations),
   .meaning = "Whether a webhook may name an organization that nobody created yet."},

  {BURSAR_SETTING(seller, country),
   .meaning = "Where the seller is (ISO 3166-1), unless it is a legal entity; empty: no reverse "
              "charge.",
   .acceptable = is_country_or_empty, .acceptable_text = "two upper-case letters, as DE"},
  {BURSAR_SETTING(seller, vat_id), .meaning = "The seller's VAT id; empty: it has none.",
   .acceptable = is_vat_id_or_empty, .acceptable_text = "a VAT id of the union, as DE123456789"},

  {BURSAR_SETTING(invoices, number_prefix),
   .meaning = "What an invoice's number begins with, before its six digits; a legal entity "
              "has its own."},
  {BURSAR_SETTING(invoices, draft_seconds),
   .meaning = "How long an invoice stays a draft before it is opened.", .lowest = 0,
   .highest = 30 * day},
  {BURSAR_SETTING(invoices, due_days),
   .meaning = "Days from an invoice\'s opening until it must be paid where nothing is charged.",
   .lowest = 0, .highest = 365},

  {BURSAR_SETTING(credits, low_balance),
   .meaning = "An alert when an organization's credits fall below this; 0: none.", .lowest = 0,
   .highest = domain::balance_max},
  {BURSAR_SETTING(credits, expiry_notice_days),
   .meaning = "Days before what is left of a grant expires that it is told; 0: never. Of grants "
              "made from then on.",
   .lowest = 0, .highest = 365},
  {BURSAR_SETTING(credits, revoke_on_refund),
   .meaning = "Whether a refund, or a lost dispute, of a credit pack takes back what is left of "
              "it."},

  {BURSAR_SETTING(actors, passivate_after_seconds),
   .meaning = "An organization idle for so long costs no memory any more.", .lowest = 1,
   .highest = 30 * day},
  {BURSAR_SETTING(actors, snapshot_interval_events),
   .meaning = "A snapshot of an organization after so many events.", .lowest = 1,
   .highest = 1'000'000},

  {BURSAR_SETTING(webhooks, parked_retry_seconds),
   .meaning = "Pauses before a webhook of an unknown organization is tried again.", .lowest = 1,
   .highest = 30 * day, .entries_min = 1, .entries_max = 64},
  {BURSAR_SETTING(webhooks, parked_attempts_max),
   .meaning = "Attempts before it becomes a dead letter; the last pause repeats.", .lowest = 1,
   .highest = 1'000},

  {BURSAR_SETTING(admin, listen), .meaning = "Where operators find /metrics."},

  {BURSAR_SETTING(log, level), .meaning = "The least important lines that are written."},
  {BURSAR_SETTING(log, format), .meaning = "text for people, json for machines."},
};

#undef BURSAR_SETTING

}  // namespace

std::span<const setting_row> settings_table() {
  return rows;
}

}  // namespace bursar::app
