#include "domain/billing/invoice_numbers.hpp"

#include <utility>

namespace bursar::domain {

bool share_numbers(std::string_view prefix, std::string_view other) {
  if (prefix.size() > other.size()) {
    std::swap(prefix, other);
  }
  return other.starts_with(prefix)
         && other.find_first_not_of("0123456789", prefix.size()) == std::string_view::npos;
}

std::vector<invoice_number_event> decide(const invoice_numbers& state, const number_invoice& wanted,
                                         const std::string& prefix) {
  constexpr std::size_t digits_min = 6;
  auto of_entity = state.of_entities.find(wanted.legal_entity_id.value_or(""));
  auto last = of_entity == state.of_entities.end() ? 0 : of_entity->second;
  auto ordinal = (wanted.legal_entity_id ? last : state.last) + 1;
  auto digits = std::to_string(ordinal);
  digits.insert(0, digits.size() < digits_min ? digits_min - digits.size() : 0, '0');
  return {invoice_number_assigned{wanted.organization_id, wanted.invoice_id, ordinal,
                                  prefix + digits, wanted.legal_entity_id}};
}

invoice_numbers evolve(invoice_numbers state, const invoice_number_event& happened) {
  const auto& assigned = std::get<invoice_number_assigned>(happened);
  const auto& entity = assigned.legal_entity_id;
  (entity ? state.of_entities[*entity] : state.last) = assigned.ordinal;
  return state;
}

}  // namespace bursar::domain
