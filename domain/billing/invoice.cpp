#include "domain/billing/invoice.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "base/money.hpp"

namespace bursar::domain {
namespace {

result<void> add(std::int64_t& to, std::int64_t amount) {
  auto sum = add_checked(to, amount);
  if (!sum) {
    return sum.error();
  }
  to = *sum;
  return {};
}

std::vector<std::int64_t> amounts_of(const std::vector<line_item>& lines) {
  std::vector<std::int64_t> out;
  for (const auto& line : lines) {
    out.push_back(line.amount);
  }
  return out;
}

}  // namespace

bool may_become(invoice_status from, invoice_status to) {
  using enum invoice_status;
  switch (from) {
    case draft: return to == open || to == voided;
    case open: return to == paid || to == voided || to == uncollectible;
    case uncollectible: return to == paid || to == voided;
    case paid:
    case voided: break;
  }
  return false;
}

std::int64_t amount_due(const native_invoice& of) {
  bool owed = of.status == invoice_status::open || of.status == invoice_status::uncollectible;
  auto due = of.totals.total - of.from_balance - of.paid - of.credited;
  return owed ? std::max<std::int64_t>(due, 0) : 0;
}

std::optional<timestamp> next_due(const native_invoice& of) {
  using enum invoice_status;
  if (of.status == draft) {
    return of.finalize_at;
  }
  if (of.status != open || of.requested_at) {
    return std::nullopt;
  }
  return of.collection.failed_attempts == 0 ? of.due_at : of.collection.next_attempt_at;
}

result<invoice_totals> totals_of(const std::vector<line_item>& lines) {
  invoice_totals out;
  for (const auto& line : lines) {
    std::int64_t inclusive = 0;
    for (const auto& tax : line.taxes) {
      inclusive += tax.inclusive ? tax.amount : 0;
    }
    for (auto [to, amount] :
         {std::pair{&out.subtotal, line.amount}, std::pair{&out.discount, discount_of(line)},
          std::pair{&out.tax, tax_of(line)}, std::pair{&out.inclusive_tax, inclusive},
          std::pair{&out.total, total_of(line)}}) {
      if (auto added = add(*to, amount); !added) {
        return added.error();
      }
    }
  }
  BURSAR_ASSERT(out.total == out.subtotal + out.discount + out.tax,
                "an invoice that does not add up");
  return out;
}

result<charged_lines> charge(std::vector<line_item> lines, const charge_terms& by) {
  if (lines.empty()) {
    return error{errc::unprocessable, "an invoice without lines"};
  }
  for (auto& line : lines) {
    auto amount = amount_of(line.basis);
    if (!amount) {
      return amount.error();
    }
    line.amount = *amount;
  }
  auto discounts = discounts_on(amounts_of(lines), by.currency, by.coupons);
  std::vector<taxable_line> taxable;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!lines[i].basis.given_back) {
      lines[i].discounts = std::move(discounts[i]);
    }
    taxable.push_back({lines[i].amount + discount_of(lines[i]), lines[i].product_class});
  }
  auto taxed = tax_on(taxable, by.seller, by.buyer, by.tax_rates);
  if (!taxed) {
    return taxed.error();
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    lines[i].taxes = std::move(taxed->lines[i]);
  }
  auto totals = totals_of(lines);
  if (!totals) {
    return totals.error();
  }
  return charged_lines{std::move(lines), *totals, taxed->treatment};
}

}  // namespace bursar::domain
