// Answers as JSON: what callers see of an organization and of the catalog. Empty members show as
// null.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "domain/access_key.hpp"
#include "domain/organization.hpp"
#include "schemas/records.hpp"

namespace bursar::schemas {

// A view of one organization; `sequence` is that of the state's last event.
enum class view : std::uint8_t {
  organization,
  access,
  mirror,
  credits,
  entitlements,
  summary,
  state
};

// A part of one of its lists, which are in the order of their ids.
enum class listing : std::uint8_t {
  subscriptions,  // those that Bursar bills and those that Stripe does, as all here
  refunds,
  disputes,
  credit_notes,
  payments,
  invoices,  // that Bursar made
  balances,  // the account's credit, by currency
  holds,     // of credits, that are open
  usage_amendments,
  history  // invoices, payments, refunds and credit notes, the newest first
};
struct list_request {
  listing of = listing::subscriptions;
  std::string after;  // an id, of a row or not; empty: from the beginning
  std::size_t limit = 0;
};
// Of what Bursar bills itself: one thing, or what would become of one.
enum class billing_view : std::uint8_t {
  subscription,      // `id`, or the current one
  invoice,           // `id`
  upcoming_invoice,  // that time alone makes next
  payment_methods,
  preview,     // of `wanted`, which is about the subscription `id`, or about the current one
  subscriber,  // of the plan `id`: what it was sold, and what that is now
};
struct billing_request {
  billing_view what = billing_view::subscription;
  std::string id;
  std::optional<domain::billing_command> wanted;
};
struct list_part {
  std::vector<std::string> rows;          // JSON, `limit` at most
  std::optional<std::string> next_after;  // the id of the last of them, if there are more
};

struct state_position {
  std::uint64_t sequence = 0;
  sha256_digest hash{};
};

std::string render(view what, const domain::organization& of, const state_position& at,
                   const domain::catalog& catalog, timestamp now);

// Of one of its subscriptions, as the list has it; "null": it has no such.
std::string subscription_row(const domain::organization& of, const std::string& id);

list_part render(const list_request& wanted, const domain::organization& of, timestamp now);

// not_found; of a preview what deciding says.
result<std::string> render(const billing_request& wanted, const domain::organization& of,
                           const domain::decision_context& context);

// Of what the catalog has: a plan, credit product, coupon, tax rate, meter or credit event.
template <class Value>
std::string render_catalog_value(const Value& x);
std::string render_price(const domain::plan& of, std::int64_t version, const domain::plan_price& x);
// `key` only in the answer that made it.
std::string render_api_key(const domain::api_key& x, const std::optional<std::string>& key);
std::string render_organization_row(const organization_row& row);
std::string render_inbox_row(const inbox_row& row);
// The same with its `id`, which is the event's.
std::string render_dead_letter(const inbox_row& row);

std::string render_alert(const alert_reference& which, const alert_record& what);

// {"data": [rows, already JSON], "next_cursor": …}
std::string render_list(const std::vector<std::string>& rows,
                        const std::optional<std::string>& next_cursor);

// The stored event with `hash` and `previous` added to its members.
std::string render_event(std::string_view json, const sha256_digest& previous,
                         const sha256_digest& hash);

// {"id", "status": "parked"}: a dead letter that is tried again.
std::string render_replayed(const std::string& event_id);

organization_row row_of(const domain::organization& of);

}  // namespace bursar::schemas
