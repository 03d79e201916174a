#include "domain/billing/invoice_numbers.hpp"

namespace bursar::domain {

std::vector<invoice_number_event> decide(const invoice_numbers& state, const number_invoice& wanted,
                                         const std::string& prefix) {
  constexpr std::size_t digits_min = 6;
  auto ordinal = state.last + 1;
  auto digits = std::to_string(ordinal);
  digits.insert(0, digits.size() < digits_min ? digits_min - digits.size() : 0, '0');
  return {
    invoice_number_assigned{wanted.organization_id, wanted.invoice_id, ordinal, prefix + digits}};
}

invoice_numbers evolve(invoice_numbers state, const invoice_number_event& happened) {
  state.last = std::get<invoice_number_assigned>(happened).ordinal;
  return state;
}

}  // namespace bursar::domain
