#include "base/error.hpp"

#include <array>
#include <stdexcept>

namespace bursar {
namespace {

constexpr std::array rows{
  errc_row{errc::none, "none", 200, "No error"},
  errc_row{errc::invalid_json, "invalid_json", 400, "The body is not valid JSON"},
  errc_row{errc::invalid_parameter, "invalid_parameter", 400, "A parameter is invalid"},
  errc_row{errc::unknown_field, "unknown_field", 400, "A field is unknown"},
  errc_row{errc::missing_signature, "missing_signature", 400, "The signature is missing"},
  errc_row{errc::idempotency_key_missing, "idempotency_key_missing", 400,
           "Idempotency-Key is missing"},
  errc_row{errc::invalid_cursor, "invalid_cursor", 400, "The cursor is not valid here"},
  errc_row{errc::bad_framing, "bad_framing", 400, "The HTTP message is malformed"},
  errc_row{errc::unauthenticated, "unauthenticated", 401, "Authentication is required"},
  errc_row{errc::invalid_signature, "invalid_signature", 401, "The signature does not verify"},
  errc_row{errc::forbidden, "forbidden", 403, "Not allowed"},
  errc_row{errc::not_found, "not_found", 404, "Not found"},
  errc_row{errc::method_not_allowed, "method_not_allowed", 405, "Method not allowed"},
  errc_row{errc::request_timeout, "request_timeout", 408, "The request took too long to arrive"},
  errc_row{errc::invalid_transition, "invalid_transition", 409, "The state forbids it"},
  errc_row{errc::already_exists, "already_exists", 409, "It exists already"},
  errc_row{errc::conflict, "conflict", 409, "Conflict"},
  errc_row{errc::precondition_failed, "precondition_failed", 412, "If-Match does not match"},
  errc_row{errc::payload_too_large, "payload_too_large", 413, "The body is too large"},
  errc_row{errc::uri_too_long, "uri_too_long", 414, "The request target is too long"},
  errc_row{errc::unsupported_media_type, "unsupported_media_type", 415, "Unsupported media type"},
  errc_row{errc::expectation_failed, "expectation_failed", 417, "Expectation failed"},
  errc_row{errc::unprocessable, "unprocessable", 422, "The request cannot be processed"},
  errc_row{errc::idempotency_key_reused, "idempotency_key_reused", 422,
           "The Idempotency-Key was used for another request"},
  errc_row{errc::rate_limited, "rate_limited", 429, "Too many requests"},
  errc_row{errc::header_too_large, "header_too_large", 431, "The request head is too large"},
  errc_row{errc::internal, "internal", 500, "Internal error"},
  errc_row{errc::not_implemented, "not_implemented", 501, "Not implemented"},
  errc_row{errc::overloaded, "overloaded", 503, "Overloaded"},
  errc_row{errc::draining, "draining", 503, "The server is shutting down"},
  errc_row{errc::storage_low, "storage_low", 503, "Storage is low: writes are refused"},
  errc_row{errc::read_only, "read_only", 503, "Writes are refused"},
  errc_row{errc::outcome_unknown, "outcome_unknown", 503,
           "The outcome is unknown: repeat with the same key"},
  errc_row{errc::shard_unavailable, "shard_unavailable", 503, "Temporarily unavailable"},
  errc_row{errc::integrity_error, "integrity_error", 503, "The stored history does not verify"},
  errc_row{errc::io_error, "io_error", 503, "Input or output failed"},
  errc_row{errc::insufficient_credits, "insufficient_credits", 402, "Too few credits are left"},
  errc_row{errc::subscription_suspended, "subscription_suspended", 403,
           "The subscription is suspended"},
  errc_row{errc::subscription_cancelled, "subscription_cancelled", 403,
           "The subscription has ended"},
  errc_row{errc::quota_exceeded, "quota_exceeded", 429, "The quota of the period is used up"},
};

static_assert(rows.size() == static_cast<std::size_t>(errc::quota_exceeded) + 1);
constexpr bool in_order() {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (static_cast<std::size_t>(rows[i].code) != i) {
      return false;
    }
  }
  return true;
}
static_assert(in_order(), "a row per errc, in its order");

}  // namespace

const errc_row& describe(errc code) {
  return rows.at(static_cast<std::size_t>(code));
}

std::string error::text() const {
  std::string out{describe(code_).name};
  if (!detail_.empty()) {
    out += ": " + detail_;
  }
  for (const auto& field : fields_) {
    out += " (" + field.pointer + " " + field.message + ")";
  }
  return out;
}

void throw_exception_from_error(const error& problem, const boost::source_location&) {
  throw std::runtime_error(problem.text());
}

}  // namespace bursar
