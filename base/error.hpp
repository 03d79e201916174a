// The one table of error codes, and result<T>. A code's snake_case name is part of the HTTP
// contract and never changes; its status is what an HTTP answer carries.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/system/result.hpp>

namespace bursar {

// DO NOT REORDER: values are stored with recorded answers. New ones go to the end.
enum class errc : std::uint8_t {
  none = 0,
  invalid_json,
  invalid_parameter,
  unknown_field,
  missing_signature,
  idempotency_key_missing,
  invalid_cursor,
  bad_framing,
  unauthenticated,
  invalid_signature,
  forbidden,
  not_found,
  method_not_allowed,
  request_timeout,
  invalid_transition,
  already_exists,
  conflict,
  precondition_failed,
  payload_too_large,
  uri_too_long,
  unsupported_media_type,
  expectation_failed,
  unprocessable,
  idempotency_key_reused,
  rate_limited,
  header_too_large,
  internal,
  not_implemented,  // a transfer coding nobody speaks
  overloaded,
  draining,
  storage_low,
  read_only,
  outcome_unknown,
  shard_unavailable,
  integrity_error,
  io_error,
  insufficient_credits,
  subscription_suspended,
  subscription_cancelled,
  quota_exceeded,
};

struct errc_row {
  errc code;
  std::string_view name;   // stable, snake_case
  std::uint16_t status;    // HTTP
  std::string_view title;  // for people
};

// Total: every errc has a row (a static_assert holds them together).
const errc_row& describe(errc code);

// What is wrong with one member of a request: `pointer` is an RFC 6901 JSON pointer.
struct field_error {
  std::string pointer;
  std::string message;
  friend bool operator==(const field_error&, const field_error&) = default;
};

class error {
 public:
  error() : code_{errc::none} {}
  explicit error(errc code) : code_{code} {}
  error(errc code, std::string detail) : code_{code}, detail_{std::move(detail)} {}
  error(errc code, std::string detail, std::vector<field_error> fields)
    : code_{code}, detail_{std::move(detail)}, fields_{std::move(fields)} {}

  errc code() const { return code_; }
  const std::string& detail() const { return detail_; }
  const std::vector<field_error>& fields() const { return fields_; }
  // Numbers that a program goes on with, by name.
  const std::map<std::string, std::int64_t>& figures() const { return figures_; }
  error with(std::string name, std::int64_t figure) && {
    figures_[std::move(name)] = figure;
    return std::move(*this);
  }
  // "not_found: no organization org_a", for logs and the command line.
  std::string text() const;

 private:
  errc code_;
  std::string detail_;
  std::vector<field_error> fields_;
  std::map<std::string, std::int64_t> figures_;
};

// Called by result<T>::value() on an error: that is a bug of the caller.
[[noreturn]] void throw_exception_from_error(const error& problem,
                                             const boost::source_location& where);

template <class T>
using result = boost::system::result<T, error>;

}  // namespace bursar
