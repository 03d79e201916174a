// A legal entity: one of several sellers of an installation, with a series of invoice numbers of
// its own. Whoever buys from none of them buys from the seller of the settings.
#pragma once

#include <optional>
#include <string>

#include <boost/describe.hpp>

#include "base/error.hpp"
#include "domain/billing/tax.hpp"

namespace bursar::domain {

struct legal_entity {
  std::string id, name;
  std::string country;                        // ISO 3166-1
  std::optional<std::string> region, vat_id;  // as tax_details has them of a buyer
  std::string invoice_number_prefix;          // never changes: it is the name of a series
  bool active = true;                         // false: whoever has it keeps it, and nobody gets it
  friend bool operator==(const legal_entity&, const legal_entity&) = default;
};
BOOST_DESCRIBE_STRUCT(legal_entity, (),
                      (id, name, country, region, vat_id, invoice_number_prefix, active))

tax_party party_of(const legal_entity& x);

// invalid_parameter with a pointer: no country, a VAT id of another one, no prefix.
result<void> check(const legal_entity& x);

}  // namespace bursar::domain
