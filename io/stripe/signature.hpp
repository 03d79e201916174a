// Stripe-Signature (docs.stripe.com/webhooks#verify-manually): HMAC-SHA256 of "<t>.<raw body>"
// under the whole secret string. Any v1 may match any configured secret (rotation); every other
// scheme is ignored (downgrade). Constant time over all pairs; nothing of the body is parsed.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

namespace bursar::io::stripe {

// One object per thread: the keyed HMACs are not concurrent.
class signature_verifier {
 public:
  // Each secret has at least limits::webhook_secret_bytes_min bytes: a shorter one is a bug of the
  // caller, who refuses it at start.
  signature_verifier(const std::vector<secret<std::string>>& secrets,
                     std::chrono::seconds tolerance);

  // missing_signature: no header. invalid_parameter: malformed. invalid_signature: well-formed, but
  // it does not verify or its time is out of tolerance, before or after `now`.
  result<void> verify(std::string_view header, std::string_view body, timestamp now);

 private:
  std::vector<std::unique_ptr<hmac_sha256>> keys_;
  std::chrono::seconds tolerance_;
};

}  // namespace bursar::io::stripe
