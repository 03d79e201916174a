#include "schemas/invoice_views.hpp"

#include "schemas/json_writer.hpp"
#include "schemas/rating_view.hpp"

namespace bursar::schemas {
namespace {

struct line_view {
  domain::line_kind kind = domain::line_kind::one_time;
  std::string description;
  std::optional<std::string> subscription_id, plan_id;
  std::optional<domain::line_reference> corrects;
  std::int64_t price_version = 1;
  domain::pricing_model model = domain::pricing_model::flat;
  std::optional<decimal> unit_price;            // either this
  std::optional<std::vector<step_view>> tiers;  // or the steps to the price of a whole period
  timestamp period_start{}, period_end{};
  timestamp full_period_start{}, full_period_end{};  // whose price it is a share of
  std::optional<std::string> share;                  // "16/31"; none: all of it
  bool proration = false;
  decimal quantity;
  std::optional<domain::metered_units> usage;
  std::int64_t counted = 0;
  std::int64_t amount = 0;
  std::vector<domain::discount_amount> discounts;
  std::vector<domain::tax_amount> taxes;
};
BOOST_DESCRIBE_STRUCT(line_view, (),
                      (kind, description, subscription_id, plan_id, corrects, price_version, model,
                       unit_price, tiers, period_start, period_end, full_period_start,
                       full_period_end, share, proration, quantity, usage, counted, amount,
                       discounts, taxes))

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

struct failure_view {
  std::optional<std::string> code;
  timestamp at{};
};
BOOST_DESCRIBE_STRUCT(failure_view, (), (code, at))

struct invoice_view {
  std::string id, status;
  std::optional<std::string> number;
  std::optional<domain::legal_entity> legal_entity;
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
  std::optional<failure_view> last_failure;
  bool declined_for_good = false;
  std::optional<domain::retries_end> retries_stopped_because;
  timestamp created_at{};
  std::optional<timestamp> finalize_at, opened_at, due_at, paid_at, closed_at;
};
BOOST_DESCRIBE_STRUCT(invoice_view, (),
                      (id, status, number, legal_entity, currency, subtotal, discount, tax,
                       inclusive_tax, total, from_balance, amount_paid, amount_credited, amount_due,
                       tax_treatment, tax_calculation, lines, payments, credit_notes,
                       failed_attempts, next_attempt_at, last_failure, declined_for_good,
                       retries_stopped_because, created_at, finalize_at, opened_at, due_at, paid_at,
                       closed_at))

line_view view_of(const domain::line_item& x) {
  const auto& basis = x.basis;
  line_view out;
  out.kind = x.kind;
  out.description = x.description;
  out.subscription_id = x.subscription_id;
  out.plan_id = x.plan_id;
  out.corrects = x.corrects;
  out.price_version = basis.price_version;
  out.model = basis.price.model;
  out.unit_price = domain::unit_price(basis.price);
  if (!out.unit_price) {
    out.tiers = steps_of(domain::whole_price(x));
  }
  out.period_start = x.period.start;
  out.period_end = x.period.end;
  out.full_period_start = x.full.start;
  out.full_period_end = x.full.end;
  if (!domain::is_whole(basis.share)) {
    out.share = text_of(basis.share);
  }
  out.proration = domain::is_prorated(x);
  out.quantity = basis.units;
  out.usage = x.usage;
  out.counted = basis.counted;
  out.amount = x.amount;
  out.discounts = x.discounts;
  out.taxes = x.taxes;
  return out;
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
  out.legal_entity = x.legal_entity;
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
  out.next_attempt_at = domain::next_attempt(x);
  if (!x.failures.empty()) {
    out.last_failure = {x.failures.back().code, x.failures.back().at};
  }
  out.declined_for_good = x.collection.declined_for_good;
  out.retries_stopped_because = domain::why_retries_stopped(x);
  out.created_at = x.created_at;
  out.finalize_at = x.finalize_at;
  out.opened_at = x.opened_at;
  out.due_at = x.due_at;
  out.paid_at = x.paid_at;
  out.closed_at = x.closed_at;
  return out;
}

}  // namespace

std::string render_invoice(const domain::native_invoice& x) {
  return to_json<nulls::write>(view_of(x));
}

std::string render_credit_note(const domain::credit_note& x) {
  return to_json<nulls::write>(view_of(x));
}

}  // namespace bursar::schemas
