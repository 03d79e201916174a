#include "domain/billing/tax.hpp"

#include <algorithm>
#include <map>

#include "base/iso_codes.hpp"
#include "domain/billing/vat_id.hpp"
#include "domain/pricing/exact.hpp"

namespace bursar::domain {
namespace {

using rates = std::vector<const tax_rate*>;

tax_treatment treatment_of(const tax_party& seller, const tax_party& buyer) {
  if (buyer.exempt) {
    return tax_treatment::exempt;
  }
  bool across = seller.country && buyer.country && *seller.country != *buyer.country
                && is_in_vat_union(*seller.country) && is_in_vat_union(*buyer.country);
  bool registered = buyer.vat_id && country_of_vat_id(*buyer.vat_id) == buyer.country;
  return across && registered ? tax_treatment::reverse_charge : tax_treatment::taxed;
}

bool is_of_place(const tax_rate& rate, const tax_party& buyer) {
  return rate.active && rate.country == buyer.country.value_or("")
         && (!rate.region || rate.region == buyer.region);
}

// A rate for this class stands instead of those of the same place that are for any.
rates rates_of(const taxable_line& line, const rates& of_place) {
  rates out;
  for (const auto* rate : of_place) {
    bool named = std::any_of(of_place.begin(), of_place.end(), [&](const tax_rate* other) {
      return other->product_class && other->product_class == line.product_class
             && other->region == rate->region;
    });
    if (named ? rate->product_class == line.product_class : !rate->product_class) {
      out.push_back(rate);
    }
  }
  return out;
}

exact without_inclusive(const exact& amount, const rates& applied) {
  exact percent = 0;
  for (const auto* rate : applied) {
    percent += rate->inclusive ? exact_of(rate->percent) : exact{0};
  }
  return amount * 100 / (100 + percent);
}

// The taxes of one rate, line after line: with rounding by invoice each line gets what the rounded
// sum has grown by.
class rate_sum {
 public:
  result<std::int64_t> next(const exact& due, tax_rounding rounding) {
    if (rounding == tax_rounding::line) {
      return rounded(due);
    }
    sum_ += due;
    auto now = rounded(sum_);
    if (!now) {
      return now.error();
    }
    auto grown = *now - given_;
    given_ = *now;
    return grown;
  }

 private:
  exact sum_ = 0;
  std::int64_t given_ = 0;
};

}  // namespace

result<taxation> tax_on(const std::vector<taxable_line>& lines, const tax_party& seller,
                        const tax_party& buyer, const std::vector<tax_rate>& all) {
  taxation out;
  out.lines.resize(lines.size());
  out.treatment = treatment_of(seller, buyer);
  if (out.treatment != tax_treatment::taxed) {
    return out;
  }
  rates of_place;
  for (const auto& rate : all) {
    if (is_of_place(rate, buyer)) {
      of_place.push_back(&rate);
    }
  }
  std::sort(of_place.begin(), of_place.end(),
            [](const tax_rate* a, const tax_rate* b) { return a->id < b->id; });
  std::map<std::string, rate_sum> sums;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto applied = rates_of(lines[i], of_place);
    exact taxable = without_inclusive(lines[i].amount, applied);
    std::int64_t inclusive = 0;
    for (const auto* rate : applied) {
      auto due = sums[rate->id].next(taxable * exact_of(rate->percent) / 100, rate->rounding);
      if (!due) {
        return due.error();
      }
      inclusive += rate->inclusive ? *due : 0;
      out.lines[i].push_back({rate->id, rate->name, rate->percent, rate->inclusive, 0, *due});
    }
    for (auto& tax : out.lines[i]) {
      tax.taxable = lines[i].amount - inclusive;
    }
  }
  bool any = std::any_of(out.lines.begin(), out.lines.end(),
                         [](const auto& taxes) { return !taxes.empty(); });
  out.treatment = any ? tax_treatment::taxed : tax_treatment::not_taxed;
  return out;
}

result<void> check(const tax_rate& rate) {
  auto wrong = [](const char* pointer, const char* what) {
    return error{errc::invalid_parameter, "the tax rate is not valid", {{pointer, what}}};
  };
  if (rate.percent < 0 || rate.percent > 100) {
    return wrong("/percent", "must be 0 to 100");
  }
  if (!is_country(rate.country)) {
    return wrong("/country", "must be a country of ISO 3166-1 in upper case");
  }
  return {};
}

}  // namespace bursar::domain
