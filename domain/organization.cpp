#include "domain/organization.hpp"

#include <algorithm>

#include "base/ids.hpp"
#include "base/iso_codes.hpp"
#include "base/limits.hpp"
#include "domain/billing/vat_id.hpp"
#include "domain/overloaded.hpp"
#include "domain/pricing/calendar.hpp"

namespace bursar::domain {
namespace {

using events = std::vector<event>;

// -- validation of what callers name ---

struct checked_fields {
  const std::optional<std::string>&email, &country, &currency, &timezone, &external_id;
  const std::optional<tax_details>& tax;
  const domain::metadata* metadata;
};

// Of a customer, or of an account that is one (Accounts v2).
bool is_customer_id(const std::string& id) {
  auto underscore = id.find('_');
  auto prefix = id.substr(0, underscore);
  return (prefix == "cus" || prefix == "acct") && id.size() > prefix.size() + 1 && id.size() <= 255
         && std::all_of(id.begin(), id.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                     || c == '_';
            });
}

void check_text(const std::optional<std::string>& value, const char* pointer,
                std::vector<field_error>& found) {
  if (value && (value->empty() || value->size() > limits::text_bytes_max)) {
    found.push_back({pointer, "must be 1 to 512 bytes"});
  }
}

// Something on each side of one @, without blanks: who it is for, a message will tell.
bool is_email(const std::string& text) {
  auto at = text.find('@');
  return at != 0 && at != std::string::npos && at + 1 < text.size() && text.rfind('@') == at
         && text.find_first_of(" \t\r\n") == std::string::npos;
}

void check(const checked_fields& x, std::vector<field_error>& found) {
  check_text(x.external_id, "/external_id", found);
  check_text(x.timezone, "/timezone", found);
  check_text(x.email, "/email", found);
  if (x.timezone && !is_time_zone(*x.timezone)) {
    found.push_back({"/timezone", "must be a name of the IANA database, as Europe/Berlin"});
  }
  if (x.email && !is_email(*x.email)) {
    found.push_back({"/email", "must be an e-mail address"});
  }
  if (x.currency && !is_iso_currency(*x.currency)) {
    found.push_back({"/currency", "must be a currency of ISO 4217 in lower case"});
  }
  if (x.country && !is_country(*x.country)) {
    found.push_back({"/country", "must be a country of ISO 3166-1 in upper case"});
  }
  if (x.tax) {
    check_text(x.tax->region, "/tax/region", found);
    if (x.tax->vat_id && !country_of_vat_id(*x.tax->vat_id)) {
      found.push_back(
        {"/tax/vat_id", "must have the form of a country of the union, as DE123456789"});
    }
  }
  if (x.metadata == nullptr) {
    return;
  }
  if (x.metadata->size() > limits::metadata_entries_max) {
    found.push_back({"/metadata", "must have at most 50 entries"});
  }
  for (const auto& [key, value] : *x.metadata) {
    if (key.empty() || key.size() > 64 || value.size() > limits::text_bytes_max) {
      found.push_back({"/metadata/" + key, "key 1 to 64 bytes, value at most 512"});
    }
  }
}

void check(const std::set<std::string>& customers, std::vector<field_error>& found) {
  constexpr std::size_t customers_max = 100;
  if (customers.size() > customers_max) {
    found.push_back({"/stripe_customer_ids", "must be at most 100"});
  }
  for (const auto& id : customers) {
    if (!is_customer_id(id)) {
      found.push_back({"/stripe_customer_ids", "must be Stripe customer ids (cus_… or acct_…)"});
      return;
    }
  }
}

void check_entity(const std::optional<std::string>& id, const catalog& in,
                  std::vector<field_error>& found) {
  auto entity = in.legal_entities.find(id.value_or(""));
  bool known = entity != in.legal_entities.end();
  if (id && (!known || !entity->second.active)) {
    found.push_back({"/legal_entity_id", known ? "is not active" : "is no legal entity"});
  }
}

error invalid(std::vector<field_error> found) {
  return {errc::invalid_parameter, "the organization is not valid", std::move(found)};
}

// -- decide ---

void check_low_balance(const std::optional<std::int64_t>& x, std::vector<field_error>& into) {
  if (x && (*x < 0 || *x > amount_max)) {
    into.push_back({"/low_balance", "must be 0, which is never, or up to 999999999999999"});
  }
}

result<events> decide_create(const organization& state, const create_organization& c,
                             const decision_context& context) {
  std::vector<field_error> found;
  if (!is_organization_id(c.id)) {
    found.push_back({"/id", "must be org_ and 1 to 64 of A-Z a-z 0-9 _ -"});
  }
  if (c.name.empty() || c.name.size() > limits::text_bytes_max) {
    found.push_back({"/name", "must be 1 to 512 bytes"});
  }
  check({c.email, c.country, c.currency, c.timezone, c.external_id, c.tax, &c.metadata}, found);
  check(c.stripe_customer_ids, found);
  check_entity(c.legal_entity_id, *context.catalog, found);
  check_low_balance(c.low_balance, found);
  if (!found.empty()) {
    return invalid(std::move(found));
  }
  if (!state.id.empty()) {
    return error{errc::already_exists, "organization " + state.id + " exists already"};
  }
  return events{organization_created{c.id, c.name, c.email, c.country, c.currency, c.timezone,
                                     c.external_id, c.tax, c.consolidated_invoices,
                                     c.legal_entity_id, c.low_balance, c.metadata,
                                     c.stripe_customer_ids, context.now}};
}

template <class T>
bool changes(const std::optional<T>& wanted, const T& has) {
  return wanted && *wanted != has;
}
template <class T>
bool changes(const std::optional<T>& wanted, const std::optional<T>& has) {
  return wanted && wanted != has;
}

result<events> decide_update(const organization& state, const update_organization& c,
                             const decision_context& context) {
  if (state.id.empty()) {
    return error{errc::not_found, "no such organization"};
  }
  std::vector<field_error> found;
  check_text(c.name, "/name", found);
  check({c.email, c.country, c.currency, c.timezone, c.external_id, c.tax,
         c.metadata ? &*c.metadata : nullptr},
        found);
  if (c.stripe_customer_ids) {
    check(*c.stripe_customer_ids, found);
  }
  check_low_balance(c.low_balance, found);
  if (changes(c.legal_entity_id, state.legal_entity_id)) {
    check_entity(c.legal_entity_id, *context.catalog, found);
  }
  if (!found.empty()) {
    return invalid(std::move(found));
  }
  bool more_customers
    = c.stripe_customer_ids
      && !std::includes(state.stripe_customer_ids.begin(), state.stripe_customer_ids.end(),
                        c.stripe_customer_ids->begin(), c.stripe_customer_ids->end());
  bool changed = changes(c.name, state.name) || changes(c.email, state.email)
                 || changes(c.country, state.country) || changes(c.currency, state.currency)
                 || changes(c.timezone, state.timezone) || changes(c.external_id, state.external_id)
                 || changes(c.tax, state.tax)
                 || changes(c.consolidated_invoices, state.consolidated_invoices)
                 || changes(c.legal_entity_id, state.legal_entity_id)
                 || changes(c.low_balance, state.low_balance) || changes(c.metadata, state.metadata)
                 || more_customers;
  if (!changed) {
    return events{};
  }
  return events{organization_updated{c.name, c.email, c.country, c.currency, c.timezone,
                                     c.external_id, c.tax, c.consolidated_invoices,
                                     c.legal_entity_id, c.low_balance, c.metadata,
                                     more_customers ? c.stripe_customer_ids : std::nullopt}};
}

stripe::seen_object seen_in(const stripe::event& event, const catalog& in) {
  stripe::seen_object out{event.id, event.type, event.created, *event.seen, {}, {}};
  const auto* session = std::get_if<stripe::checkout_session>(&event.seen->after);
  if (session != nullptr && session->mode == "payment") {
    if (const auto* product
        = sold_credit_product(in, session->pack, session->amount_total, session->currency)) {
      out.credit_product = product->id;
      out.credits = product->credits;
    }
  }
  return out;
}

// The pack that a session paid for, where the catalog does not say what it is.
std::optional<std::string> unknown_pack(const stripe::seen_object& seen) {
  const auto* session = std::get_if<stripe::checkout_session>(&seen.seen.after);
  bool paid = session != nullptr && session->mode == "payment" && stripe::is_paid(*session);
  return paid && session->pack && !seen.credits ? session->pack : std::nullopt;
}

result<events> decide_stripe(const organization& state, const apply_stripe_event& c,
                             const decision_context& context) {
  if (!c.event.seen) {
    return events{};
  }
  events out;
  auto seen = seen_in(c.event, *context.catalog);
  if (auto pack = unknown_pack(seen)) {
    return error{errc::unprocessable, "sells " + *pack + ", which is no credit product"};
  }
  if (state.id.empty()) {
    if (!c.create || c.event.found.organizations.empty()) {
      return error{errc::not_found, "no such organization"};
    }
    organization_created created;
    created.id = c.event.found.organizations.front();
    created.name = created.id;
    created.created_at = context.now;
    out.push_back(std::move(created));
  }
  auto facts = stripe::facts(state, seen, context);
  auto customer = c.event.found.customer;
  if (customer && state.stripe_customer_ids.contains(*customer)) {
    customer.reset();
  }
  out.push_back(
    stripe_object_observed{std::move(customer), std::move(seen), c.event.payload_sha256});
  std::move(facts.begin(), facts.end(), std::back_inserter(out));
  return out;
}

result<events> decide_billing(const organization& state, const billing_command& c,
                              const decision_context& context) {
  if (state.id.empty()) {
    return error{errc::not_found, "no such organization"};
  }
  auto decided = decide(state.billing, c, terms_for(state, context));
  if (!decided) {
    return decided.error();
  }
  events out;
  for (auto& e : decided->events) {
    std::visit([&](auto& x) { out.emplace_back(std::move(x)); }, e);
  }
  if (due_at(state.credits).value_or(timestamp_max) <= context.now) {
    auto expired = decide_credits(state, expire_credits{}, context).value();
    out.insert(out.end(), expired.begin(), expired.end());
  }
  bring_credits(state, decided->after, context.now, out);
  stand(state, *context.catalog, {{}, nullptr, {}, &decided->after}, out);
  return out;
}

// -- evolve ---

template <class Into, class From>
void set_if(Into& into, const From& from) {
  if (from) {
    into = *from;
  }
}

void apply(organization& state, const organization_created& e) {
  state.id = e.id;
  state.name = e.name;
  state.email = e.email;
  state.country = e.country;
  state.currency = e.currency;
  state.timezone = e.timezone;
  state.external_id = e.external_id;
  state.tax = e.tax;
  state.consolidated_invoices = e.consolidated_invoices;
  state.legal_entity_id = e.legal_entity_id;
  state.low_balance = e.low_balance;
  state.metadata = e.metadata;
  state.created_at = e.created_at;
  state.stripe_customer_ids = e.stripe_customer_ids;
}

void apply(organization& state, const organization_updated& e) {
  set_if(state.name, e.name);
  set_if(state.email, e.email);
  set_if(state.country, e.country);
  set_if(state.currency, e.currency);
  set_if(state.timezone, e.timezone);
  set_if(state.external_id, e.external_id);
  set_if(state.tax, e.tax);
  set_if(state.consolidated_invoices, e.consolidated_invoices);
  set_if(state.legal_entity_id, e.legal_entity_id);
  set_if(state.low_balance, e.low_balance);
  set_if(state.metadata, e.metadata);
  if (e.stripe_customer_ids) {
    state.stripe_customer_ids.insert(e.stripe_customer_ids->begin(), e.stripe_customer_ids->end());
  }
}

void apply(organization& state, const stripe_object_observed& e) {
  if (e.customer) {
    state.stripe_customer_ids.insert(*e.customer);
  }
  stripe::merge(state.stripe, e.object);
}

}  // namespace

result<std::vector<event>> decide(const organization& state, const command& wanted,
                                  const decision_context& context) {
  auto decided = std::visit(
    overloaded{[&](const create_organization& c) { return decide_create(state, c, context); },
               [&](const update_organization& c) { return decide_update(state, c, context); },
               [&](const apply_stripe_event& c) { return decide_stripe(state, c, context); },
               [&](const billing_command& c) { return decide_billing(state, c, context); },
               [&](const credit_command& c) { return decide_credits(state, c, context); },
               [&](const usage_command& c) { return decide_usage(state, c, context); }},
    wanted);
  if (decided) {
    auto rules = context.credits;
    rules.low_balance = state.low_balance.value_or(rules.low_balance);
    complete_credits(state.credits, rules, *decided);
  }
  return decided;
}

organization evolve(organization state, const event& happened) {
  std::visit(
    overloaded{
      [&](const organization_created& e) { apply(state, e); },
      [&](const organization_updated& e) { apply(state, e); },
      [&](const stripe_object_observed& e) { apply(state, e); },
      [&](const standing_changed& e) { state.standing = e.standing; },
      // Facts for readers of the chain; the mirror already holds what they follow from.
      [](const subscription_started&) {}, [](const subscription_updated&) {},
      [](const subscription_ended&) {}, [](const payment_succeeded&) {},
      [](const payment_failed&) {}, [](const payment_refunded&) {}, [](const invoice_paid&) {},
      [](const dispute_opened&) {}, [](const dispute_closed&) {},
      [&](const usage_recorded& e) { record(state.usage, e, running_periods(state, e.at)); },
      [&](const quota_reached& e) { notice(state.usage, e); },
      [&](const usage_anomaly_detected& e) { notice(state.usage, e); },
      [&](const entitlements_overridden& e) { state.usage.overrides = e.entitlements; },
      [&](const usage_amendment_drafted& e) { amend(state.usage, e); },
      [&](const usage_staged& e) { amend(state.usage, e); },
      [&](const usage_amended& e) {
        record(state.usage, {e.at, {}}, running_periods(state, e.at));
        amend(state.usage, e);
      },
      [&](const usage_amendment_reverted& e) {
        record(state.usage, {e.at, {}}, running_periods(state, e.at));
        amend(state.usage, e);
      },
      [&](const auto& e) {  // one of these, or it would not compile
        if constexpr (boost::mp11::mp_contains<credit_account_event,
                                               std::decay_t<decltype(e)>>::value) {
          state.credits = evolve(std::move(state.credits), credit_account_event{e});
        } else {
          state.billing = evolve(std::move(state.billing), billing_event{e});
        }
      }},
    happened);
  return state;
}

}  // namespace bursar::domain
