#include "domain/billing/explanation.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "domain/usage/usage_account.hpp"

namespace bursar::domain {
namespace {

line_explanation explain(const line_item& line) {
  line_explanation out;
  out.price = whole_price(line);
  out.unrounded = prorated(out.price.amount, line.basis.share);
  auto amount = amount_of(line);
  out.recomputed = amount ? *amount : 0;
  out.same = amount && *amount == line.amount;
  return out;
}

// Lines that give something back name what they correct since what was billed has its discounts and
// taxes in the journal; those of older ones follow from nothing that was kept.
bool is_of_before_it_was_kept(const line_item& line) {
  return line.basis.given_back && !line.corrects;
}

// Discounts in their order, each of what is left. How an amount was shared out between lines is not
// told by one of them.
bool discounts_are_theirs(const line_item& line) {
  if (auto before = settled_before(line)) {
    return is_of_before_it_was_kept(line) || before->discounts == line.discounts;
  }
  auto left = line.amount;
  for (const auto& x : line.discounts) {
    auto off = -x.amount;
    auto wanted = result<std::int64_t>{off};
    if (!x.coupon_id) {
      wanted = beyond_maximum(line.basis, line.amount);
    } else if (x.percent_off) {
      wanted = rounded(exact{left} * exact_of(*x.percent_off) / 100);
    }
    if (!wanted || *wanted != off || off < 0 || off > left) {
      return false;
    }
    left -= off;
  }
  return true;
}

// Of one rate over all lines.
struct rate_check {
  exact due = 0;           // unrounded
  std::int64_t taken = 0;  // minor units
  bool by_line = true;     // each line's tax is its own, rounded
};

bool are_of_what_was_billed(const line_item& line) {
  auto before = settled_before(line);
  return !before || is_of_before_it_was_kept(line) || before->taxes == line.taxes;
}

bool follow_from_rates(const native_invoice& of) {
  std::map<std::string, rate_check> rates;
  for (const auto& line : of.lines) {
    if (line.basis.billed) {
      continue;
    }
    for (const auto& tax : line.taxes) {
      auto& rate = rates[tax.tax_rate_id];
      exact amount = line.amount + discount_of(line);
      exact inclusive = 0;  // per cent
      for (const auto& other : line.taxes) {
        inclusive += other.inclusive ? exact_of(other.percent) : exact{0};
      }
      exact due = amount * 100 / (100 + inclusive) * exact_of(tax.percent) / 100;
      auto whole = rounded(due);
      rate.due += due;
      rate.taken += tax.amount;
      rate.by_line &= whole && *whole == tax.amount;
    }
  }
  return std::all_of(rates.begin(), rates.end(), [](const auto& entry) {
    auto whole = rounded(entry.second.due);
    return entry.second.by_line || (whole && *whole == entry.second.taken);
  });
}

// What a provider said is not computed again; it is an answer to what these lines ask.
bool are_told(const native_invoice& of) {
  tax_question asked;
  taxation said;
  said.treatment = of.treatment;
  said.calculation = of.tax_calculation;
  for (const auto& line : of.lines) {
    if (!line.basis.billed) {
      asked.lines.push_back({line.amount + discount_of(line), line.product_class});
      said.lines.push_back(line.taxes);
    }
  }
  return check(asked, said).has_value();
}

bool taxes_are_theirs(const native_invoice& of) {
  return std::all_of(of.lines.begin(), of.lines.end(), are_of_what_was_billed)
         && (of.tax_calculation ? are_told(of) : follow_from_rates(of));
}

}  // namespace

std::optional<bool> is_of_catalog(const line_item& line, const std::string& currency,
                                  const plan_history& plans) {
  auto versions = plans.find(line.plan_id.value_or(""));
  auto number = line.basis.price_version;
  bool is_known = versions != plans.end() && number >= 1 && number <= std::ssize(versions->second);
  // A minimum may be that of the plan before, and what takes one back has no price.
  if (!is_known || line.kind == line_kind::minimum) {
    return std::nullopt;
  }
  const auto& prices = versions->second[static_cast<std::size_t>(number - 1)].prices;
  return std::any_of(prices.begin(), prices.end(), [&](const plan_price& x) {
    if (x.currency != currency || !line.usage) {
      return x.currency == currency && line.basis.price == model_of(x);
    }
    auto of_usage = x.usage.value_or(std::map<std::string, charge_model>{});
    auto price = of_usage.find(line.usage->metric);
    return price != of_usage.end() && line.basis.price == price->second;
  });
}

std::optional<bool> is_recounted(const line_item& line, const usage_account& recorded) {
  if (!line.usage || !line.subscription_id) {
    return std::nullopt;
  }
  const auto& what = *line.usage;
  auto used = units_in(recorded, *line.subscription_id, what.metric, what.aggregation, line.period);
  return used && used->events == what.events && used->units == line.basis.units;
}

credit_note_explanation explain(const native_invoice& before, const credit_note& note) {
  credit_note_explanation out;
  std::int64_t sum = 0;
  out.lines_same = true;
  for (const auto& x : note.lines) {
    sum += total_of(x.amounts);
    auto line = static_cast<std::size_t>(x.line);
    bool is_there = x.line >= 0 && line < before.lines.size();
    auto left = is_there ? rest_of(before, line) : billed_amounts{};
    bool fits = is_there && x.amounts.amount >= 0 && x.amounts.amount <= left.amount;
    out.lines_same &= fits && x.amounts == part_of(left, x.amounts.amount);
  }
  out.total_same
    = sum == note.total && note.total == note.to_invoice + note.to_balance + note.refunded;
  return out;
}

invoice_explanation explain(const native_invoice& of) {
  invoice_explanation out;
  for (const auto& line : of.lines) {
    out.lines.push_back(explain(line));
  }
  out.discounts_same = std::all_of(of.lines.begin(), of.lines.end(), discounts_are_theirs);
  out.taxes_same = taxes_are_theirs(of);
  auto totals = totals_of(of.lines);
  out.totals_same = totals && *totals == of.totals;
  return out;
}

bool is_reproduced(const invoice_explanation& of) {
  return of.discounts_same && of.taxes_same && of.totals_same
         && std::all_of(of.lines.begin(), of.lines.end(), [](const auto& x) { return x.same; });
}

}  // namespace bursar::domain
