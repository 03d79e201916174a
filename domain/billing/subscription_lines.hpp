// The lines by which a subscription is billed. Their amounts are made by charge().
#pragma once

#include <cstdint>
#include <optional>

#include "domain/billing/line_item.hpp"
#include "domain/billing/subscription.hpp"

namespace bursar::domain {

// The price of a whole period.
line_item whole_line(const subscription& s, const plan_terms& terms, std::int64_t quantity,
                     const billing_period& period);

// Of a period's price what belongs to [t, its end); `at_most`: what was given back at t of the
// same.
line_item rest_line(const subscription& s, const plan_terms& terms, std::int64_t quantity,
                    timestamp t, const billing_period& full, proration_basis by,
                    std::optional<std::int64_t> at_most = std::nullopt);

// Gives back all that is billed beyond t; something must be.
line_item credit_line(const subscription& s, timestamp t, proration_basis by);

}  // namespace bursar::domain
