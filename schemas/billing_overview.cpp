#include "schemas/billing_overview.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "domain/stripe/mirror_view.hpp"
#include "schemas/json_writer.hpp"

namespace bursar::schemas {
namespace {

// -- summary ---

struct amount_row {
  std::string currency;
  std::int64_t amount = 0;  // minor units
};
BOOST_DESCRIBE_STRUCT(amount_row, (), (currency, amount))

struct credits_at_hand {
  std::int64_t balance = 0, held = 0;
};
BOOST_DESCRIBE_STRUCT(credits_at_hand, (), (balance, held))

struct quota_row {
  std::optional<std::int64_t> limit, used, remaining;
};
BOOST_DESCRIBE_STRUCT(quota_row, (), (limit, used, remaining))

struct summary_view {
  std::string organization_id, subscription_status;
  std::optional<std::string> billing_tier;
  std::optional<std::int64_t> annual_amount;
  std::optional<std::string> annual_currency;
  std::optional<timestamp> next_billing_at, last_payment_at;
  credits_at_hand credits;
  std::map<std::string, quota_row> usage;
  std::int64_t open_invoices = 0;
  std::vector<amount_row> amounts_due, balances;
};
BOOST_DESCRIBE_STRUCT(summary_view, (),
                      (organization_id, subscription_status, billing_tier, annual_amount,
                       annual_currency, next_billing_at, last_payment_at, credits, usage,
                       open_invoices, amounts_due, balances))

void add_open_invoices(const domain::organization& of, summary_view& to) {
  std::map<std::string, std::int64_t> due;
  for (const auto& [id, x] : of.billing.invoices) {
    if (auto amount = amount_due(x); amount > 0) {
      ++to.open_invoices;
      due[x.currency] += amount;
    }
  }
  for (const auto& [id, mirrored] : of.stripe.invoices) {
    const auto& x = mirrored.value();
    if (x.status == "open" && x.currency && x.amount_remaining.value_or(0) > 0) {
      ++to.open_invoices;
      due[*x.currency] += *x.amount_remaining;
    }
  }
  for (const auto& [currency, amount] : due) {
    to.amounts_due.push_back({currency, amount});
  }
}

void add_quotas(const domain::organization& of, const domain::catalog& catalog, timestamp now,
                summary_view& to) {
  for (const auto& [name, x] : domain::entitlements_of(of, catalog, now)) {
    if (!x.used) {
      continue;
    }
    to.usage[name]
      = {x.limit, x.used,
         x.limit ? std::optional{std::max<std::int64_t>(*x.limit - *x.used, 0)} : std::nullopt};
  }
}

// -- history ---

struct history_row {
  std::string id, type;  // invoice, payment, refund, credit_note
  domain::billing_provider provider = domain::billing_provider::native;
  std::optional<timestamp> at;
  std::optional<std::string> status, currency;
  std::optional<std::int64_t> amount;  // minor units
  std::optional<std::string> invoice_id, number;
};
BOOST_DESCRIBE_STRUCT(history_row, (),
                      (id, type, provider, at, status, currency, amount, invoice_id, number))

using rows = std::map<std::string, std::function<std::string()>>;

// What has no time comes last.
void add(history_row row, rows& to) {
  auto at = row.at.value_or(timestamp{});
  auto key = format_rfc3339(timestamp{timestamp_max - at}) + '\n' + row.type + '\n' + row.id + '\n'
             + row.invoice_id.value_or("");
  to.emplace(std::move(key), [row = std::move(row)] { return to_json<nulls::write>(row); });
}

void add_native(const domain::native_invoice& x, rows& to) {
  using enum domain::billing_provider;
  if (x.status == domain::invoice_status::draft) {
    return;
  }
  auto row = [&](const std::string& id, const char* type, timestamp at, const char* status,
                 std::int64_t amount, std::optional<std::string> number) {
    add({id, type, native, at, status, x.currency, amount, x.id, std::move(number)}, to);
  };
  row(x.id, "invoice", x.opened_at.value_or(x.created_at),
      boost::describe::enum_to_string(x.status, ""), x.totals.total, x.number);
  for (const auto& payment : x.payments) {
    row(payment.id, "payment", payment.at, "succeeded", payment.amount, {});
  }
  for (const auto& failure : x.failures) {
    if (domain::was_asked_for(failure.code)) {
      row(x.id + "-" + std::to_string(failure.attempt), "payment", failure.at, "failed",
          failure.amount, {});
    }
  }
  for (const auto& note : x.credit_notes) {
    row(note.id, "credit_note", note.issued_at, "issued", note.total, note.number);
    if (note.refund_id && note.refunded > 0) {
      row(*note.refund_id, "refund", note.issued_at, "succeeded", note.refunded, {});
    }
  }
}

// When the newest of what Stripe told of it happened.
template <class Tracked>
timestamp told_at(const Tracked& x) {
  return from_unix_seconds(x.latest.at(static_cast<std::size_t>(x.current)).created);
}

void add_mirrored(const domain::stripe::mirror& all, rows& to) {
  using enum domain::billing_provider;
  for (const auto& [id, mirrored] : all.invoices) {
    const auto& x = mirrored.value();
    if (!x.deleted && x.status != "draft") {
      auto at = x.paid_at ? from_unix_seconds(*x.paid_at) : told_at(mirrored);
      add({id, "invoice", stripe, at, x.status, x.currency, x.total, id, x.number}, to);
    }
  }
  auto invoices = domain::stripe::invoices_of_payments(all);
  for (const auto& [id, mirrored] : all.payments) {
    const auto& x = mirrored.value();
    auto of = invoices.find(id);
    auto invoice = of == invoices.end() ? std::nullopt : std::optional{of->second};
    if (mirrored.succeeded_at) {
      add({id,
           "payment",
           stripe,
           from_unix_seconds(*mirrored.succeeded_at),
           "succeeded",
           x.currency,
           x.amount_received,
           invoice,
           {}},
          to);
    } else if (!mirrored.failed_attempts.empty()) {
      add({id, "payment", stripe, told_at(mirrored), "failed", x.currency, x.amount, invoice, {}},
          to);
    }
  }
  for (const auto& [id, mirrored] : all.refunds) {
    const auto& x = mirrored.value();
    add({id, "refund", stripe, told_at(mirrored), x.status, x.currency, x.amount, {}, {}}, to);
  }
  for (const auto& [id, mirrored] : all.credit_notes) {
    const auto& x = mirrored.value();
    add(
      {id, "credit_note", stripe, told_at(mirrored), x.status, x.currency, x.amount, x.invoice, {}},
      to);
  }
}

}  // namespace

std::string render_summary(const domain::organization& of, const std::string& subscription,
                           const domain::catalog& catalog, timestamp now) {
  const auto& s = of.standing;
  summary_view out;
  out.organization_id = of.id;
  out.subscription_status = s.subscription_status;
  out.billing_tier = s.billing_tier;
  out.annual_amount = s.annual_amount;
  out.annual_currency = s.currency;
  if (s.next_billing_at) {
    out.next_billing_at = from_unix_seconds(*s.next_billing_at);
  }
  out.last_payment_at = domain::last_payment_at(of);
  out.credits = {domain::balance_of(of.credits, now), domain::held_of(of.credits, now)};
  add_quotas(of, catalog, now, out);
  add_open_invoices(of, out);
  for (const auto& [currency, amount] : of.billing.balances) {
    out.balances.push_back({currency, amount});
  }
  auto text = to_json<nulls::write>(out);
  text.pop_back();
  return text + ",\"subscription\":" + subscription + "}";
}

rows history_of(const domain::organization& of) {
  rows out;
  for (const auto& [id, invoice] : of.billing.invoices) {
    add_native(invoice, out);
  }
  add_mirrored(of.stripe, out);
  return out;
}

}  // namespace bursar::schemas
