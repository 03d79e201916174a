// Raw webhook bodies as they are stored: LZ4 with a dictionary of what Stripe's bodies look like
// (payload_dictionary.inc), because the raw body is the largest part of what a webhook writes.
// Layout: version byte 2 ‖ size before (4 bytes, big endian) ‖ LZ4 block. Version 1: no dictionary.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace bursar::persistence {

std::string pack_payload(std::string_view body);
// integrity_error: damaged.
result<std::string> unpack_payload(std::string_view packed);

}  // namespace bursar::persistence
