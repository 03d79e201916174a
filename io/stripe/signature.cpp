#include "io/stripe/signature.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/assert.hpp"
#include "base/encoding.hpp"
#include "base/limits.hpp"

namespace bursar::io::stripe {
namespace {

struct parsed_header {
  std::string_view t;
  std::vector<sha256_digest> signatures;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') {
    text.remove_prefix(1);
  }
  while (!text.empty() && text.back() == ' ') {
    text.remove_suffix(1);
  }
  return text;
}

bool is_time(std::string_view text) {
  return !text.empty() && text.size() <= 12
         && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

error malformed(const char* why) {
  return {errc::invalid_parameter, why, {{"Stripe-Signature", why}}};
}

// One item of the header, "scheme=value"; unknown schemes and items without '=' are passed over.
result<void> take(std::string_view item, parsed_header& into) {
  auto equals = item.find('=');
  if (equals == std::string_view::npos) {
    return {};
  }
  auto scheme = trimmed(item.substr(0, equals));
  auto value = trimmed(item.substr(equals + 1));
  if (scheme == "t") {
    if (!into.t.empty() || !is_time(value)) {
      return malformed("must have exactly one t of 1 to 12 digits");
    }
    into.t = value;
  } else if (scheme == "v1") {
    auto digest = digest_from_hex(value);
    if (!digest || into.signatures.size() == limits::signatures_max) {
      return malformed("must have 1 to 16 v1 of 64 hexadecimal digits");
    }
    into.signatures.push_back(*digest);
  }
  return {};
}

result<parsed_header> parse(std::string_view header) {
  bool ascii
    = std::all_of(header.begin(), header.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (header.size() > limits::signature_header_bytes_max || !ascii) {
    return malformed("must be at most 4096 bytes of ASCII");
  }
  parsed_header out;
  while (!header.empty()) {
    auto comma = header.find(',');
    if (auto taken = take(header.substr(0, comma), out); !taken) {
      return taken.error();
    }
    header.remove_prefix(comma == std::string_view::npos ? header.size() : comma + 1);
  }
  if (out.t.empty()) {
    return malformed("must have exactly one t of 1 to 12 digits");
  }
  if (out.signatures.empty()) {
    return malformed("must have 1 to 16 v1 of 64 hexadecimal digits");
  }
  return out;
}

}  // namespace

signature_verifier::signature_verifier(const std::vector<secret<std::string>>& secrets,
                                       std::chrono::seconds tolerance)
  : tolerance_{tolerance} {
  BURSAR_ASSERT(!secrets.empty(), "no webhook secret");
  for (const auto& one : secrets) {
    BURSAR_ASSERT(one.reveal().size() >= limits::webhook_secret_bytes_min,
                  "a webhook secret is too short");
    keys_.push_back(std::make_unique<hmac_sha256>(one.reveal()));
  }
}

result<void> signature_verifier::verify(std::string_view header, std::string_view body,
                                        timestamp now) {
  if (header.empty()) {
    return error{errc::missing_signature, "Stripe-Signature is required"};
  }
  auto parsed = parse(header);
  if (!parsed) {
    return parsed.error();
  }
  bool matches = false;
  for (auto& key : keys_) {
    auto expected = key->sign(parsed->t, ".", body);
    for (const auto& signature : parsed->signatures) {
      matches = equal_constant_time(expected, signature) || matches;
    }
  }
  if (!matches) {
    return error{errc::invalid_signature, "no v1 signature matches"};
  }
  std::int64_t t = 0;
  std::from_chars(parsed->t.data(), parsed->t.data() + parsed->t.size(), t);
  auto age = std::chrono::seconds{unix_seconds(now) - t};
  if (age > tolerance_ || -age > tolerance_) {
    return error{errc::invalid_signature, "the signature's time is out of tolerance"};
  }
  return {};
}

}  // namespace bursar::io::stripe
