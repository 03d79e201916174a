#include "domain/billing/outside_tax.hpp"

#include <algorithm>
#include <utility>

#include "base/encoding.hpp"
#include "base/limits.hpp"
#include "domain/pricing/exact.hpp"

namespace bursar::domain {
namespace {

constexpr std::size_t taxes_of_line_max = 16;

bool has_other_sign(std::int64_t amount, std::int64_t line) {
  return amount != 0 && (amount < 0) != (line < 0);
}

bool exceeds(std::int64_t amount, std::int64_t line) {
  return line < 0 ? amount < line : amount > line;
}

bool is_text(const std::string& x) {
  return !x.empty() && x.size() <= limits::text_bytes_max && is_utf8(x);
}

// What is wrong with the taxes of one line; empty: nothing.
const char* fault_of(const std::vector<tax_amount>& taxes, std::int64_t line) {
  if (taxes.size() > taxes_of_line_max) {
    return "too many taxes of one line";
  }
  std::int64_t included = 0;
  for (const auto& tax : taxes) {
    if (!is_text(tax.tax_rate_id) || !is_text(tax.name)) {
      return "a tax has no id or name that can be kept";
    }
    if (tax.percent.scale < 0 || tax.percent.scale > decimal_scale_max) {
      return "a percentage has too many decimals";
    }
    if (has_other_sign(tax.amount, line) || has_other_sign(tax.taxable, line)) {
      return "a tax has another sign than its line";
    }
    for (auto amount : {tax.amount, tax.taxable}) {
      if (amount > amount_max || amount < -amount_max) {
        return "a tax is beyond what an amount can be";
      }
    }
    included += tax.inclusive ? tax.amount : 0;
  }
  return exceeds(included, line) ? "more tax is included than there is" : "";
}

}  // namespace

result<taxation> tax_on(tax_question asked, tax_inquiry& inquiry) {
  auto found = std::find_if(inquiry.told.begin(), inquiry.told.end(),
                            [&](const tax_answer& x) { return x.asked == asked; });
  if (found != inquiry.told.end()) {
    return found->said;
  }
  inquiry.wanted = std::move(asked);
  return error{errc::shard_unavailable, "the tax is not known yet"};
}

result<void> check(const tax_question& asked, const taxation& said) {
  std::string fault;
  if (!said.calculation || !is_text(*said.calculation)) {
    fault = "the calculation has no id that can be kept";
  } else if (said.lines.size() != asked.lines.size()) {
    fault = "it is of " + std::to_string(said.lines.size()) + " lines and not of "
            + std::to_string(asked.lines.size());
  }
  for (std::size_t i = 0; fault.empty() && i < said.lines.size(); ++i) {
    fault = fault_of(said.lines[i], asked.lines[i].amount);
    if (fault.empty() && !said.lines[i].empty() && said.treatment != tax_treatment::taxed) {
      fault = "a tax where none is due";
    }
  }
  return fault.empty() ? result<void>{}
                       : error{errc::unprocessable, "no answer to what taxes are due: " + fault};
}

}  // namespace bursar::domain
