#include "domain/billing/legal_entity.hpp"

#include <algorithm>

#include "base/iso_codes.hpp"
#include "base/limits.hpp"
#include "domain/billing/vat_id.hpp"

namespace bursar::domain {
namespace {

// It is read aloud, typed into bank transfers and sorted: visible ASCII, and little of it.
bool is_prefix(const std::string& text) {
  constexpr std::size_t bytes_max = 16;
  return !text.empty() && text.size() <= bytes_max
         && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

tax_party party_of(const legal_entity& x) {
  return {x.country, x.region, x.vat_id};
}

result<void> check(const legal_entity& x) {
  auto wrong = [](const char* pointer, const char* what) {
    return error{errc::invalid_parameter, "the legal entity is not valid", {{pointer, what}}};
  };
  if (!is_country(x.country)) {
    return wrong("/country", "must be a country of ISO 3166-1 in upper case");
  }
  if (x.region && (x.region->empty() || x.region->size() > limits::text_bytes_max)) {
    return wrong("/region", "must be 1 to 512 bytes");
  }
  if (x.vat_id && country_of_vat_id(*x.vat_id) != x.country) {
    return wrong("/vat_id", "must have the form of its country of the union, as DE123456789");
  }
  if (!is_prefix(x.invoice_number_prefix)) {
    return wrong("/invoice_number_prefix", "must be 1 to 16 visible ASCII characters, no blanks");
  }
  return {};
}

}  // namespace bursar::domain
