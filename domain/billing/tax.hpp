// What tax is due on the lines of an invoice: from the seller's and the buyer's places, the rates
// of the catalog and what is sold. Rates of one line do not compound.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "base/decimal.hpp"
#include "base/error.hpp"

namespace bursar::domain {

// line     each line's tax is rounded
// invoice  the tax of all lines together is rounded, and shared out so that it adds up
BOOST_DEFINE_ENUM_CLASS(tax_rounding, line, invoice)

struct tax_rate {
  std::string id, name;
  std::string country;                       // of the buyer, ISO 3166-1
  std::optional<std::string> region;         // empty: all of the country
  std::optional<std::string> product_class;  // empty: what no other rate of the place names
  decimal percent;
  bool inclusive = false;  // amounts contain it
  tax_rounding rounding = tax_rounding::line;
  bool active = true;
  friend bool operator==(const tax_rate&, const tax_rate&) = default;
};
BOOST_DESCRIBE_STRUCT(tax_rate, (),
                      (id, name, country, region, product_class, percent, inclusive, rounding,
                       active))

// What a buyer says of itself, beside its country.
struct tax_details {
  std::optional<std::string> region;  // of the country, as tax rates name it
  std::optional<std::string> vat_id;  // as vat_id.hpp has it
  bool exempt = false;
  friend bool operator==(const tax_details&, const tax_details&) = default;
};
BOOST_DESCRIBE_STRUCT(tax_details, (), (region, vat_id, exempt))

struct tax_party {
  std::optional<std::string> country, region, vat_id;
  bool exempt = false;
  friend bool operator==(const tax_party&, const tax_party&) = default;
};

// reverse_charge: the buyer owes it (article 196 of directive 2006/112/EC): both in the union, in
// different countries, the buyer with a VAT id of its own country.
BOOST_DEFINE_ENUM_CLASS(tax_treatment, taxed, not_taxed, exempt, reverse_charge)

struct tax_amount {
  std::string tax_rate_id, name;
  decimal percent;
  bool inclusive = false;
  std::int64_t taxable = 0;  // without any tax; minor units, as all here
  std::int64_t amount = 0;
  friend bool operator==(const tax_amount&, const tax_amount&) = default;
};
BOOST_DESCRIBE_STRUCT(tax_amount, (), (tax_rate_id, name, percent, inclusive, taxable, amount))

struct taxable_line {
  std::int64_t amount = 0;  // after discounts; of a credit it is negative
  std::optional<std::string> product_class;
  friend bool operator==(const taxable_line&, const taxable_line&) = default;
};

struct taxation {
  tax_treatment treatment = tax_treatment::not_taxed;
  std::vector<std::vector<tax_amount>> lines;  // of each line; the catalog's by the rates' ids
  std::optional<std::string> calculation;      // an outside provider's id of it
};

// Of an exempt or reverse-charged buyer inclusive amounts are taken to be without tax already.
// unprocessable: an amount beyond what can be represented.
result<taxation> tax_on(const std::vector<taxable_line>& lines, const tax_party& seller,
                        const tax_party& buyer, const std::vector<tax_rate>& rates);

// invalid_parameter with a pointer: a percentage below 0 or above 100, no country.
result<void> check(const tax_rate& rate);

}  // namespace bursar::domain
