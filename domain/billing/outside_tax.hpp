// Taxes that an outside provider says, instead of the rates of the catalog. A decision never waits:
// what it has to know and was not told makes it fail and leave its question behind, and whoever
// asked for the decision asks the provider and decides again. What was said stands in the invoice.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "domain/billing/tax.hpp"

namespace bursar::domain {

struct tax_question {
  timestamp at{};                   // of the invoice
  std::string currency;             // ISO 4217 in lower case
  std::vector<taxable_line> lines;  // at least one
  tax_party seller, buyer;
  friend bool operator==(const tax_question&, const tax_question&) = default;
};

struct tax_answer {
  tax_question asked;
  taxation said;
};

// Of one command or one preview.
struct tax_inquiry {
  std::vector<tax_answer> told;
  std::optional<tax_question> wanted;  // why the last decision failed
  // The provider says nothing: what has happened is recorded all the same, and what would follow
  // from it waits for a timer.
  bool is_silent = false;
};

// What was told; else shard_unavailable, and the question is what the inquiry wants.
result<taxation> tax_on(tax_question asked, tax_inquiry& inquiry);

// unprocessable: no answer to this question, or none that could be kept: no id of the calculation;
// other lines than were asked about, or more than 16 taxes of one; an id or name that is empty, too
// long or no UTF-8; a percentage with more than 12 decimals; an amount of the other sign than its
// line, or beyond amount_max; more included than the line has; a tax where none is due.
result<void> check(const tax_question& asked, const taxation& said);

}  // namespace bursar::domain
