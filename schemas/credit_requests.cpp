#include "schemas/credit_requests.hpp"

#include "base/ids.hpp"
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

struct grants_body {
  std::vector<simdjson::dom::element> grants;
};
BOOST_DESCRIBE_STRUCT(grants_body, (), (grants))

struct grants_item : grant_body {
  std::optional<std::string> organization_id;
};
BOOST_DESCRIBE_STRUCT(grants_item, (grant_body), (organization_id))

struct transfer_body {
  std::optional<std::int64_t> amount;
  std::optional<std::string> to_organization_id, reason;
};
BOOST_DESCRIBE_STRUCT(transfer_body, (), (amount, to_organization_id, reason))

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

result<domain::credit_grant> grant_of(const grant_body& x) {
  if (!x.amount) {
    return missing("/amount");
  }
  if (x.kind == domain::credit_kind::subscription) {
    return invalid("/kind", "must be purchased, promotional or manual: subscriptions bring theirs");
  }
  if (auto good = check_text(x.reason, "/reason"); !good) {
    return good.error();
  }
  domain::credit_grant out;
  out.kind = x.kind;
  out.amount = *x.amount;
  out.priority = x.priority;
  out.expires_at = x.expires_at;
  out.reason = x.reason;
  return out;
}

wanted_grant wanted_of(simdjson::dom::element item) {
  wanted_grant out{{}, domain::credit_grant{}};
  std::string_view organization;
  if (item["organization_id"].get(organization) == simdjson::SUCCESS) {
    out.organization_id = organization;
  }
  auto x = read_json<grants_item>(item, unknown_members::refuse, absent_members::keep_default);
  if (!x) {
    out.grant = x.error();
  } else if (!x->organization_id) {
    out.grant = missing("/organization_id");
  } else if (!is_organization_id(*x->organization_id)) {
    out.grant = invalid("/organization_id", "must be an organization's id");
  } else {
    out.grant = grant_of(*x);
  }
  return out;
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
  return x ? grant_of(*x) : x.error();
}

result<std::vector<wanted_grant>> parse_grants(std::string_view body) {
  auto x = parse_body<grants_body>(body);
  if (!x) {
    return x.error();
  }
  if (x->grants.empty()) {
    return invalid("/grants", "must have 1 to " + std::to_string(limits::grants_of_request_max));
  }
  if (x->grants.size() > limits::grants_of_request_max) {
    auto most = "at most " + std::to_string(limits::grants_of_request_max);
    return error{errc::payload_too_large, most + " grants at a time", {{"/grants", most}}};
  }
  std::vector<wanted_grant> out;
  for (auto item : x->grants) {
    if (!item.is_object()) {
      return invalid("/grants/" + std::to_string(out.size()), "must be an object");
    }
    out.push_back(wanted_of(item));
  }
  return out;
}

result<domain::transfer_credits> parse_transfer(std::string_view body) {
  auto x = parse_body<transfer_body>(body);
  if (!x) {
    return x.error();
  }
  if (!x->to_organization_id || !x->amount) {
    return missing(x->amount ? "/to_organization_id" : "/amount");
  }
  if (!is_organization_id(*x->to_organization_id)) {
    return invalid("/to_organization_id", "must be an organization's id");
  }
  if (auto good = check_text(x->reason, "/reason"); !good) {
    return good.error();
  }
  return domain::transfer_credits{{}, *x->to_organization_id, *x->amount, x->reason};
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
