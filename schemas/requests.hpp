// Request bodies to commands. invalid_json, unknown_field and invalid_parameter name the member by
// its JSON pointer; what a value means is the domain's to judge.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe.hpp>

#include "base/error.hpp"
#include "base/time.hpp"
#include "domain/access_key.hpp"
#include "domain/organization.hpp"

namespace bursar::schemas {

result<domain::create_organization> parse_create_organization(std::string_view body);
result<domain::update_organization> parse_update_organization(std::string_view body);

// Of what the catalog has: a plan, credit product, coupon, tax rate, legal entity, meter or credit
// event.
template <class Value>
result<Value> parse_catalog_value(std::string_view body);
// Only the members that are there change `base`.
template <class Value>
result<Value> parse_catalog_changes(std::string_view body, const Value& base);

result<domain::put_price> parse_price(std::string_view body);
// Only the members that are there change the price that the body names. Whether there is one is the
// catalog's to say.
result<domain::put_price> parse_price_changes(std::string_view body, const domain::catalog& in);

// All of a catalog, as the bodies above have each part of it.
struct catalog_file {
  std::vector<domain::plan> plans;
  std::vector<domain::coupon> coupons;
  std::vector<domain::credit_product> credit_products;
  std::vector<domain::tax_rate> tax_rates;
  std::vector<domain::legal_entity> legal_entities;
  std::vector<domain::meter> meters;
  std::vector<domain::credit_event> credit_events;
};
BOOST_DESCRIBE_STRUCT(catalog_file, (),
                      (plans, coupons, credit_products, tax_rates, legal_entities, meters,
                       credit_events))
result<catalog_file> parse_catalog_file(std::string_view text);

struct api_key_request {
  domain::role role = domain::role::billing_viewer;
  std::optional<std::string> organization_id, name;
  std::optional<std::vector<domain::scope>> scopes;  // absent: all the role has
  std::optional<std::chrono::seconds> expires_in;
};
result<api_key_request> parse_api_key_request(std::string_view body);
// {"overlap": "24h"}; absent: the old key ends at once.
result<std::chrono::seconds> parse_rotation(std::string_view body);

// {"now": "<RFC 3339>" | <unix seconds>}
result<timestamp> parse_test_clock(std::string_view body);

// An empty object or nothing at all.
result<void> parse_nothing(std::string_view body);

// "90d", "24h", "15m", "30s"; at most 100 years.
std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace bursar::schemas
