// Stripe's events in, Bursar's out: whatever API version rendered them (2022-11-15 to 2026-09-30),
// snapshot or thin. Pure functions of the bytes, from any thread. The signature has been checked
// before.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "domain/stripe/objects.hpp"

namespace bursar::io::stripe {

struct adapter_settings {
  // Names under which metadata carries an organization, best first.
  std::vector<std::string> metadata_keys{"organization_id", "organizationId", "org_id"};
};

// invalid_json: the bytes are no JSON. Everything else is an event: one whose content cannot be
// used says so in `unusable` and shows nothing; without an id it could be known by, it is
// "unidentified_" and 32 hexadecimal digits of the SHA-256 of its bytes. `payload_sha256` is left
// to who received it.
result<domain::stripe::event> normalise(std::string_view body,
                                        const adapter_settings& settings = {});

// Whether events of this type show an object Bursar keeps a mirror of.
bool changes_mirror(std::string_view type);

}  // namespace bursar::io::stripe
