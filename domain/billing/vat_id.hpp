// Whether a text has the form of a VAT identification number of a member state of the European
// Union (or of Northern Ireland): the table of the European Commission's VIES. Whether the number
// was given to anybody, only VIES knows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bursar::domain {

// Upper case, without blanks, dots and hyphens: "de 123.456.789" is "DE123456789".
std::string normal_vat_id(std::string_view text);

// The country (ISO 3166-1: GR for the prefix EL, GB for XI) whose form a normal one has; empty:
// none's.
std::optional<std::string> country_of_vat_id(std::string_view vat_id);

// In the union for the purposes of VAT, by ISO 3166-1.
bool is_in_vat_union(std::string_view country);

}  // namespace bursar::domain
