// Answers about what Bursar bills itself, as JSON.
#pragma once

#include <optional>
#include <string>

#include "domain/organization.hpp"

namespace bursar::schemas {

std::string render_subscription(const domain::subscription& x);
std::string render_preview(const domain::billing_preview& x, const std::string& id);
// not_found: no subscription of the plan runs that Bursar bills.
result<std::string> render_subscriber(const domain::organization& of, const std::string& plan_id,
                                      const domain::catalog& catalog);
// `done` is the answer to migrate_plan, where there was no problem.
std::string render_migrated(const std::string& organization, const std::string& done,
                            const std::optional<error>& problem);
std::string render_payment_methods(const std::optional<std::string>& token);

}  // namespace bursar::schemas
