// The lists of an organization: what Bursar bills and what the mirror has of Stripe, in one.
#include <functional>
#include <map>
#include <utility>

#include "domain/stripe/mirror_view.hpp"
#include "schemas/billing_overview.hpp"
#include "schemas/billing_views.hpp"
#include "schemas/credit_views.hpp"
#include "schemas/invoice_views.hpp"
#include "schemas/json_writer.hpp"
#include "schemas/usage_views.hpp"
#include "schemas/views.hpp"

namespace bursar::schemas {
namespace {

struct balance_row {
  std::string currency;
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(balance_row, (), (currency, amount))

struct payment_row {
  std::string id;
  domain::billing_provider provider = domain::billing_provider::native;
  std::optional<std::string> invoice_id, currency;
  std::optional<std::int64_t> amount;  // minor units
  std::optional<std::string> status, failure_code;
  std::optional<timestamp> at;
};
BOOST_DESCRIBE_STRUCT(payment_row, (),
                      (id, provider, invoice_id, currency, amount, status, failure_code, at))

// What a credit note gave back.
struct refund_row {
  std::string id;  // the gateway's
  domain::billing_provider provider = domain::billing_provider::native;
  std::string invoice_id, credit_note_id, currency;
  std::int64_t amount = 0;  // minor units
  std::optional<std::string> reason;
  timestamp at{};
};
BOOST_DESCRIBE_STRUCT(refund_row, (),
                      (id, provider, invoice_id, credit_note_id, currency, amount, reason, at))

// Of a map by id; `row_of` says what callers see of one of its values.
template <class Map, class Row>
list_part part_of(const Map& all, const list_request& wanted, Row row_of) {
  list_part out;
  for (auto at = all.upper_bound(wanted.after); at != all.end(); ++at) {
    if (out.rows.size() == wanted.limit) {
      out.next_after = std::prev(at)->first;
      break;
    }
    out.rows.push_back(row_of(at->first, at->second));
  }
  return out;
}

template <class T>
std::string with_id(const std::string& id, const T& members) {
  return prepended("id", id, to_json<nulls::write>(members));
}

// Rows of several maps in the order of their ids, each made only when it is shown.
using rows = std::map<std::string, std::function<std::string()>>;

list_part part_of(const rows& all, const list_request& wanted) {
  return part_of(all, wanted, [](const auto&, const auto& row) { return row(); });
}

template <class Tracked, class View>
void add_mirrored(const std::map<std::string, Tracked>& all, View view_of, rows& to) {
  for (const auto& [id, tracked] : all) {
    to.emplace(id, [&id = id, &tracked = tracked, view_of] {
      return prepended("provider", "stripe", with_id(id, view_of(tracked)));
    });
  }
}

rows subscriptions_of(const domain::organization& of) {
  rows out;
  add_mirrored(of.stripe.subscriptions, domain::stripe::view_of_subscription, out);
  for (const auto& [id, subscription] : of.billing.subscriptions) {
    out.emplace(
      id, [&s = subscription] { return prepended("provider", "native", render_subscription(s)); });
  }
  return out;
}

template <class Visit>
void each_credit_note(const domain::organization& of, Visit visit) {
  for (const auto& [id, invoice] : of.billing.invoices) {
    for (const auto& note : invoice.credit_notes) {
      visit(note);
    }
  }
}

rows credit_notes_of(const domain::organization& of) {
  rows out;
  add_mirrored(
    of.stripe.credit_notes, [](const auto& x) -> const auto& { return x.value(); }, out);
  each_credit_note(of, [&out](const domain::credit_note& note) {
    out.emplace(note.id,
                [&note] { return prepended("provider", "native", render_credit_note(note)); });
  });
  return out;
}

rows refunds_of(const domain::organization& of) {
  rows out;
  add_mirrored(
    of.stripe.refunds, [](const auto& x) -> const auto& { return x.value(); }, out);
  each_credit_note(of, [&out](const domain::credit_note& note) {
    if (note.refund_id && note.refunded > 0) {  // of several notes it may be one
      out.emplace(*note.refund_id + '\n' + note.id, [&note] {
        return to_json<nulls::write>(refund_row{*note.refund_id, domain::billing_provider::native,
                                                note.invoice_id, note.id, note.currency,
                                                note.refunded, note.reason, note.issued_at});
      });
    }
  });
  return out;
}

// Those that were asked for: the gateway knows them by these ids.
payment_row row_of(const domain::native_invoice& invoice, const domain::failed_payment& x) {
  payment_row out;
  out.id = invoice.id + "-" + std::to_string(x.attempt);
  out.invoice_id = invoice.id;
  out.currency = invoice.currency;
  out.amount = x.amount;
  out.status = "failed";
  out.failure_code = x.code;
  out.at = x.at;
  return out;
}

payment_row row_of(const domain::native_invoice& invoice, const domain::invoice_payment& x) {
  payment_row out;
  out.id = x.id;
  out.invoice_id = invoice.id;
  out.currency = invoice.currency;
  out.amount = x.amount;
  out.status = "succeeded";
  out.at = x.at;
  return out;
}

payment_row row_of(const std::string& id, const domain::stripe::tracked_payment& x,
                   const std::optional<std::string>& invoice) {
  const auto& p = x.value();
  payment_row out;
  out.id = id;
  out.provider = domain::billing_provider::stripe;
  out.invoice_id = invoice;
  out.currency = p.currency;
  out.amount = x.succeeded_at ? p.amount_received : p.amount;
  if (x.succeeded_at) {
    out.status = "succeeded";
    out.at = from_unix_seconds(*x.succeeded_at);
  } else if (!x.failed_attempts.empty()) {
    out.status = "failed";
    out.failure_code = p.failure_code;
    out.at = from_unix_seconds(x.latest.at(static_cast<std::size_t>(x.current)).created);
  }
  return out;
}

rows payments_of(const domain::organization& of) {
  rows out;
  auto invoices = domain::stripe::invoices_of_payments(of.stripe);
  for (const auto& [id, payment] : of.stripe.payments) {
    auto found = invoices.find(id);
    auto invoice = found == invoices.end() ? std::nullopt : std::optional{found->second};
    out.emplace(id, [&id = id, &payment = payment, invoice] {
      return to_json<nulls::write>(row_of(id, payment, invoice));
    });
  }
  // One payment may be of several invoices.
  auto add = [&out](const domain::native_invoice& invoice, const std::string& id, const auto& x) {
    out.emplace(id + '\n' + invoice.id,
                [&invoice = invoice, &x = x] { return to_json<nulls::write>(row_of(invoice, x)); });
  };
  for (const auto& [id, invoice] : of.billing.invoices) {
    for (const auto& payment : invoice.payments) {
      add(invoice, payment.id, payment);
    }
    for (const auto& failure : invoice.failures) {
      if (domain::was_asked_for(failure.code)) {
        add(invoice, id + "-" + std::to_string(failure.attempt), failure);
      }
    }
  }
  return out;
}

// One that has expired is free, though nobody said so yet.
rows holds_of(const domain::organization& of, timestamp now) {
  rows out;
  for (const auto& [id, hold] : of.credits.holds) {
    if (hold.expires_at > now) {
      out.emplace(id, [&id = id, &hold = hold] { return render_open_hold(id, hold); });
    }
  }
  return out;
}

}  // namespace

std::string subscription_row(const domain::organization& of, const std::string& id) {
  auto all = subscriptions_of(of);
  auto found = all.find(id);
  return found == all.end() ? "null" : found->second();
}

list_part render(const list_request& wanted, const domain::organization& of, timestamp now) {
  const auto& m = of.stripe;
  switch (wanted.of) {
    case listing::subscriptions: return part_of(subscriptions_of(of), wanted);
    case listing::credit_notes: return part_of(credit_notes_of(of), wanted);
    case listing::refunds: return part_of(refunds_of(of), wanted);
    case listing::payments: return part_of(payments_of(of), wanted);
    case listing::disputes:
      return part_of(m.disputes, wanted, [](const auto& id, const auto& x) {
        return with_id(id, domain::stripe::view_of_dispute(x));
      });
    case listing::invoices:
      return part_of(of.billing.invoices, wanted,
                     [](const auto&, const auto& invoice) { return render_invoice(invoice); });
    case listing::balances:
      return part_of(of.billing.balances, wanted, [](const auto& currency, auto amount) {
        return to_json<nulls::write>(balance_row{currency, amount});
      });
    case listing::holds: return part_of(holds_of(of, now), wanted);
    case listing::usage_amendments: return part_of(of.usage.amendments, wanted, render_amendment);
    case listing::history: return part_of(history_of(of), wanted);
  }
  return {};
}

}  // namespace bursar::schemas
