#include "schemas/requests.hpp"

#include <algorithm>
#include <charconv>

#include "base/limits.hpp"
#include "domain/billing/vat_id.hpp"
#include "schemas/body.hpp"

namespace bursar::schemas {
namespace {

// Bodies as callers write them, described once; every member may be absent here so that the
// domain's own messages speak about what is missing.
struct organization_body {
  std::optional<std::string> id, name, email, country, currency, timezone, external_id;
  std::optional<domain::tax_details> tax;
  std::optional<bool> consolidated_invoices;
  std::optional<std::string> legal_entity_id;
  std::optional<std::int64_t> low_balance;
  std::optional<domain::metadata> metadata;
  std::optional<std::set<std::string>> stripe_customer_ids;
};
BOOST_DESCRIBE_STRUCT(organization_body, (),
                      (id, name, email, country, currency, timezone, external_id, tax,
                       consolidated_invoices, legal_entity_id, low_balance, metadata,
                       stripe_customer_ids))

struct api_key_body {
  std::optional<domain::role> role;
  std::optional<std::string> organization_id, name, expires_in;
  std::optional<std::vector<domain::scope>> scopes;
};
BOOST_DESCRIBE_STRUCT(api_key_body, (), (role, organization_id, name, expires_in, scopes))

struct rotation_body {
  std::optional<std::string> overlap;
};
BOOST_DESCRIBE_STRUCT(rotation_body, (), (overlap))

struct clock_body {
  domain::scalar now = false;  // a time or a number
};
BOOST_DESCRIBE_STRUCT(clock_body, (), (now))

struct price_body : domain::plan_price {
  std::string plan_id;
};
BOOST_DESCRIBE_STRUCT(price_body, (domain::plan_price), (plan_id))

struct nothing_body {};
BOOST_DESCRIBE_STRUCT(nothing_body, (), ())

simdjson::dom::element member(simdjson::dom::element document, const char* name, bool& found) {
  simdjson::dom::element out;
  found = document.at_key(name).get(out) == simdjson::SUCCESS;
  return out;
}

template <class Value>
result<Value> parse_product(std::string_view body,
                            std::initializer_list<const char*> required = {"/id", "/name"}) {
  auto document = parse_strict(body);
  if (!document) {
    return document.error();
  }
  auto out = read_json<Value>(*document, unknown_members::refuse, absent_members::keep_default);
  for (const char* pointer : required) {
    bool found = false;
    member(*document, pointer + 1, found);
    if (out && !found) {
      return missing(pointer);
    }
  }
  return out;
}

// Only the members that are there change `base`; lists and maps are replaced as a whole.
template <class Value>
result<Value> parse_changes(std::string_view body, const Value& base) {
  auto document = parse_strict(body);
  if (!document) {
    return document.error();
  }
  Value out = base;
  json_reader reader{unknown_members::refuse, absent_members::keep_default, {}, errc::none, {}};
  if (!reader.read(*document, out)) {
    return reader.problem();
  }
  bool has_id = false;
  member(*document, "id", has_id);
  if (has_id) {
    return error{errc::invalid_parameter, "an id never changes", {{"/id", "must be absent"}}};
  }
  return out;
}

std::optional<domain::tax_details> normal(std::optional<domain::tax_details> x) {
  if (x && x->vat_id) {
    x->vat_id = domain::normal_vat_id(*x->vat_id);
  }
  return x;
}

}  // namespace

result<domain::create_organization> parse_create_organization(std::string_view body) {
  auto x = parse_body<organization_body>(body);
  if (!x) {
    return x.error();
  }
  if (!x->name) {
    return missing("/name");
  }
  return domain::create_organization{x->id.value_or(""),
                                     *x->name,
                                     x->email,
                                     x->country,
                                     x->currency,
                                     x->timezone,
                                     x->external_id,
                                     normal(x->tax),
                                     x->consolidated_invoices,
                                     x->legal_entity_id,
                                     x->low_balance,
                                     x->metadata.value_or(domain::metadata{}),
                                     x->stripe_customer_ids.value_or(std::set<std::string>{})};
}

result<domain::update_organization> parse_update_organization(std::string_view body) {
  auto document = parse_strict(body);
  if (!document) {
    return document.error();
  }
  auto x = read_json<organization_body>(*document, unknown_members::refuse,
                                        absent_members::keep_default);
  if (!x) {
    return x.error();
  }
  for (auto [name, value] : simdjson::dom::object{*document}) {
    if (value.is_null()) {
      return error{errc::invalid_parameter,
                   "a member cannot be taken away",
                   {{"/" + std::string{name}, "must not be null"}}};
    }
  }
  if (x->id) {
    return error{errc::invalid_parameter, "an id never changes", {{"/id", "must be absent"}}};
  }
  return domain::update_organization{x->name,
                                     x->email,
                                     x->country,
                                     x->currency,
                                     x->timezone,
                                     x->external_id,
                                     normal(x->tax),
                                     x->consolidated_invoices,
                                     x->legal_entity_id,
                                     x->low_balance,
                                     x->metadata,
                                     x->stripe_customer_ids};
}

namespace {

// What a body must say of a kind, beside its id and, mostly, its name.
template <class Value>
constexpr std::initializer_list<const char*> required_of = {"/id", "/name"};
template <>
constexpr std::initializer_list<const char*> required_of<domain::tax_rate> = {"/id", "/name",
                                                                              "/percent"};
template <>
constexpr std::initializer_list<const char*> required_of<domain::legal_entity> = {
  "/id", "/name", "/country", "/invoice_number_prefix"};
template <>
constexpr std::initializer_list<const char*> required_of<domain::meter> = {"/id", "/aggregation"};
template <>
constexpr std::initializer_list<const char*> required_of<domain::credit_event> = {"/id", "/cost"};

}  // namespace

template <class Value>
result<Value> parse_catalog_value(std::string_view body) {
  auto out = parse_product<Value>(body, required_of<Value>);
  if constexpr (std::is_same_v<Value,
                               domain::meter> || std::is_same_v<Value, domain::credit_event>) {
    if (out && out->name.empty()) {
      out->name = out->id;
    }
  }
  return out;
}

template <class Value>
result<Value> parse_catalog_changes(std::string_view body, const Value& base) {
  return parse_changes(body, base);
}

template result<domain::plan> parse_catalog_value(std::string_view);
template result<domain::credit_product> parse_catalog_value(std::string_view);
template result<domain::coupon> parse_catalog_value(std::string_view);
template result<domain::tax_rate> parse_catalog_value(std::string_view);
template result<domain::legal_entity> parse_catalog_value(std::string_view);
template result<domain::meter> parse_catalog_value(std::string_view);
template result<domain::credit_event> parse_catalog_value(std::string_view);
template result<domain::plan> parse_catalog_changes(std::string_view, const domain::plan&);
template result<domain::credit_product> parse_catalog_changes(std::string_view,
                                                              const domain::credit_product&);
template result<domain::coupon> parse_catalog_changes(std::string_view, const domain::coupon&);
template result<domain::tax_rate> parse_catalog_changes(std::string_view, const domain::tax_rate&);
template result<domain::legal_entity> parse_catalog_changes(std::string_view,
                                                            const domain::legal_entity&);
template result<domain::meter> parse_catalog_changes(std::string_view, const domain::meter&);
template result<domain::credit_event> parse_catalog_changes(std::string_view,
                                                            const domain::credit_event&);

result<domain::put_price> parse_price(std::string_view body) {
  auto x = parse_product<price_body>(body, {"/plan_id", "/currency"});
  if (x && !x->model) {
    x = parse_product<price_body>(body, {"/amount"});
  }
  return x ? domain::put_price{x->plan_id, *x} : result<domain::put_price>{x.error()};
}

result<domain::put_price> parse_price_changes(std::string_view body, const domain::catalog& in) {
  auto named = parse_product<price_body>(body, {"/plan_id", "/currency"});
  if (!named) {
    return named.error();
  }
  auto base = domain::price_named(in, named->plan_id, *named);
  if (!base) {
    return domain::put_price{named->plan_id, *named, *named};
  }
  auto changed = parse_changes(body, price_body{*base, named->plan_id});
  if (!changed) {
    return changed.error();
  }
  return domain::put_price{named->plan_id, *changed, std::move(*base)};
}

result<catalog_file> parse_catalog_file(std::string_view text) {
  return parse_body<catalog_file>(text);
}

result<api_key_request> parse_api_key_request(std::string_view body) {
  auto x = parse_body<api_key_body>(body);
  if (!x) {
    return x.error();
  }
  if (!x->role) {
    return missing("/role");
  }
  api_key_request out{*x->role, x->organization_id, x->name, x->scopes, {}};
  if (out.scopes) {
    std::sort(out.scopes->begin(), out.scopes->end());
    out.scopes->erase(std::unique(out.scopes->begin(), out.scopes->end()), out.scopes->end());
  }
  if (x->expires_in) {
    out.expires_in = parse_duration(*x->expires_in);
    if (!out.expires_in) {
      return error{errc::invalid_parameter,
                   "the API key is not valid",
                   {{"/expires_in", "must be a duration such as 90d or 24h, at most 100 years"}}};
    }
  }
  return out;
}

result<std::chrono::seconds> parse_rotation(std::string_view body) {
  if (body.empty()) {
    return std::chrono::seconds{0};
  }
  auto x = parse_body<rotation_body>(body);
  if (!x) {
    return x.error();
  }
  auto overlap = parse_duration(x->overlap.value_or("0s"));
  if (!overlap) {
    return error{errc::invalid_parameter,
                 "the overlap is not valid",
                 {{"/overlap", "must be a duration such as 24h, at most 100 years"}}};
  }
  return *overlap;
}

result<timestamp> parse_test_clock(std::string_view body) {
  auto x = parse_body<clock_body>(body);
  if (!x) {
    return x.error();
  }
  std::optional<timestamp> moment;
  // What is due later must have a time that can be written.
  constexpr auto latest = timestamp_max - std::chrono::days{366};
  if (const auto* seconds = std::get_if<std::int64_t>(&x->now);
      seconds != nullptr && *seconds >= 0 && *seconds <= unix_seconds(latest)) {
    moment = from_unix_seconds(*seconds);
  } else if (const auto* text = std::get_if<std::string>(&x->now)) {
    moment = parse_rfc3339(*text);
  }
  if (!moment || *moment > latest) {
    return error{errc::invalid_parameter,
                 "the clock cannot be set",
                 {{"/now", "must be an RFC 3339 time or unix seconds"}}};
  }
  return *moment;
}

result<void> parse_nothing(std::string_view body) {
  if (body.empty()) {
    return {};
  }
  auto x = parse_body<nothing_body>(body);
  return x ? result<void>{} : result<void>{x.error()};
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (problem != std::errc{} || end + 1 != text.data() + text.size() || count < 0) {
    return std::nullopt;
  }
  auto of = [count](auto unit) -> std::optional<std::chrono::seconds> {
    bool fits = count <= limits::duration_max / unit;
    return fits ? std::optional<std::chrono::seconds>{count * unit} : std::nullopt;
  };
  switch (*end) {
    case 's': return of(std::chrono::seconds{1});
    case 'm': return of(std::chrono::minutes{1});
    case 'h': return of(std::chrono::hours{1});
    case 'd': return of(std::chrono::days{1});
    default: return std::nullopt;
  }
}

}  // namespace bursar::schemas
