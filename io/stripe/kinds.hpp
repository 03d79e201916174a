// One reading per kind of object. Internal to io/stripe/; simdjson.
#pragma once

#include <string_view>

#include "io/stripe/layered.hpp"

namespace bursar::io::stripe {

// The object of this kind ("invoice", "subscription", …) in the event of this type; none: nothing
// the mirror keeps.
std::optional<domain::stripe::object> read_object(std::string_view kind,
                                                  std::string_view event_type, const layered& from);

}  // namespace bursar::io::stripe
