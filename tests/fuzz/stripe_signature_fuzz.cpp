// Header and body from the input, split at its first NUL. The verifier refuses them with one of its
// three codes; a header that is signed here, in whatever company the input gives it, verifies
// unless its form is refused.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "base/encoding.hpp"
#include "io/stripe/signature.hpp"

namespace {

using namespace bursar;

constexpr std::string_view key = "whsec_0123456789abcdef0123456789abcdef";
constexpr std::int64_t now = 1'792'000'000;

void fuzz(std::string_view header, std::string_view body) {
  static io::stripe::signature_verifier verifier{
    {secret<std::string>{"whsec_00000000000000000000000000000000"},
     secret<std::string>{std::string{key}}},
    std::chrono::seconds{300}};
  static hmac_sha256 signer{key};
  auto as_given = verifier.verify(header, body, from_unix_seconds(now));
  if (!as_given) {
    auto code = as_given.error().code();
    BURSAR_ASSERT(code == errc::missing_signature || code == errc::invalid_parameter
                    || code == errc::invalid_signature,
                  "an error nobody was told of");
  }
  auto time = std::to_string(now);
  std::string signed_header = "t=" + time + ",v1=" + to_hex(signer.sign(time, ".", body));
  BURSAR_ASSERT(verifier.verify(signed_header, body, from_unix_seconds(now)).has_value(),
                "a good signature was refused");
  signed_header.append(",").append(header);
  auto in_company = verifier.verify(signed_header, body, from_unix_seconds(now));
  BURSAR_ASSERT(in_company || in_company.error().code() == errc::invalid_parameter,
                "a good signature was refused for its company");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input{reinterpret_cast<const char*>(data), size};
  auto split = input.find('\0');
  fuzz(input.substr(0, split),
       split == std::string_view::npos ? std::string_view{} : input.substr(split + 1));
  return 0;
}
