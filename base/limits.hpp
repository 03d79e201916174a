// Every bound by name. What a caller hits is a rejection, what we hit ourselves is logged.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace bursar::limits {

// -- HTTP (api.md, Limits) ---
inline constexpr std::size_t http_head_bytes_max = 16 * 1024;
inline constexpr std::size_t http_fields_max = 64;
inline constexpr std::size_t http_target_bytes_max = 2 * 1024;
inline constexpr std::size_t http_body_bytes_max = 1024 * 1024;
inline constexpr std::size_t webhook_body_bytes_max = 512 * 1024;
inline constexpr std::size_t payload_bytes_max = 2 * 1024 * 1024;  // of a webhook, by any setting
inline constexpr int http_head_seconds_max = 10;
inline constexpr int http_body_seconds_max = 20;
inline constexpr std::size_t http_body_bytes_per_second_min = 500;  // on average, after a grace:
inline constexpr int http_body_grace_seconds = 5;
inline constexpr int http_write_seconds_max = 30;
// Answers that wait for their readers, all together: beyond it only small ones are given.
inline constexpr std::size_t http_answers_bytes_max = 256 * 1024 * 1024;
inline constexpr std::size_t http_small_answer_bytes = 64 * 1024;
inline constexpr int http_idle_seconds_max = 75;
inline constexpr std::size_t http_connections_max = 10'000;

// -- JSON ---
inline constexpr std::size_t json_depth_max = 32;

// -- lists ---
inline constexpr std::size_t page_size_default = 100;
inline constexpr std::size_t page_size_max = 1000;
inline constexpr std::size_t records_looked_at_max = 10'000;  // for a page of a filtered list

// -- Stripe (stripe-facts §1) ---
inline constexpr std::size_t signature_header_bytes_max = 4 * 1024;
inline constexpr std::size_t signatures_max = 16;
inline constexpr std::size_t webhook_secret_bytes_min = 24;

// -- actors ---
inline constexpr std::size_t shard_count = 256;
inline constexpr std::size_t organization_inbox_max = 10'000;  // commands waiting for one actor
inline constexpr std::size_t in_flight_appends_max = 4'096;    // of one organization
inline constexpr std::size_t known_owners_max = 65'536;      // customers whose owner is remembered
inline constexpr std::chrono::seconds due_attempts_wait{5};  // until a moved clock is answered
inline constexpr std::size_t parked_events_max = 100'000;
inline constexpr std::size_t work_under_way_max = 256;       // timers; invoices without a number
inline constexpr std::size_t work_remembered_max = 65'536;   // that was just made; else found
inline constexpr std::size_t tax_questions_max = 1'024;      // that wait for an outside provider
inline constexpr std::size_t tax_questions_of_one_max = 64;  // of one organization
inline constexpr std::chrono::seconds tax_answer_wait{10};
inline constexpr std::size_t deliveries_under_way_max = 256;  // of parked webhooks
inline constexpr unsigned message_attempts_max = 3;           // then it is set aside
inline constexpr std::size_t readings_waiting_max = 256;      // of pages, and of chains; overloaded
inline constexpr std::size_t chain_readings_max = 1;          // at a time, of one organization
inline constexpr std::size_t page_readings_max = 32;          // the same, of pages of its timeline
inline constexpr std::uint64_t snapshot_interval_events = 1'000;
inline constexpr std::size_t replay_page_events = 512;

// -- journal ---
// Before a group is written that has fewer than enough: a larger one would only keep those waiting
// who could be answered and ask again while the next one is gathered.
inline constexpr unsigned append_yields = 3;
inline constexpr std::size_t append_group_enough = 12;
inline constexpr std::size_t append_group_bytes_max = 4 * 1024 * 1024;
inline constexpr std::uint64_t ballast_bytes = 16 * 1024 * 1024;
inline constexpr std::uint64_t free_bytes_min = 256 * 1024 * 1024;

// -- domain ---
inline constexpr std::size_t metadata_entries_max = 50;
inline constexpr std::size_t grants_of_request_max = 1'000;
inline constexpr std::size_t text_bytes_max = 512;
inline constexpr std::size_t idempotency_key_bytes_max = 255;
inline constexpr int idempotency_days = 30;
inline constexpr std::chrono::days duration_max{36'525};  // 100 years, of "90d" and the like

}  // namespace bursar::limits
