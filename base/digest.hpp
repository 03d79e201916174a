// SHA-256 and HMAC-SHA256 (FIPS 180-4, RFC 2104) over OpenSSL EVP, and comparison in constant time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bursar {

using sha256_digest = std::array<std::uint8_t, 32>;

sha256_digest sha256(std::string_view bytes);
sha256_digest sha256(std::string_view first, std::string_view second);  // of the concatenation
// The link of a hash chain: SHA-256(previous ‖ bytes).
sha256_digest chain_hash(const sha256_digest& previous, std::string_view bytes);

// HMAC-SHA256 with its key schedule kept. One object per thread: sign() is not concurrent.
class hmac_sha256 {
 public:
  explicit hmac_sha256(std::string_view key);
  ~hmac_sha256();
  hmac_sha256(const hmac_sha256&) = delete;
  hmac_sha256& operator=(const hmac_sha256&) = delete;
  // Of the concatenation of the three parts.
  sha256_digest sign(std::string_view first, std::string_view second = {},
                     std::string_view third = {});

 private:
  void* context_;
};

bool equal_constant_time(const sha256_digest& a, const sha256_digest& b);

// Fills with bytes of the system's CSPRNG; aborts when it has none.
void random_bytes(std::uint8_t* out, std::size_t size);

}  // namespace bursar
