// How long what access_of() and entitlements_of() say stands, if nothing happens but time.
#pragma once

#include "domain/organization.hpp"

namespace bursar::domain {

// From `now` until then, exclusively, both say the same as they do now: they depend on what credits
// are worth, and on the period that usage counts in. Some of these moments change nothing. Only
// their sources are known here: who adds another to them adds it here, too.
timestamp access_changes_at(const organization& state, timestamp now);

}  // namespace bursar::domain
