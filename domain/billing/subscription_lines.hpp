// The lines by which a subscription is billed. Their amounts are made by charge().
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "domain/billing/line_item.hpp"
#include "domain/billing/subscription.hpp"

namespace bursar::domain {

struct anchored_period {
  billing_period period;
  billing_anchor anchor;
};

// The price of a whole period.
line_item whole_line(const subscription& s, const plan_terms& terms, std::int64_t quantity,
                     const anchored_period& of);

// Of a period's price what belongs to [t, its end), by the local days of its anchor; `before`: what
// was given back at t of the same.
line_item rest_line(const subscription& s, const plan_terms& terms, std::int64_t quantity,
                    timestamp t, const anchored_period& of, proration_basis by,
                    std::optional<billed_amounts> before = std::nullopt);

// Gives back all that is billed beyond t; something must be.
line_item credit_line(const subscription& s, timestamp t, proration_basis by);

// The same of somebody who leaves: by days, the day of t was used.
line_item leaving_line(const subscription& s, timestamp t);

}  // namespace bursar::domain
