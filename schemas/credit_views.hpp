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
std::string render_taken_back(const std::string& grant_id, std::int64_t amount,
                              std::int64_t balance);

// A row of the transactions, of a stored event. Empty: it is about something else.
// integrity_error: it cannot be read.
result<std::optional<std::string>> render_transaction(std::string_view json);
// What a transaction drew, as its stored event says. not_found: it is none that used credits.
result<std::vector<domain::credit_draw>> draws_of(std::string_view json);

}  // namespace bursar::schemas
