#include "domain/billing/invoice.hpp"

#include <algorithm>
#include <iterator>
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

bool is_settled(const line_item& line) {
  return line.basis.billed.has_value();
}

// What settled lines say of themselves; of the others the agreed maximum, then the coupons, which
// are for what is recurring.
void discount(std::vector<line_item>& lines, const std::string& currency,
              const std::vector<coupon>& coupons) {
  std::vector<std::int64_t> left;
  for (auto& line : lines) {
    if (auto before = settled_before(line)) {
      line.discounts = std::move(before->discounts);
      line.taxes = std::move(before->taxes);
      left.push_back(0);
      continue;
    }
    line.discounts.clear();
    if (auto beyond = beyond_maximum(line.basis, line.amount); beyond > 0) {
      line.discounts.push_back({{}, -beyond});
    }
    left.push_back(line.kind == line_kind::recurring ? line.amount + discount_of(line) : 0);
  }
  auto discounts = discounts_on(left, currency, coupons);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto& to = lines[i].discounts;
    to.insert(to.end(), discounts[i].begin(), discounts[i].end());
  }
}

result<taxation> taxes_on(std::vector<taxable_line> lines, const charge_terms& by) {
  if (by.taxes == nullptr) {
    return tax_on(lines, by.seller, by.buyer, by.tax_rates);
  }
  bool nothing = std::all_of(lines.begin(), lines.end(),
                             [](const taxable_line& line) { return line.amount == 0; });
  if (nothing) {  // of nothing no tax is due, whoever says it
    return tax_on(lines, by.seller, by.buyer, {});
  }
  return tax_on({by.at, by.currency, std::move(lines), by.seller, by.buyer}, *by.taxes);
}

// Of what is not settled. What is left of the answer is about all of them.
result<taxation> tax(std::vector<line_item>& lines, const charge_terms& by) {
  std::vector<taxable_line> taxable;
  std::vector<line_item*> taxed;
  bool was_taxed = false;
  for (auto& line : lines) {
    if (is_settled(line)) {
      was_taxed |= !line.taxes.empty();
      continue;
    }
    taxable.push_back({line.amount + discount_of(line), line.product_class});
    taxed.push_back(&line);
  }
  auto due = taxes_on(std::move(taxable), by);
  if (!due) {
    return due;
  }
  for (std::size_t i = 0; i < taxed.size(); ++i) {
    taxed[i]->taxes = std::move(due->lines[i]);
  }
  if (was_taxed && due->treatment == tax_treatment::not_taxed) {
    due->treatment = tax_treatment::taxed;
  }
  return due;
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

billed_amounts rest_of(const native_invoice& of, std::size_t line) {
  auto all = billed_by(of.lines.at(line));
  return of.returned.empty() ? all : without(std::move(all), of.returned.at(line));
}

bool gives_back(const native_invoice& of) {
  return std::any_of(of.lines.begin(), of.lines.end(),
                     [](const line_item& line) { return line.kind == line_kind::proration; });
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

bool was_asked_for(const std::optional<std::string>& failure_code) {
  return failure_code != nothing_to_charge;
}

std::optional<timestamp> next_attempt(const native_invoice& of) {
  bool gives_up = of.collection.declined_for_good || of.collection.next_attempt_at == of.due_at;
  return gives_up ? std::nullopt : of.collection.next_attempt_at;
}

std::optional<retries_end> why_retries_stopped(const native_invoice& of) {
  bool waits = of.requested_at || next_attempt(of);
  if (of.status != invoice_status::open || of.failures.empty() || waits) {
    return std::nullopt;
  }
  if (of.collection.declined_for_good) {
    return retries_end::declined_for_good;
  }
  return was_asked_for(of.failures.back().code) ? retries_end::exhausted
                                                : retries_end::no_payment_method;
}

result<invoice_totals> totals_of(const std::vector<line_item>& lines) {
  invoice_totals out;
  for (const auto& line : lines) {
    auto inclusive = tax_of(line.taxes, true);
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

result<charged_lines> charge(std::vector<discounted_lines> all, const charge_terms& by) {
  std::vector<line_item> lines;
  for (auto& x : all) {
    for (auto& line : x.lines) {
      auto amount = amount_of(line);
      if (!amount) {
        return amount.error();
      }
      line.amount = *amount;
    }
    discount(x.lines, by.currency, x.coupons);
    std::move(x.lines.begin(), x.lines.end(), std::back_inserter(lines));
  }
  return recharge(std::move(lines), by);
}

result<charged_lines> recharge(std::vector<line_item> lines, const charge_terms& by) {
  if (lines.empty()) {
    return error{errc::unprocessable, "an invoice without lines"};
  }
  auto taxed = tax(lines, by);
  if (!taxed) {
    return taxed.error();
  }
  auto totals = totals_of(lines);
  if (!totals) {
    return totals.error();
  }
  return charged_lines{std::move(lines), *totals, taxed->treatment, taxed->calculation};
}

}  // namespace bursar::domain
