#include "schemas/credit_requests.hpp"

#include "schemas/body.hpp"
#include "schemas/requests.hpp"

namespace bursar::schemas {
namespace {

struct consumption_body {
  std::optional<std::int64_t> amount, quantity;
  std::optional<std::string> event_name;
};
BOOST_DESCRIBE_STRUCT(consumption_body, (), (amount, quantity, event_name))

struct hold_body {
  std::optional<std::int64_t> amount, quantity;
  std::optional<std::string> event_name, expires_in;
};
BOOST_DESCRIBE_STRUCT(hold_body, (), (amount, quantity, event_name, expires_in))

struct confirmation_body {
  std::optional<std::int64_t> amount;
};
BOOST_DESCRIBE_STRUCT(confirmation_body, (), (amount))

struct grant_body {
  std::optional<std::int64_t> amount, priority;
  domain::credit_kind kind = domain::credit_kind::manual;
  std::optional<timestamp> expires_at;
  std::optional<std::string> reason;
};
BOOST_DESCRIBE_STRUCT(grant_body, (), (amount, priority, kind, expires_at, reason))

struct reversal_body {
  std::optional<std::int64_t> amount;
  std::optional<std::string> reason;
};
BOOST_DESCRIBE_STRUCT(reversal_body, (), (amount, reason))

template <class Body>
result<domain::credit_use> use_of(const Body& x) {
  if (x.amount.has_value() == x.event_name.has_value()) {
    return invalid("/amount", "or event_name must be there, and not both");
  }
  if (x.amount && x.quantity) {
    return invalid("/quantity", "is of an event_name");
  }
  if (x.event_name && x.event_name->empty()) {
    return invalid("/event_name", "must not be empty");
  }
  return domain::credit_use{x.amount.value_or(0), x.event_name, x.quantity};
}

}  // namespace

result<domain::consume_credits> parse_consumption(std::string_view body) {
  auto x = parse_body<consumption_body>(body);
  if (!x) {
    return x.error();
  }
  auto use = use_of(*x);
  return use ? result<domain::consume_credits>{domain::consume_credits{*use}} : use.error();
}

result<wanted_hold> parse_hold(std::string_view body) {
  constexpr std::chrono::minutes usual{15};
  constexpr std::chrono::days longest{30};
  auto x = parse_body<hold_body>(body);
  if (!x) {
    return x.error();
  }
  auto use = use_of(*x);
  if (!use) {
    return use.error();
  }
  auto lasts = x->expires_in ? parse_duration(*x->expires_in) : usual;
  if (!lasts || *lasts < std::chrono::seconds{1} || *lasts > longest) {
    return invalid("/expires_in", "must be 1s to 30d, as 30s, 15m, 24h or 7d");
  }
  return wanted_hold{*use, *lasts};
}

result<std::optional<std::int64_t>> parse_confirmation(std::string_view body) {
  if (body.empty()) {
    return std::optional<std::int64_t>{};
  }
  auto x = parse_body<confirmation_body>(body);
  return x ? result<std::optional<std::int64_t>>{x->amount} : x.error();
}

result<domain::credit_grant> parse_grant(std::string_view body) {
  auto x = parse_body<grant_body>(body);
  if (!x) {
    return x.error();
  }
  if (!x->amount) {
    return missing("/amount");
  }
  if (x->kind == domain::credit_kind::subscription) {
    return invalid("/kind", "must be purchased, promotional or manual: subscriptions bring theirs");
  }
  if (auto good = check_text(x->reason, "/reason"); !good) {
    return good.error();
  }
  domain::credit_grant out;
  out.kind = x->kind;
  out.amount = *x->amount;
  out.priority = x->priority;
  out.expires_at = x->expires_at;
  out.reason = x->reason;
  return out;
}

result<wanted_reversal> parse_reversal(std::string_view body) {
  if (body.empty()) {
    return wanted_reversal{};
  }
  auto x = parse_body<reversal_body>(body);
  if (!x) {
    return x.error();
  }
  if (auto good = check_text(x->reason, "/reason"); !good) {
    return good.error();
  }
  return wanted_reversal{x->amount, x->reason};
}

}  // namespace bursar::schemas
