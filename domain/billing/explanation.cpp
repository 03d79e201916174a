#include "domain/billing/explanation.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace bursar::domain {
namespace {

line_explanation explain(const line_item& line) {
  line_explanation out;
  out.price = rate(line.basis.price, {line.basis.units, {}});
  out.unrounded = prorated(out.price.amount, line.basis.share);
  auto amount = amount_of(line.basis);
  out.recomputed = amount ? *amount : 0;
  out.same = amount && *amount == line.amount;
  return out;
}

// Of one rate over all lines.
struct rate_check {
  exact due = 0;           // unrounded
  std::int64_t taken = 0;  // minor units
  bool by_line = true;     // each line's tax is its own, rounded
};

bool taxes_are_theirs(const native_invoice& of) {
  std::map<std::string, rate_check> rates;
  for (const auto& line : of.lines) {
    for (const auto& tax : line.taxes) {
      auto& rate = rates[tax.tax_rate_id];
      exact amount = line.amount + discount_of(line);
      exact inclusive = 0;
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

}  // namespace

invoice_explanation explain(const native_invoice& of) {
  invoice_explanation out;
  for (const auto& line : of.lines) {
    out.lines.push_back(explain(line));
  }
  out.taxes_same = taxes_are_theirs(of);
  auto totals = totals_of(of.lines);
  out.totals_same = totals && *totals == of.totals;
  return out;
}

bool is_reproduced(const invoice_explanation& of) {
  return of.taxes_same && of.totals_same
         && std::all_of(of.lines.begin(), of.lines.end(), [](const auto& x) { return x.same; });
}

}  // namespace bursar::domain
