#include "schemas/billing_views.hpp"

#include "domain/billing/explanation.hpp"
#include "domain/billing/sale.hpp"
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
  std::optional<std::string> coupon_id;
  domain::billing_interval interval = domain::billing_interval::month;
  std::int64_t interval_count = 1;
  timestamp current_period_start{}, current_period_end{}, created_at{};
  std::optional<timestamp> trial_end, cancel_at, contract_end, paused_at, ended_at;
  std::optional<scheduled_change_view> scheduled_change;  // at the end of the period
};
BOOST_DESCRIBE_STRUCT(subscription_view, (),
                      (id, status, plan_id, plan_name, plan_version, quantity, currency, amount,
                       minimum, maximum, coupon_id, interval, interval_count, current_period_start,
                       current_period_end, created_at, trial_end, cancel_at, contract_end,
                       paused_at, ended_at, scheduled_change))

struct line_view {
  domain::line_kind kind = domain::line_kind::one_time;
  std::string description;
  std::optional<std::string> subscription_id, plan_id;
  std::optional<domain::line_reference> corrects;
  std::int64_t price_version = 1;
  timestamp period_start{}, period_end{};
  decimal quantity;
  std::int64_t amount = 0;
  std::vector<domain::discount_amount> discounts;
  std::vector<domain::tax_amount> taxes;
};
BOOST_DESCRIBE_STRUCT(line_view, (),
                      (kind, description, subscription_id, plan_id, corrects, price_version,
                       period_start, period_end, quantity, amount, discounts, taxes))

struct credited_line_view {
  std::int64_t line = 0, amount = 0;
  std::vector<domain::discount_amount> discounts;
  std::vector<domain::tax_amount> taxes;
};
BOOST_DESCRIBE_STRUCT(credited_line_view, (), (line, amount, discounts, taxes))

struct credit_note_view {
  std::string id, invoice_id;
  std::optional<std::string> number;
  std::string currency;
  std::vector<credited_line_view> lines;
  std::int64_t total = 0, to_invoice = 0, to_balance = 0, refunded = 0;
  std::optional<std::string> refund_id, reason;
  timestamp issued_at{};
};
BOOST_DESCRIBE_STRUCT(credit_note_view, (),
                      (id, invoice_id, number, currency, lines, total, to_invoice, to_balance,
                       refunded, refund_id, reason, issued_at))

struct invoice_view {
  std::string id, status;
  std::optional<std::string> number;
  std::string currency;
  std::int64_t subtotal = 0, discount = 0, tax = 0, inclusive_tax = 0, total = 0;
  std::int64_t from_balance = 0, amount_paid = 0, amount_credited = 0, amount_due = 0;
  domain::tax_treatment tax_treatment = domain::tax_treatment::not_taxed;
  std::optional<std::string> tax_calculation;
  std::vector<line_view> lines;
  std::vector<domain::invoice_payment> payments;
  std::vector<credit_note_view> credit_notes;
  std::int64_t failed_attempts = 0;
  std::optional<timestamp> next_attempt_at;
  timestamp created_at{};
  std::optional<timestamp> finalize_at, opened_at, due_at, paid_at, closed_at;
};
BOOST_DESCRIBE_STRUCT(invoice_view, (),
                      (id, status, number, currency, subtotal, discount, tax, inclusive_tax, total,
                       from_balance, amount_paid, amount_credited, amount_due, tax_treatment,
                       tax_calculation, lines, payments, credit_notes, failed_attempts,
                       next_attempt_at, created_at, finalize_at, opened_at, due_at, paid_at,
                       closed_at))

struct step_view {  // exact: "31/2" is fifteen and a half
  std::string rule, units, unit_amount, amount;
};
BOOST_DESCRIBE_STRUCT(step_view, (), (rule, units, unit_amount, amount))

struct line_explanation_view {
  std::string description;
  std::int64_t amount = 0;
  domain::pricing_model model = domain::pricing_model::flat;
  std::int64_t price_version = 1;
  decimal units;
  std::vector<step_view> steps;
  std::string price, share, unrounded;
  bool given_back = false;
  std::optional<std::int64_t> at_most;
  std::int64_t counted = 0;
  std::optional<std::int64_t> maximum;
  std::int64_t recomputed = 0;
  bool same = false;
};
BOOST_DESCRIBE_STRUCT(line_explanation_view, (),
                      (description, amount, model, price_version, units, steps, price, share,
                       unrounded, given_back, at_most, counted, maximum, recomputed, same))

struct explanation_view {
  std::string invoice_id;
  std::optional<std::string> number, tax_calculation;
  std::vector<line_explanation_view> lines;
  bool discounts_same = false, taxes_same = false, totals_same = false, reproduced = false;
};
BOOST_DESCRIBE_STRUCT(explanation_view, (),
                      (invoice_id, number, tax_calculation, lines, discounts_same, taxes_same,
                       totals_same, reproduced))

struct preview_view {
  std::optional<invoice_view> invoice;
  std::optional<subscription_view> subscription;
};
BOOST_DESCRIBE_STRUCT(preview_view, (), (invoice, subscription))

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

line_view view_of(const domain::line_item& x) {
  return {
    x.kind,         x.description, x.subscription_id, x.plan_id, x.corrects,  x.basis.price_version,
    x.period.start, x.period.end,  x.basis.units,     x.amount,  x.discounts, x.taxes};
}

credit_note_view view_of(const domain::credit_note& x) {
  credit_note_view out{x.id,         x.invoice_id, x.number,   x.currency,  {},       x.total,
                       x.to_invoice, x.to_balance, x.refunded, x.refund_id, x.reason, x.issued_at};
  for (const auto& line : x.lines) {
    const auto& amounts = line.amounts;
    out.lines.push_back({line.line, amounts.amount, amounts.discounts, amounts.taxes});
  }
  return out;
}

invoice_view view_of(const domain::native_invoice& x) {
  invoice_view out;
  out.id = x.id;
  // The field's word; in C++ it is taken.
  out.status = x.status == domain::invoice_status::voided
                 ? "void"
                 : boost::describe::enum_to_string(x.status, "");
  out.number = x.number;
  out.currency = x.currency;
  out.subtotal = x.totals.subtotal;
  out.discount = x.totals.discount;
  out.tax = x.totals.tax;
  out.inclusive_tax = x.totals.inclusive_tax;
  out.total = x.totals.total;
  out.from_balance = x.from_balance;
  out.amount_paid = x.paid;
  out.amount_credited = x.credited;
  out.amount_due = domain::amount_due(x);
  out.tax_treatment = x.treatment;
  out.tax_calculation = x.tax_calculation;
  for (const auto& line : x.lines) {
    out.lines.push_back(view_of(line));
  }
  out.payments = x.payments;
  for (const auto& note : x.credit_notes) {
    out.credit_notes.push_back(view_of(note));
  }
  out.failed_attempts = x.collection.failed_attempts;
  out.next_attempt_at = x.collection.next_attempt_at;
  out.created_at = x.created_at;
  out.finalize_at = x.finalize_at;
  out.opened_at = x.opened_at;
  out.due_at = x.due_at;
  out.paid_at = x.paid_at;
  out.closed_at = x.closed_at;
  return out;
}

line_explanation_view view_of(const domain::line_item& line, const domain::line_explanation& x) {
  line_explanation_view out;
  out.description = line.description;
  out.amount = line.amount;
  out.model = line.basis.price.model;
  out.price_version = line.basis.price_version;
  out.units = line.basis.units;
  for (const auto& step : x.price.steps) {
    out.steps.push_back({step.rule, domain::text_of(step.units), domain::text_of(step.unit_amount),
                         domain::text_of(step.amount)});
  }
  out.price = domain::text_of(x.price.amount);
  out.share = std::to_string(line.basis.share.part) + "/" + std::to_string(line.basis.share.whole);
  out.unrounded = domain::text_of(x.unrounded);
  out.given_back = line.basis.given_back;
  if (line.basis.billed) {
    out.at_most = line.basis.billed->amount;
  }
  out.counted = line.basis.counted;
  out.maximum = line.basis.maximum;
  out.recomputed = x.recomputed;
  out.same = x.same;
  return out;
}

}  // namespace

std::string render_subscription(const domain::subscription& x) {
  return to_json<nulls::write>(view_of(x));
}

std::string render_invoice(const domain::native_invoice& x) {
  return to_json<nulls::write>(view_of(x));
}

std::string render_credit_note(const domain::credit_note& x) {
  return to_json<nulls::write>(view_of(x));
}

std::string render_explanation(const domain::native_invoice& x) {
  auto explained = domain::explain(x);
  explanation_view out;
  out.invoice_id = x.id;
  out.number = x.number;
  out.tax_calculation = x.tax_calculation;
  for (std::size_t i = 0; i < x.lines.size(); ++i) {
    out.lines.push_back(view_of(x.lines[i], explained.lines[i]));
  }
  out.discounts_same = explained.discounts_same;
  out.taxes_same = explained.taxes_same;
  out.totals_same = explained.totals_same;
  out.reproduced = domain::is_reproduced(explained);
  return to_json<nulls::write>(out);
}

std::string render_preview(const domain::billing_preview& x, const std::string& id) {
  preview_view out;
  if (x.invoice) {
    out.invoice = view_of(*x.invoice);
  }
  if (const auto* s = domain::find_subscription(x.after, id)) {
    out.subscription = view_of(*s);
  }
  return to_json<nulls::write>(out);
}

result<std::string> render_subscriber(const domain::organization& of, const std::string& plan_id,
                                      const domain::catalog& catalog) {
  const auto* s = domain::running_subscription(of.billing);
  auto newest = catalog.plan_versions.find(plan_id);
  if (s == nullptr || s->terms.plan_id != plan_id || newest == catalog.plan_versions.end()) {
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
