#include "schemas/views.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "domain/billing/sale.hpp"
#include "domain/stripe/mirror_view.hpp"
#include "schemas/billing_overview.hpp"
#include "schemas/billing_views.hpp"
#include "schemas/credit_views.hpp"
#include "schemas/invoice_views.hpp"
#include "schemas/json_writer.hpp"
#include "schemas/state_codec.hpp"
#include "schemas/usage_views.hpp"

namespace bursar::schemas {
namespace {

struct organization_view {
  std::string id, name;
  std::optional<std::string> email, country, currency, timezone, external_id;
  std::optional<domain::tax_details> tax;
  bool consolidated_invoices = false;
  std::optional<std::string> legal_entity_id;
  std::optional<std::int64_t> low_balance;
  domain::metadata metadata;
  std::string subscription_status;
  std::optional<std::string> billing_tier;
  std::optional<std::int64_t> annual_amount;
  std::optional<std::string> annual_currency;
  std::optional<timestamp> last_payment_at, next_billing_at;
  std::optional<std::string> stripe_customer_id;
  std::set<std::string> stripe_customer_ids;
  timestamp created_at{};
  std::uint64_t sequence = 0;
};
BOOST_DESCRIBE_STRUCT(organization_view, (),
                      (id, name, email, country, currency, timezone, external_id, tax,
                       consolidated_invoices, legal_entity_id, low_balance, metadata,
                       subscription_status, billing_tier, annual_amount, annual_currency,
                       last_payment_at, next_billing_at, stripe_customer_id, stripe_customer_ids,
                       created_at, sequence))

struct entitlement_view {
  std::optional<std::int64_t> limit, used, remaining;  // limit: empty is unlimited
};
BOOST_DESCRIBE_STRUCT(entitlement_view, (), (limit, used, remaining))

struct access_view {
  bool read = false, write = false;
  std::string reason, subscription_status;
  std::map<std::string, entitlement_view> entitlements;
};
BOOST_DESCRIBE_STRUCT(access_view, (), (read, write, reason, subscription_status, entitlements))

struct price_view {
  std::string plan_id;
  std::int64_t plan_version = 1;
  std::string currency;
  std::int64_t amount = 0;
  domain::billing_interval interval = domain::billing_interval::month;
  std::int64_t interval_count = 1;
  std::optional<std::string> stripe_price_id;
  std::optional<domain::charge_model> model;
  std::optional<std::int64_t> minimum, maximum;
  std::optional<std::map<std::string, domain::charge_model>> usage;
  bool active = true;
};
BOOST_DESCRIBE_STRUCT(price_view, (),
                      (plan_id, plan_version, currency, amount, interval, interval_count,
                       stripe_price_id, model, minimum, maximum, usage, active))

std::optional<timestamp> moment(const std::optional<std::int64_t>& seconds) {
  return seconds ? std::optional{from_unix_seconds(*seconds)} : std::nullopt;
}

organization_view organization_of(const domain::organization& of, const state_position& at) {
  const auto& s = of.standing;
  return {
    of.id,
    of.name,
    of.email,
    of.country,
    of.currency,
    of.timezone,
    of.external_id,
    of.tax,
    of.consolidated_invoices.value_or(false),
    of.legal_entity_id,
    of.low_balance,
    of.metadata,
    s.subscription_status,
    s.billing_tier,
    s.annual_amount,
    s.currency,
    domain::last_payment_at(of),
    moment(s.next_billing_at),
    of.stripe_customer_ids.empty() ? std::nullopt : std::optional{*of.stripe_customer_ids.begin()},
    of.stripe_customer_ids,
    of.created_at,
    at.sequence};
}

access_view access_of(const domain::organization& of, const domain::catalog& catalog,
                      timestamp now) {
  auto decided = domain::access_of(of, now);
  access_view out{decided.read, decided.write, decided.reason, of.standing.subscription_status, {}};
  for (const auto& [name, x] : domain::entitlements_of(of, catalog, now)) {
    const auto* flag = std::get_if<bool>(&x.value);
    if (x.limit) {
      auto used = x.used.value_or(0);
      out.entitlements[name]
        = entitlement_view{*x.limit, used, std::max<std::int64_t>(*x.limit - used, 0)};
    } else if (std::holds_alternative<std::int64_t>(x.value) || (flag != nullptr && *flag)) {
      out.entitlements[name] = entitlement_view{{}, x.used, {}};
    }
  }
  return out;
}

std::string state_of(const domain::organization& of, const state_position& at) {
  auto state = encode_state(of);
  std::string out = "{\"organization_id\":";
  append_string(out, of.id);
  out += ",\"sequence\":";
  append_integer(out, static_cast<std::int64_t>(at.sequence));
  out += ",\"head_hash\":\"" + to_hex(at.hash) + "\",\"state_hash\":\"" + to_hex(sha256(state))
         + "\",\"state\":";
  return out + state + "}";
}

}  // namespace

std::string render(view what, const domain::organization& of, const state_position& at,
                   const domain::catalog& catalog, timestamp now) {
  switch (what) {
    case view::organization: return to_json<nulls::write>(organization_of(of, at));
    case view::access: return to_json<nulls::write>(access_of(of, catalog, now));
    case view::credits: return render_credits(of.credits, now);
    case view::entitlements: return render_entitlements(of, catalog, now);
    case view::mirror: return to_json<nulls::write>(domain::stripe::view_of(of));
    case view::summary:
      return render_summary(of, subscription_row(of, of.standing.subscription_id.value_or("")),
                            catalog, now);
    case view::state: return state_of(of, at);
  }
  return {};
}

result<std::string> render(const billing_request& wanted, const domain::organization& of,
                           const domain::decision_context& context) {
  auto invoice = of.billing.invoices.find(wanted.id);
  if (wanted.what == billing_view::invoice && invoice == of.billing.invoices.end()) {
    return error{errc::not_found, "there is no invoice " + wanted.id};
  }
  switch (wanted.what) {
    case billing_view::subscription: {
      const auto* found = domain::find_subscription(of.billing, wanted.id);
      return found == nullptr ? result<std::string>{error{
               errc::not_found, "Bursar bills no such subscription of this organization"}}
                              : render_subscription(*found);
    }
    case billing_view::invoice: return render_invoice(invoice->second);
    case billing_view::payment_methods: return render_payment_methods(of.billing.payment_method);
    case billing_view::upcoming_invoice: {
      auto next = domain::upcoming_invoice(of, context);
      return next ? result<std::string>{render_invoice(*next)} : next.error();
    }
    case billing_view::subscriber: return render_subscriber(of, wanted.id, *context.catalog);
    case billing_view::preview: {
      auto seen = domain::preview(of, *wanted.wanted, context);
      return seen ? result<std::string>{render_preview(*seen, wanted.id)} : seen.error();
    }
  }
  return error{errc::internal, "a view that is none"};
}

template <class Value>
std::string render_catalog_value(const Value& x) {
  return to_json<nulls::write>(x);
}
template std::string render_catalog_value(const domain::plan&);
template std::string render_catalog_value(const domain::credit_product&);
template std::string render_catalog_value(const domain::coupon&);
template std::string render_catalog_value(const domain::tax_rate&);
template std::string render_catalog_value(const domain::legal_entity&);
template std::string render_catalog_value(const domain::meter&);
template std::string render_catalog_value(const domain::credit_event&);

std::string render_price(const domain::plan& of, std::int64_t version,
                         const domain::plan_price& x) {
  price_view out{of.id,      version,          x.currency,        x.amount,
                 x.interval, x.interval_count, x.stripe_price_id, x.model,
                 x.minimum,  x.maximum,        x.usage,           of.active};
  return to_json<nulls::write>(out);
}

std::string render_api_key(const domain::api_key& x, const std::optional<std::string>& key) {
  std::string out = "{";
  json_writer<nulls::write> writer{out};
  bool first = true;
  auto member = [&](const char* name, const auto& value) {
    writer.write_key(name, first);
    writer.write(value);
  };
  member("id", x.id);
  if (key) {
    member("key", *key);
  }
  member("prefix", x.prefix);
  member("last_four", x.last_four);
  member("role", x.role);
  member("organization_id", x.organization_id);
  member("scopes", x.scopes);
  member("name", x.name);
  member("created_at", x.created_at);
  member("expires_at", x.expires_at);
  member("revoked_at", x.revoked_at);
  return out + "}";
}

std::string render_organization_row(const organization_row& row) {
  return to_json<nulls::write>(row);
}

std::string render_inbox_row(const inbox_row& row) {
  return to_json<nulls::write>(row);
}

std::string render_alert(const alert_reference& which, const alert_record& what) {
  std::string out{"{"};
  json_writer<nulls::write> writer{out};
  bool first = true;
  auto member = [&](const char* name, const auto& value) {
    writer.write_key(name, first);
    writer.write(value);
  };
  member("id", which.stream + ':' + std::to_string(which.sequence));
  member("type", what.type);
  member("at", which.at);
  member("organization_id", what.organization_id);
  member("subject_id", what.subject_id);
  member("message", what.message);
  member("sequence", static_cast<std::int64_t>(which.sequence));
  return out + "}";
}

std::string render_dead_letter(const inbox_row& row) {
  return prepended("id", row.event_id, render_inbox_row(row));
}

std::string render_list(const std::vector<std::string>& rows,
                        const std::optional<std::string>& next_cursor) {
  std::string out = "{\"data\":[";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out += (i == 0 ? "" : ",") + rows[i];
  }
  out += "],\"next_cursor\":";
  json_writer<nulls::write>{out}.write(next_cursor);
  return out + "}";
}

std::string render_event(std::string_view json, const sha256_digest& previous,
                         const sha256_digest& hash) {
  std::string out{json.substr(0, json.size() - 1)};
  return out + ",\"hash\":\"" + to_hex(hash) + "\",\"previous\":\"" + to_hex(previous) + "\"}";
}

std::string render_replayed(const std::string& event_id) {
  std::string out = "{\"id\":";
  append_string(out, event_id);
  return out + ",\"status\":\"parked\"}";
}

organization_row row_of(const domain::organization& of) {
  const auto& s = of.standing;
  std::set<std::string> plans;
  if (s.billing_tier) {
    plans.insert(*s.billing_tier);
  }
  for (const auto& [id, subscription] : of.billing.subscriptions) {
    if (!domain::is_final(subscription.status)) {
      plans.insert(subscription.terms.plan_id);
    }
  }
  return {of.id,       of.name,        s.subscription_status, of.email,         of.country,
          of.currency, of.external_id, s.billing_tier,        std::move(plans), of.created_at};
}

}  // namespace bursar::schemas
