// How the amounts of an invoice came about, computed again from what its lines carry: the price's
// version, the units, the share of the period, one rounding, taxes. Whoever doubts an invoice
// compares.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/billing/invoice.hpp"
#include "domain/catalog.hpp"
#include "domain/usage/usage_account.hpp"

namespace bursar::domain {

struct line_explanation {
  rating price;                 // of a whole period, step by step
  exact unrounded;              // price × share, before the cap and the rounding
  std::int64_t recomputed = 0;  // the amount; minor units
  bool same = false;            // as the line has it
};

// Each plan's versions, the first of them being number 1.
using plan_history = std::map<std::string, std::vector<plan>>;

// Whether the line's price is one that its plan had in the version it names. Empty: there is no
// such version, because the terms were agreed on.
std::optional<bool> is_of_catalog(const line_item& line, const std::string& currency,
                                  const plan_history& plans);

// Whether a line of usage counts what was used, as it was recorded until then: of the line's
// subscription, metric and period. Empty: it is no such line.
std::optional<bool> is_recounted(const line_item& line, const usage_account& recorded);

struct credit_note_explanation {
  bool lines_same = false;  // each is its part, with discounts and taxes, of what was left then
  bool total_same = false;  // is the sum of the lines, and of what became of it
};

// `before` is the invoice when the note was issued.
credit_note_explanation explain(const native_invoice& before, const credit_note& note);

struct invoice_explanation {
  std::vector<line_explanation> lines;  // one for each of the invoice
  bool discounts_same = false;          // each is of what the ones before it left
  bool taxes_same = false;              // each tax is its percentage, rounded by line or by invoice
  bool totals_same = false;             // the totals are the sums of the lines
};

invoice_explanation explain(const native_invoice& of);
bool is_reproduced(const invoice_explanation& of);

}  // namespace bursar::domain
