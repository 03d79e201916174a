// What would become of an organization, without doing it.
#include <algorithm>
#include <set>
#include <utility>

#include "domain/billing/sale.hpp"
#include "domain/organization.hpp"

namespace bursar::domain {

billing_context terms_for(const organization& state, const decision_context& context) {
  auto out = *context.billing;
  out.now = context.now;
  out.catalog = context.catalog;
  out.taxes = context.taxes;
  out.usage = &state.usage;
  if (state.legal_entity_id) {  // the catalog never loses one
    out.legal_entity = context.catalog->legal_entities.at(*state.legal_entity_id);
    out.seller = party_of(*out.legal_entity);
  }
  out.buyer.country = state.country;
  if (state.tax) {
    out.buyer.region = state.tax->region;
    out.buyer.vat_id = state.tax->vat_id;
    out.buyer.exempt = state.tax->exempt;
  }
  out.buyer_currency = state.currency;
  out.buyer_time_zone = state.timezone;
  out.consolidate = state.consolidated_invoices.value_or(false);
  return out;
}

namespace {

// The subscription that a command is about; of none where only time passes.
std::optional<std::string> subject_of(const billing_command& wanted, const billing_account& in) {
  return std::visit(
    [&](const auto& c) -> std::optional<std::string> {
      if constexpr (requires { c.subscription_id; }) {
        const auto* runs = c.subscription_id.empty() ? running_subscription(in) : nullptr;
        return runs == nullptr ? c.subscription_id : runs->id;
      } else {
        return std::nullopt;
      }
    },
    wanted);
}

bool bills(const native_invoice& x, const std::string& subscription) {
  return std::any_of(x.lines.begin(), x.lines.end(),
                     [&](const line_item& line) { return line.subscription_id == subscription; });
}

}  // namespace

result<billing_preview> preview(const organization& state, const billing_command& wanted,
                                const decision_context& context) {
  auto terms = terms_for(state, context);
  int made = 0;
  terms.new_invoice_id = [&made] { return "upcoming_" + std::to_string(++made); };
  auto decided = decide(state.billing, wanted, terms);
  if (!decided) {
    return decided.error();
  }
  billing_preview out;
  auto subject = subject_of(wanted, state.billing);
  for (const auto& e : decided->events) {
    const auto* created = std::get_if<invoice_created>(&e);
    if (created != nullptr && (subject ? bills(created->invoice, *subject) : !out.invoice)) {
      out.invoice = created->invoice;
    }
  }
  out.after = std::move(decided->after);
  return out;
}

result<native_invoice> upcoming_invoice(const organization& state,
                                        const decision_context& context) {
  std::set<timestamp> dues;
  for (const auto& [id, subscription] : state.billing.subscriptions) {
    if (auto due = next_due(subscription)) {
      dues.insert(std::max(*due, context.now));
    }
  }
  // What would come if everybody paid in time.
  auto paying = state;
  for (auto& [id, invoice] : paying.billing.invoices) {
    invoice.due_at.reset();
    invoice.collection.next_attempt_at.reset();
  }
  auto terms = *context.billing;
  terms.due_after = std::chrono::days{36'500};
  auto then = context;
  then.billing = &terms;
  for (auto due : dues) {
    then.now = due;
    auto next = preview(paying, advance_time{}, then);
    if (!next) {
      return next.error();
    }
    if (next->invoice) {
      return std::move(*next->invoice);
    }
  }
  return error{errc::not_found, "no invoice is to come"};
}

}  // namespace bursar::domain
