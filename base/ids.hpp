// Ids: a prefix and a UUIDv7 (RFC 9562) without dashes, so that they sort by the time they were
// made. The core never makes one: they are made outside and recorded in events.
#pragma once

#include <string>
#include <string_view>

#include "base/time.hpp"

namespace bursar {

// 32 lower-case hexadecimal digits: 48 bits of milliseconds, 74 random bits.
std::string uuid_v7(timestamp now);
std::string make_id(std::string_view prefix, timestamp now);  // "org_" + uuid_v7

// "org_" and 1 to 64 of [A-Za-z0-9_-].
bool is_organization_id(std::string_view text);

}  // namespace bursar
