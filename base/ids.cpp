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

}  // namespace

std::string uuid_v7(timestamp now) {
  std::array<std::uint8_t, 16> bytes;
  take_random(bytes);
  auto milliseconds = static_cast<std::uint64_t>(
    std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count());
  for (std::size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<std::uint8_t>(milliseconds >> (8 * (5 - i)));
  }
  bytes[6] = static_cast<std::uint8_t>(0x70 | (bytes[6] & 0x0f));
  bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3f));
  return to_hex(bytes);
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
