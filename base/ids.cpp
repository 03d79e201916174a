#include "base/ids.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace bursar {

namespace {

// Random bytes are fetched for many ids at once: fetching costs more than the rest of an id.
void take_random(std::array<std::uint8_t, 16>& out) {
  thread_local std::array<std::uint8_t, 4096> kept;
  thread_local std::size_t used = kept.size();
  if (used == kept.size()) {
    random_bytes(kept.data(), kept.size());
    used = 0;
  }
  std::copy_n(kept.begin() + static_cast<std::ptrdiff_t>(used), out.size(), out.begin());
  used += out.size();
}

std::uint64_t milliseconds_of(timestamp t) {
  return static_cast<std::uint64_t>(
    std::chrono::floor<std::chrono::milliseconds>(t).time_since_epoch().count());
}

std::array<std::uint8_t, 16> uuid_bytes(std::uint64_t milliseconds) {
  std::array<std::uint8_t, 16> bytes;
  take_random(bytes);
  for (std::size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<std::uint8_t>(milliseconds >> (8 * (5 - i)));
  }
  bytes[6] = static_cast<std::uint8_t>(0x70 | (bytes[6] & 0x0f));
  bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3f));
  return bytes;
}

}  // namespace

std::string uuid_v7(timestamp now) {
  return to_hex(uuid_bytes(milliseconds_of(now)));
}

std::string id_sequence::next(std::string_view prefix, timestamp now) {
  std::uint64_t at = 0;
  {
    std::lock_guard lock{mutex_};
    last_ = std::max(last_ + 1, milliseconds_of(now) << 12);
    at = last_;
  }
  auto bytes = uuid_bytes(at >> 12);
  bytes[6] = static_cast<std::uint8_t>(0x70 | ((at >> 8) & 0x0f));
  bytes[7] = static_cast<std::uint8_t>(at);
  return std::string{prefix} + to_hex(bytes);
}

std::string make_id(std::string_view prefix, timestamp now) {
  return std::string{prefix} + uuid_v7(now);
}

bool is_organization_id(std::string_view text) {
  constexpr std::string_view prefix = "org_";
  constexpr std::size_t suffix_size_max = 64;
  if (!text.starts_with(prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return !text.empty() && text.size() <= suffix_size_max
         && std::all_of(text.begin(), text.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
                     || c == '_' || c == '-';
            });
}

}  // namespace bursar
