// The numbers of a legal entity's invoices: 1, 2, 3 … without a gap, as invoices are opened
// (article 226 (2) of directive 2006/112/EC asks for a sequential number). Event-sourced in the
// stream "$invoices". Pure.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <boost/describe.hpp>

#include "base/error.hpp"

namespace bursar::domain {

struct invoice_numbers {
  std::int64_t last = 0;
  friend bool operator==(const invoice_numbers&, const invoice_numbers&) = default;
};
BOOST_DESCRIBE_STRUCT(invoice_numbers, (), (last))

// Once for each invoice: whoever keeps the numbers beside the stream sees to that.
struct number_invoice {
  std::string organization_id, invoice_id;
};

struct invoice_number_assigned {
  std::string organization_id, invoice_id;
  std::int64_t ordinal = 0;
  std::string number;  // as it stands on the invoice
  friend bool operator==(const invoice_number_assigned&, const invoice_number_assigned&) = default;
};
BOOST_DESCRIBE_STRUCT(invoice_number_assigned, (), (organization_id, invoice_id, ordinal, number))

using invoice_number_event = std::variant<invoice_number_assigned>;

// "INV-" and 7 are "INV-000007".
std::vector<invoice_number_event> decide(const invoice_numbers& state, const number_invoice& wanted,
                                         const std::string& prefix);
invoice_numbers evolve(invoice_numbers state, const invoice_number_event& happened);

}  // namespace bursar::domain
