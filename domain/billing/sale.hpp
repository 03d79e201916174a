// What of the catalog an organization buys: a plan's newest version becomes the terms that its
// subscription keeps, whatever is published later. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "domain/billing/account.hpp"
#include "domain/catalog.hpp"

namespace bursar::domain {

struct subscribe {
  std::string subscription_id, plan_id;
  std::optional<std::string> currency;  // else the organization's, else the only one of the plan
  std::int64_t quantity = 1;
  std::optional<std::int64_t> trial_days;  // else the plan's
  std::optional<timestamp> contract_end;
};

// Of the subscription that runs. Without a plan its terms stay as they were sold.
struct change_plan {
  std::optional<std::string> plan_id;
  std::optional<std::int64_t> quantity;
  effective_at when = effective_at::now;
};

// not_found: no such plan; unprocessable: it is not sold any more, another provider bills it, or it
// has no price in that currency, or several and no currency is named.
result<plan_terms> terms_of(const catalog& in, const std::string& plan_id,
                            const std::optional<std::string>& currency);

// The subscription that runs, or waits for something; null: there is none.
const subscription* running_subscription(const billing_account& of);

// As above; conflict: one runs already.
result<billing_command> sale(const billing_account& to, const subscribe& wanted, const catalog& in,
                             const std::optional<std::string>& currency_of_buyer,
                             const std::optional<std::string>& time_zone_of_buyer);
// As above; not_found: none runs.
result<billing_command> sale(const billing_account& to, const change_plan& wanted,
                             const catalog& in);

}  // namespace bursar::domain
