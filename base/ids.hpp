// Ids: a prefix and a UUIDv7 (RFC 9562) without dashes, so that they sort by the time they were
// made. The core never makes one: they are made outside and recorded in events.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace bursar {

// 32 lower-case hexadecimal digits: 48 bits of milliseconds, 74 random bits.
std::string uuid_v7(timestamp now);
std::string make_id(std::string_view prefix, timestamp now);  // "org_" + uuid_v7

// Ids of which each sorts after the one before it, in one millisecond as well: the twelve bits
// after the milliseconds count (RFC 9562, 6.2, method 1). Any thread.
class id_sequence {
 public:
  std::string next(std::string_view prefix, timestamp now);

 private:
  std::mutex mutex_;
  std::uint64_t last_ = 0;  // milliseconds, and the count in the lowest twelve bits
};

// "org_" and 1 to 64 of [A-Za-z0-9_-].
bool is_organization_id(std::string_view text);

}  // namespace bursar
