#include "schemas/billing_views.hpp"

#include "domain/billing/sale.hpp"
#include "schemas/invoice_views.hpp"
#include "schemas/json_writer.hpp"

namespace bursar::schemas {
namespace {

struct scheduled_change_view {
  std::string plan_id;
  std::int64_t plan_version = 1, quantity = 1;
};
BOOST_DESCRIBE_STRUCT(scheduled_change_view, (), (plan_id, plan_version, quantity))

struct subscription_view {
  std::string id, status, plan_id, plan_name;
  std::int64_t plan_version = 1, quantity = 1;
  std::string currency;
  std::optional<std::int64_t> amount;  // of a period, before discounts and taxes
  std::optional<std::int64_t> minimum, maximum;
  std::optional<std::map<std::string, domain::charge_model>> usage;
  std::optional<std::string> coupon_id;
  domain::billing_interval interval = domain::billing_interval::month;
  std::int64_t interval_count = 1;
  timestamp current_period_start{}, current_period_end{}, created_at{};
  std::optional<timestamp> trial_end, cancel_at, contract_end, paused_at, ended_at;
  std::optional<scheduled_change_view> scheduled_change;  // at the end of the period
};
BOOST_DESCRIBE_STRUCT(subscription_view, (),
                      (id, status, plan_id, plan_name, plan_version, quantity, currency, amount,
                       minimum, maximum, usage, coupon_id, interval, interval_count,
                       current_period_start, current_period_end, created_at, trial_end, cancel_at,
                       contract_end, paused_at, ended_at, scheduled_change))

// Who would be affected by a plan's newest version, and how.
struct subscriber_view {
  std::string organization_id, subscription_id, status;
  std::int64_t plan_version = 1, newest_version = 1, quantity = 1;
  std::string currency;
  std::optional<std::int64_t> amount, newest_amount;  // of a period; none: it is not sold so
  timestamp current_period_end{};
};
BOOST_DESCRIBE_STRUCT(subscriber_view, (),
                      (organization_id, subscription_id, status, plan_version, newest_version,
                       quantity, currency, amount, newest_amount, current_period_end))

struct migrated_view {
  std::string organization_id, result;
  std::optional<std::string> code, detail;
};
BOOST_DESCRIBE_STRUCT(migrated_view, (), (organization_id, result, code, detail))

std::optional<std::int64_t> amount_of(const domain::plan_terms& terms, std::int64_t quantity) {
  auto amount = domain::rounded(domain::rate(terms.price, {quantity, {}}).amount);
  return amount ? std::optional{*amount} : std::nullopt;
}

subscription_view view_of(const domain::subscription& x) {
  subscription_view out;
  out.id = x.id;
  out.status = boost::describe::enum_to_string(x.status, "");
  out.plan_id = x.terms.plan_id;
  out.plan_name = x.terms.name;
  out.plan_version = x.terms.plan_version;
  out.quantity = x.quantity;
  out.currency = x.terms.currency;
  out.amount = amount_of(x.terms, x.quantity);
  out.minimum = x.terms.minimum;
  out.maximum = x.terms.maximum;
  out.usage = x.terms.usage;
  if (x.coupon) {
    out.coupon_id = x.coupon->coupon.id;
  }
  out.interval = x.terms.cadence.interval;
  out.interval_count = x.terms.cadence.count;
  out.current_period_start = x.period.start;
  out.current_period_end = x.period.end;
  out.created_at = x.created_at;
  out.trial_end = x.trial_end;
  out.cancel_at = x.cancel_at;
  out.contract_end = x.contract_end;
  out.paused_at = x.paused_at;
  out.ended_at = x.ended_at;
  if (x.scheduled) {
    out.scheduled_change
      = {x.scheduled->terms.plan_id, x.scheduled->terms.plan_version, x.scheduled->quantity};
  }
  return out;
}

}  // namespace

std::string render_subscription(const domain::subscription& x) {
  return to_json<nulls::write>(view_of(x));
}

std::string render_preview(const domain::billing_preview& x, const std::string& id) {
  const auto* s = domain::find_subscription(x.after, id);
  return "{\"invoice\":" + (x.invoice ? render_invoice(*x.invoice) : "null")
         + ",\"subscription\":" + (s != nullptr ? render_subscription(*s) : "null") + "}";
}

result<std::string> render_subscriber(const domain::organization& of, const std::string& plan_id,
                                      const domain::catalog& catalog) {
  auto running = domain::running_on(of.billing, plan_id);
  const auto* s = running.empty() ? nullptr : running.front();
  auto newest = catalog.plan_versions.find(plan_id);
  if (s == nullptr || newest == catalog.plan_versions.end()) {
    return error{errc::not_found, of.id + " does not subscribe to " + plan_id};
  }
  subscriber_view out;
  out.organization_id = of.id;
  out.subscription_id = s->id;
  out.status = boost::describe::enum_to_string(s->status, "");
  out.plan_version = s->terms.plan_version;
  out.newest_version = newest->second;
  out.quantity = s->quantity;
  out.currency = s->terms.currency;
  out.amount = amount_of(s->terms, s->quantity);
  auto terms = domain::terms_of(catalog, plan_id, {s->terms.currency, s->terms.cadence.interval});
  if (terms) {
    out.newest_amount = amount_of(*terms, s->quantity);
  }
  out.current_period_end = s->period.end;
  return to_json<nulls::write>(out);
}

std::string render_migrated(const std::string& organization, const std::string& done,
                            const std::optional<error>& problem) {
  migrated_view out{organization, problem ? "refused" : done, {}, {}};
  if (problem) {
    out.code = describe(problem->code()).name;
    out.detail = problem->detail();
  }
  return to_json<nulls::write>(out);
}

std::string render_payment_methods(const std::optional<std::string>& token) {
  std::string out = "{\"data\":[";
  if (token) {
    out += "{\"id\":";
    append_string(out, *token);
    out += "}";
  }
  return out + "],\"next_cursor\":null}";
}

}  // namespace bursar::schemas
