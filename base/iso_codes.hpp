// Which countries and currencies there are.
#pragma once

#include <string_view>

namespace bursar {

// ISO 3166-1 alpha-2, upper case.
bool is_country(std::string_view code);

// ISO 4217 without funds, metals and test codes; in lower case as Stripe writes them.
bool is_iso_currency(std::string_view code);

}  // namespace bursar
