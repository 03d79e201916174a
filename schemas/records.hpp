// Side records of the journal as JSON: what is found by key beside the chains. Bursar writes and
// reads them; each is small and has one owner, the entity whose append carries it.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe.hpp>

#include "base/error.hpp"
#include "base/time.hpp"
#include "domain/alerts.hpp"
#include "domain/billing/invoice_numbers.hpp"
#include "domain/credits/credit_grant.hpp"
#include "domain/webhook_inbox.hpp"

namespace bursar::schemas {

// column idempotency, key = whose it is (a tenant, or "*") ‖ 0 ‖ Idempotency-Key
struct idempotency_record {
  std::string request_sha256;
  std::int64_t status = 0;
  std::string body;  // of a rejection: its detail
  timestamp at{};
  std::optional<std::int64_t> code;                            // errc of a rejection
  std::optional<std::map<std::string, std::int64_t>> figures;  // its numbers
};
BOOST_DESCRIBE_STRUCT(idempotency_record, (), (request_sha256, status, body, at, code, figures))

// Keys of side records: DO NOT CHANGE, they are stored.
std::string stripe_index_key(const std::string& stripe_id);         // index: whose it is
std::string organization_row_key(const std::string& organization);  // index: organization_row
std::string inbox_key(const std::string& stripe_event_id);          // inbox and payloads
// index: the SHA-256 (32 bytes) of what was recorded with that id; of what only amendments know,
// then the ids of those, each after a 0
std::string usage_key(const std::string& organization, const std::string& usage_id);
// index: the SHA-256 of what an amendment says of that id
std::string staged_key(const std::string& organization, const std::string& amendment_id,
                       const std::string& usage_id);
// The same of what it takes away; the value is empty.
std::string removed_key(const std::string& organization, const std::string& amendment_id,
                        const std::string& usage_id);
std::string invoice_number_key(const std::string& invoice);  // index: its number

// column timers, ordered by time; the value is empty
struct timer {
  timestamp at{};
  std::string organization;
};
std::string timer_key(const timer& x);
std::optional<timer> timer_of(std::string_view key);

// column outbox: an invoice that waits for its number, ordered by when it was opened; the value is
// empty. A legal entity is the key's last part, where there is one.
struct unnumbered {
  timestamp opened_at{};
  domain::number_invoice what;
};
std::string unnumbered_prefix();
std::string unnumbered_key(timestamp opened_at, const domain::number_invoice& x);
std::optional<unnumbered> unnumbered_of(std::string_view key);

// column inbox: where a webhook stands
struct inbox_row {
  std::string event_id, type;
  domain::webhook_status status = domain::webhook_status::applied;
  std::optional<std::string> organization_id, reason;
  timestamp received_at{};
  std::int64_t attempts = 0;
};
BOOST_DESCRIBE_STRUCT(inbox_row, (),
                      (event_id, type, status, organization_id, reason, received_at, attempts))

// column outbox, key = which invoice: what the payment gateway is to be asked for
struct charge_record {
  std::int64_t amount = 0;  // minor units
  std::string currency, payment_method;
  std::int64_t attempt = 1;  // of this invoice
};
BOOST_DESCRIBE_STRUCT(charge_record, (), (amount, currency, payment_method, attempt))
struct charge_reference {
  std::string organization_id, invoice_id;
};
std::string charge_prefix();
std::string charge_key(const charge_reference& x);
std::optional<charge_reference> charge_of(std::string_view key);

// column outbox, key = which usage event: what Stripe's meter is to be told
// (stripe-facts: POST /v1/billing/meter_events)
struct meter_event_record {
  std::string event_name, customer;
  std::string value;       // a decimal number
  std::string identifier;  // by which Stripe knows that it was told before
  timestamp at{};
};
BOOST_DESCRIBE_STRUCT(meter_event_record, (), (event_name, customer, value, identifier, at))
struct meter_event_reference {
  std::string organization_id, usage_id;
};
std::string meter_event_prefix();
std::string meter_event_key(const meter_event_reference& x);
std::optional<meter_event_reference> meter_event_of(std::string_view key);

// column outbox, key = whose transfer: the credits that are to arrive
struct transfer_record {
  std::string to_organization_id;
  std::vector<domain::credit_grant> grants;
};
BOOST_DESCRIBE_STRUCT(transfer_record, (), (to_organization_id, grants))
struct transfer_reference {
  std::string organization_id, transfer_id;
};
std::string transfer_prefix();
std::string transfer_key(const transfer_reference& x);
std::optional<transfer_reference> transfer_of(std::string_view key);

// column index, ordered by time: what an operator is to look at
struct alert_record {
  domain::alert_type type = domain::alert_type::payment_failed;
  std::optional<std::string> organization_id;  // empty: of none that is known
  std::string subject_id, message;             // as domain::alert has them
};
BOOST_DESCRIBE_STRUCT(alert_record, (), (type, organization_id, subject_id, message))
struct alert_reference {
  timestamp at{};
  std::string stream;  // and the event of it that the alert is
  std::uint64_t sequence = 0;
};
std::string alert_prefix();
std::string alerts_at(timestamp at);  // greater than every key of before, less than any of then
std::string alert_key(const alert_reference& x);
std::optional<alert_reference> alert_of_key(std::string_view key);

// column index: what lists show without waking anybody
struct organization_row {
  std::string id, name, subscription_status;
  std::optional<std::string> email, country, currency, external_id, billing_tier;
  std::optional<std::set<std::string>> plans;  // of all that run; none: of before that was kept
  timestamp created_at{};
};
BOOST_DESCRIBE_STRUCT(organization_row, (),
                      (id, name, subscription_status, email, country, currency, external_id,
                       billing_tier, plans, created_at))

// column snapshots, key = stream; `state` is the state's own JSON
struct snapshot_record {
  std::int64_t format = 1;  // of the state's JSON; another one is ignored and made anew
  std::uint64_t sequence = 0;
  std::string hash, state_hash;  // hexadecimal: of the last event, of the state
  std::string state;
};
BOOST_DESCRIBE_STRUCT(snapshot_record, (), (format, sequence, hash, state_hash, state))

template <class Record>
std::string encode_record(const Record& record);
// integrity_error: damaged.
template <class Record>
result<Record> decode_record(std::string_view json);

extern template std::string encode_record(const alert_record&);
extern template std::string encode_record(const idempotency_record&);
extern template std::string encode_record(const charge_record&);
extern template std::string encode_record(const inbox_row&);
extern template std::string encode_record(const meter_event_record&);
extern template std::string encode_record(const organization_row&);
extern template std::string encode_record(const snapshot_record&);
extern template std::string encode_record(const transfer_record&);
extern template result<alert_record> decode_record(std::string_view);
extern template result<idempotency_record> decode_record(std::string_view);
extern template result<charge_record> decode_record(std::string_view);
extern template result<inbox_row> decode_record(std::string_view);
extern template result<meter_event_record> decode_record(std::string_view);
extern template result<organization_row> decode_record(std::string_view);
extern template result<snapshot_record> decode_record(std::string_view);
extern template result<transfer_record> decode_record(std::string_view);

}  // namespace bursar::schemas
