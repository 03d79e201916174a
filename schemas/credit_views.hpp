// Answers about credits, as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "domain/organization.hpp"
#include "schemas/event_codec.hpp"

namespace bursar::schemas {

std::string render_credits(const domain::credit_account& x, timestamp now);
std::string render_granted(const std::string& grant_id, std::int64_t balance);
std::string render_consumed(const std::string& transaction_id,
                            const std::vector<domain::credit_draw>& draws, std::int64_t balance);
std::string render_hold(const std::string& hold_id, const domain::credit_hold& x,
                        std::int64_t balance);
std::string render_released(const std::string& hold_id, std::int64_t balance);
std::string render_given_back(const std::string& transaction_id, const std::string& reverses,
                              const std::vector<domain::credit_draw>& draws, std::int64_t balance);
std::string render_transferred(const domain::credits_transferred& x, std::int64_t balance);
// A row of the open holds.
std::string render_open_hold(const std::string& hold_id, const domain::credit_hold& x);

// What came of one of many grants: the item of the request, and what whoever grants says of it.
struct grant_outcome {
  std::int64_t index = 0;
  std::optional<std::string> organization_id;
  std::string granted;  // the answer to it
  std::optional<error> problem;
};
std::string render_bulk_grants(const std::vector<grant_outcome>& all);
std::string render_taken_back(const std::string& grant_id, std::int64_t amount,
                              std::int64_t balance);

// A row of the transactions.
struct credit_transaction {
  std::string transaction_id, type;
  timestamp at{};
  std::optional<std::int64_t> amount, quantity;
  std::optional<std::string> event_name, hold_id, reverses, reason, transfer_id,
    from_organization_id, to_organization_id;
  std::optional<domain::credit_kind> kind;
  std::vector<domain::credit_draw> grants;  // which they are of
  event_actor actor;
};
BOOST_DESCRIBE_STRUCT(credit_transaction, (),
                      (transaction_id, type, at, amount, quantity, event_name, hold_id, reverses,
                       reason, transfer_id, from_organization_id, to_organization_id, kind, grants,
                       actor))

// Of a stored event. Empty: it is about something else. integrity_error: it cannot be read.
result<std::optional<credit_transaction>> transaction_of(std::string_view json);
result<std::optional<std::string>> render_transaction(std::string_view json);
// What a transaction drew, as its stored event says. not_found: it is none that used credits.
result<std::vector<domain::credit_draw>> draws_of(std::string_view json);

}  // namespace bursar::schemas
