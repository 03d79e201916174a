// Stripe-Signature: t=<unix seconds>,v1=<64 hex>[,v1=…][,v0=…] over "<t>.<raw body>", HMAC-SHA256
// keyed with the whole secret, "whsec_" included. Nothing of the body is parsed.
//
// A verifier belongs to one thread at a time (an HMAC context is reused from call to call): give
// each I/O thread its own. Every secret is tried against every signature, whatever came out before,
// and compared in constant time, so that the time taken tells nothing.
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

class signature_verifier {
 public:
  // Several secrets while one is being rolled. They pass check_secrets(), or it is a bug.
  signature_verifier(const std::vector<secret<std::string>>& secrets,
                     std::chrono::seconds tolerance);

  // invalid_parameter: no secret, one shorter than limits::webhook_secret_bytes_min or with a byte
  // that is not printable ASCII, or a tolerance below a second (off is not offered). A server whose
  // settings do not pass refuses to start.
  static result<void> check_secrets(const std::vector<secret<std::string>>& secrets,
                                    std::chrono::seconds tolerance);

  // An empty header is an absent one.
  //   missing_signature  no header
  //   invalid_parameter  not the form above: no t or two, no signature of any scheme, more than
  //                      limits::signatures_max of v1, a v1 that is not 64 hexadecimal digits, …
  //   invalid_signature  no v1 verifies, or |now - t| exceeds the tolerance
  result<void> verify(std::string_view header, std::string_view body, timestamp now);

 private:
  std::vector<std::unique_ptr<hmac_sha256>> keys_;
  std::chrono::seconds tolerance_;
};

}  // namespace bursar::io::stripe
