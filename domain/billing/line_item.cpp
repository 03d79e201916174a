#include "domain/billing/line_item.hpp"

#include <algorithm>

namespace bursar::domain {

rating whole_price(const line_item& line) {
  if (line.usage && line.basis.units == 0) {
    return {};
  }
  return rate(line.basis.price, {line.basis.units, line.usage ? line.usage->events : 0, {}});
}

result<std::int64_t> amount_of(const line_item& line) {
  const auto& basis = line.basis;
  auto price = whole_price(line).amount;
  auto at_most = basis.billed ? basis.billed->amount : amount_max;
  if (basis.given_back) {
    return credit_of(price, at_most, basis.share);
  }
  auto amount = rounded(prorated(price, basis.share));
  if (!amount) {
    return amount;
  }
  auto rest = basis.counted == 0 ? *amount : std::max<std::int64_t>(*amount - basis.counted, 0);
  return std::min(rest, at_most);
}

std::int64_t beyond_maximum(const line_basis& basis, std::int64_t amount) {
  if (basis.at_most) {
    return std::max<std::int64_t>(amount - *basis.at_most, 0);
  }
  if (!basis.maximum) {
    return 0;
  }
  auto at_most = rounded(prorated(*basis.maximum, basis.share));
  return at_most ? std::max<std::int64_t>(amount - *at_most, 0) : 0;
}

std::optional<billed_amounts> settled_before(const line_item& line) {
  auto amount = line.basis.billed ? amount_of(line) : error{errc::not_found, ""};
  if (!amount) {
    return std::nullopt;
  }
  bool back = line.basis.given_back;
  auto part = part_of(*line.basis.billed, back ? -*amount : *amount);
  return back ? negated(std::move(part)) : part;
}

bool is_prorated(const line_item& line) {
  return line.kind == line_kind::proration || !is_whole(line.basis.share);
}

billed_amounts billed_by(const line_item& line) {
  return {line.amount, line.discounts, line.taxes};
}

std::int64_t discount_of(const line_item& line) {
  return discount_of(line.discounts);
}

std::int64_t tax_of(const line_item& line) {
  return tax_of(line.taxes, false);
}

std::int64_t net_of(const line_item& line) {
  return line.amount + discount_of(line) - tax_of(line.taxes, true);
}

std::int64_t total_of(const line_item& line) {
  return total_of(billed_by(line));
}

}  // namespace bursar::domain
