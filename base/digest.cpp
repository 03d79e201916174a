#include "base/digest.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "base/assert.hpp"

namespace bursar {
namespace {

// Fetched once: an implicit fetch per digest costs more than hashing 300 bytes.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

struct digest_context {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~digest_context() { EVP_MD_CTX_free(context); }
};

sha256_digest hash_of(const void* first, std::size_t first_size, const void* second,
                      std::size_t second_size) {
  thread_local digest_context kept;
  sha256_digest out;
  bool done = EVP_DigestInit_ex2(kept.context, sha256_algorithm(), nullptr) == 1
              && EVP_DigestUpdate(kept.context, first, first_size) == 1
              && EVP_DigestUpdate(kept.context, second, second_size) == 1
              && EVP_DigestFinal_ex(kept.context, out.data(), nullptr) == 1;
  BURSAR_ASSERT(done, "SHA-256 failed");
  return out;
}

}  // namespace

sha256_digest sha256(std::string_view bytes) {
  return hash_of(bytes.data(), bytes.size(), "", 0);
}

sha256_digest sha256(std::string_view first, std::string_view second) {
  return hash_of(first.data(), first.size(), second.data(), second.size());
}

sha256_digest chain_hash(const sha256_digest& previous, std::string_view bytes) {
  return hash_of(previous.data(), previous.size(), bytes.data(), bytes.size());
}

hmac_sha256::hmac_sha256(std::string_view key) {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  BURSAR_ASSERT(mac != nullptr, "OpenSSL has no HMAC");
  EVP_MAC_CTX* context = EVP_MAC_CTX_new(mac);
  EVP_MAC_free(mac);
  char name[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                   OSSL_PARAM_construct_end()};
  bool done = EVP_MAC_init(context, reinterpret_cast<const unsigned char*>(key.data()), key.size(),
                           parameters)
              == 1;
  BURSAR_ASSERT(done, "HMAC refuses the key");
  context_ = context;
}

hmac_sha256::~hmac_sha256() {
  EVP_MAC_CTX_free(static_cast<EVP_MAC_CTX*>(context_));
}

sha256_digest hmac_sha256::sign(std::string_view first, std::string_view second,
                                std::string_view third) {
  auto* context = static_cast<EVP_MAC_CTX*>(context_);
  auto update = [context](std::string_view part) {
    return part.empty()
           || EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(part.data()),
                             part.size())
                == 1;
  };
  sha256_digest out;
  std::size_t size = 0;
  bool done = EVP_MAC_init(context, nullptr, 0, nullptr) == 1 && update(first) && update(second)
              && update(third) && EVP_MAC_final(context, out.data(), &size, out.size()) == 1;
  BURSAR_ASSERT(done, "HMAC failed");
  return out;
}

bool equal_constant_time(const sha256_digest& a, const sha256_digest& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void random_bytes(std::uint8_t* out, std::size_t size) {
  BURSAR_ASSERT(RAND_bytes(out, static_cast<int>(size)) == 1, "no random bytes");
}

}  // namespace bursar
