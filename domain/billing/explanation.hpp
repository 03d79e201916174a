// How the amounts of an invoice came about, computed again from what its lines carry: the price's
// version, the units, the share of the period, one rounding, taxes. Whoever doubts an invoice
// compares.
#pragma once

#include <cstdint>
#include <vector>

#include "domain/billing/invoice.hpp"

namespace bursar::domain {

struct line_explanation {
  rating price;                 // of a whole period, step by step
  exact unrounded;              // price × share, before the cap and the rounding
  std::int64_t recomputed = 0;  // the amount; minor units
  bool same = false;            // as the line has it
};

struct invoice_explanation {
  std::vector<line_explanation> lines;  // one for each of the invoice
  bool discounts_same = false;          // each is of what the ones before it left
  bool taxes_same = false;              // each tax is its percentage, rounded by line or by invoice
  bool totals_same = false;             // the totals are the sums of the lines
};

invoice_explanation explain(const native_invoice& of);
bool is_reproduced(const invoice_explanation& of);

}  // namespace bursar::domain
