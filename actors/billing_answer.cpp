#include "actors/billing_answer.hpp"

#include <algorithm>
#include <string>

#include "domain/billing/sale.hpp"
#include "domain/overloaded.hpp"
#include "schemas/billing_views.hpp"
#include "schemas/invoice_views.hpp"

namespace bursar::actors {
namespace {

using domain::overloaded;
}  // namespace

// What the command was about, as it is now.
outcome billing_answer(const domain::billing_account& s, const domain::billing_command& wanted,
                       const std::vector<domain::event>& events) {
  outcome out;
  bool creates = std::holds_alternative<domain::subscribe>(wanted)
                 || std::holds_alternative<domain::issue_credit_note>(wanted);
  out.status = creates ? 201 : 200;
  out.body = std::visit(
    overloaded{
      [&](const domain::advance_time&) { return std::string{"{}"}; },
      [&](const domain::remove_payment_method&) {
        return schemas::render_payment_methods(s.payment_method);
      },
      [&](const domain::record_invoice_number&) { return std::string{"{}"}; },
      [&](const domain::migrate_plan&) {
        return std::string{events.empty() ? "unchanged" : "migrated"};
      },
      [&](const domain::issue_credit_note& c) {
        const auto& notes = s.invoices.at(c.invoice_id).credit_notes;
        auto issued = std::find_if(notes.begin(), notes.end(),
                                   [&](const auto& x) { return x.id == c.credit_note_id; });
        return schemas::render_credit_note(*issued);
      },
      [&](const domain::put_payment_method&) {
        return schemas::render_payment_methods(s.payment_method);
      },
      [&](const auto& c) {
        if constexpr (requires { c.invoice_id; }) {
          return schemas::render_invoice(s.invoices.at(c.invoice_id));
        } else if constexpr (requires { c.terms, c.id; }) {
          return schemas::render_subscription(s.subscriptions.at(c.id));
        } else {
          return schemas::render_subscription(*domain::find_subscription(s, c.subscription_id));
        }
      }},
    wanted);
  return out;
}

}  // namespace bursar::actors
