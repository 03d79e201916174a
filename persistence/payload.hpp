// Raw webhook bodies as they are stored: LZ4, because the raw body is the largest part of what a
// webhook writes. Layout: version byte 1 ‖ size before (4 bytes, big endian) ‖ LZ4 block.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace bursar::persistence {

std::string pack_payload(std::string_view body);
// integrity_error: damaged.
result<std::string> unpack_payload(std::string_view packed);

}  // namespace bursar::persistence
