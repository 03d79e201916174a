#include "io/api/aliases.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "schemas/alias_requests.hpp"

namespace bursar::io::api {
namespace {

using m = http::method;
using enum organization_by;

struct alias {
  http::method verb;
  std::string_view pattern, of;
  organization_by organization = path;
};

constexpr std::string_view one = "/api/v1/organizations/{org}";
constexpr std::string_view subscription = "/api/v1/organizations/{org}/subscription";
constexpr std::string_view webhook = "/webhooks/stripe";

// clang-format off
constexpr std::array aliases{
  // S2
  alias{m::get, "/api/billing/plans", "/api/v1/plans"},
  alias{m::get, "/api/billing/subscription/{org}", subscription},
  alias{m::get, "/api/billing/credits/{org}", "/api/v1/organizations/{org}/credits"},
  alias{m::post, "/api/billing/credits/consume", "/api/v1/organizations/{org}/credits/consume",
        body},
  alias{m::get, "/api/billing/credit-products", "/api/v1/credit-products"},
  alias{m::get, "/api/billing/summary/{org}", "/api/v1/organizations/{org}/summary"},
  alias{m::get, "/api/billing/history/{org}", "/api/v1/organizations/{org}/history"},
  alias{m::post, "/api/billing/webhook/stripe", webhook},
  // S3
  alias{m::get, "/api/v1/billing/subscription", subscription, key},
  alias{m::post, "/api/v1/billing/subscription", subscription, key},
  alias{m::patch, "/api/v1/billing/subscription", subscription, key},
  alias{m::del, "/api/v1/billing/subscription", subscription, key},
  alias{m::get, "/api/v1/billing/plans", "/api/v1/plans"},
  alias{m::get, "/api/v1/billing/invoices", "/api/v1/organizations/{org}/invoices", key},
  alias{m::get, "/api/v1/billing/usage", "/api/v1/organizations/{org}/usage", key},
  alias{m::post, "/api/v1/billing/webhooks/stripe", webhook},
  // S0, S1
  alias{m::post, "/stripeWebhook", webhook},
};
// clang-format on

// What S3 calls differently.
constexpr std::array members{schemas::renamed{"planId", "plan_id"},
                             schemas::renamed{"paymentMethodId", "payment_method_id"}};
constexpr std::array parameters{schemas::renamed{"startDate", "start"},
                                schemas::renamed{"endDate", "end"}};

result<void> take_from_key(call& c) {
  if (!c.who->organization_id) {
    return error{errc::forbidden,
                 "the key is of no organization; ask with one that is, or ask " + std::string{one}};
  }
  c.parameters.emplace_back("org", *c.who->organization_id);
  for (auto& [name, value] : c.request.query) {
    auto found = std::find_if(parameters.begin(), parameters.end(),
                              [&name = name](const auto& x) { return x.theirs == name; });
    name = found == parameters.end() ? name : std::string{found->ours};
  }
  c.request.body = schemas::with_our_names(std::move(c.request.body), members);
  return {};
}

result<void> take_from_body(call& c) {
  auto taken = schemas::take_organization(c.request.body);
  if (!taken) {
    return taken.error();
  }
  auto organization = taken->organization_id ? taken->organization_id : c.who->organization_id;
  if (!organization) {
    return error{errc::invalid_parameter,
                 "a member is missing",
                 {{"/organization_id", "is required: the key is of no organization"}}};
  }
  c.parameters.emplace_back("org", std::move(*organization));
  c.request.body = std::move(taken->rest);
  return {};
}

}  // namespace

std::vector<route> with_aliases(std::span<const route> table) {
  std::vector<route> out{table.begin(), table.end()};
  for (const auto& x : aliases) {
    auto original = std::find_if(table.begin(), table.end(), [&](const route& r) {
      return r.verb == x.verb && r.pattern == x.of;
    });
    BURSAR_ASSERT(original != table.end(), "an alias of a route that is none");
    auto added = *original;
    added.pattern = x.pattern;
    added.alias_of = x.of;
    added.organization = x.organization;
    out.push_back(added);
  }
  return out;
}

result<void> make_original(const route& alias, call& c) {
  switch (alias.organization) {
    case path: return {};
    case key: return take_from_key(c);
    case body: return take_from_body(c);
  }
  return {};
}

}  // namespace bursar::io::api
