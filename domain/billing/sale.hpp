// What of the catalog an organization buys: a plan's newest version becomes the terms that its
// subscription keeps, whatever is published later. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "domain/billing/account.hpp"

namespace bursar::domain {

// Which of a plan's prices; what is empty does not matter, as long as only one is left.
struct wanted_price {
  std::optional<std::string> currency;
  std::optional<billing_interval> interval;
};

// not_found: no such plan; unprocessable: it is not sold any more, another provider bills it, or it
// has no such price, or several.
result<plan_terms> terms_of(const catalog& in, const std::string& plan_id,
                            const wanted_price& wanted);

// The plan as it is, at a price that was agreed on. The same, and invalid_parameter: a price that
// no plan could have.
result<plan_terms> agreed_terms(const catalog& in, const std::string& plan_id,
                                const plan_price& price);

// The oldest subscription that runs, or waits for something; null: there is none.
const subscription* running_subscription(const billing_account& of);
inline constexpr std::int64_t subscriptions_max = 100;  // that run, of one account
std::int64_t count_running(const billing_account& of);
// That, or the one that ended last; null: there was never one.
const subscription* current_subscription(const billing_account& of);
// Those of a plan that run, the oldest first.
std::vector<const subscription*> running_on(const billing_account& of, const std::string& plan_id);
// The one of this id, or the current one where the id is empty. Null: there is none.
const subscription* find_subscription(const billing_account& of, const std::string& id);

}  // namespace bursar::domain
