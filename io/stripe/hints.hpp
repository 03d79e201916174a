// Where an event says whom it concerns. Lenient: a hint of a wrong type is no hint, never a fault.
#pragma once

#include <simdjson.h>

#include "domain/stripe/objects.hpp"
#include "io/stripe/adapter.hpp"
#include "io/stripe/json_view.hpp"
#include "io/stripe/member_index.hpp"

namespace bursar::io::stripe {

// `previous` is data.previous_attributes: only there a detached payment method names its customer.
domain::stripe::hints find_hints(const member_index& object, const layer& previous,
                                 const adapter_settings& settings);

}  // namespace bursar::io::stripe
