// The numbers of each seller's invoices: 1, 2, 3 … without a gap, as invoices are opened (article
// 226 (2) of directive 2006/112/EC asks for a sequential number). Event-sourced in the stream
// "$invoices", all series in one. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/describe.hpp>

#include "base/error.hpp"

namespace bursar::domain {

struct invoice_numbers {
  std::int64_t last = 0;                            // of the settings' seller
  std::map<std::string, std::int64_t> of_entities;  // the last of each legal entity
  friend bool operator==(const invoice_numbers&, const invoice_numbers&) = default;
};
BOOST_DESCRIBE_STRUCT(invoice_numbers, (), (last, of_entities))

// Once for each invoice: whoever keeps the numbers beside the stream sees to that.
struct number_invoice {
  std::string organization_id, invoice_id;
  std::optional<std::string> legal_entity_id{};  // else the settings' seller
};

struct invoice_number_assigned {
  std::string organization_id, invoice_id;
  std::int64_t ordinal = 0;
  std::string number;  // as it stands on the invoice
  std::optional<std::string> legal_entity_id{};
  friend bool operator==(const invoice_number_assigned&, const invoice_number_assigned&) = default;
};
BOOST_DESCRIBE_STRUCT(invoice_number_assigned, (),
                      (organization_id, invoice_id, ordinal, number, legal_entity_id))

using invoice_number_event = std::variant<invoice_number_assigned>;

// Whether two series could come to the same number: "A" and 1000001, "A1" and 1.
bool share_numbers(std::string_view prefix, std::string_view other);

// With the prefix of its series: "INV-" and 7 are "INV-000007".
std::vector<invoice_number_event> decide(const invoice_numbers& state, const number_invoice& wanted,
                                         const std::string& prefix);
invoice_numbers evolve(invoice_numbers state, const invoice_number_event& happened);

}  // namespace bursar::domain
