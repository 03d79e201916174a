#include "io/stripe/signature.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/assert.hpp"
#include "base/encoding.hpp"
#include "base/limits.hpp"

namespace bursar::io::stripe {
namespace {

constexpr std::size_t timestamp_digits_max = 12;

struct parsed_header {
  std::string_view time_text;  // signed as it was sent
  std::int64_t time = 0;
  std::vector<sha256_digest> signatures;  // v1 only: any other scheme would be a downgrade
  bool other_scheme = false;
};

error malformed(std::string_view why) {
  return error{errc::invalid_parameter, "Stripe-Signature: " + std::string{why}};
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_printable(char c) {
  return c > ' ' && c < '\x7f';
}

std::string_view trimmed(std::string_view item) {
  while (!item.empty() && is_blank(item.front())) {
    item.remove_prefix(1);
  }
  while (!item.empty() && is_blank(item.back())) {
    item.remove_suffix(1);
  }
  return item;
}

std::optional<std::int64_t> parse_time(std::string_view digits) {
  if (digits.empty() || digits.size() > timestamp_digits_max
      || !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// One item of the header; what is wrong with it, or nothing.
std::optional<error> read_item(std::string_view item, parsed_header& out) {
  auto equals = item.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return malformed("an item that is not name=value");
  }
  auto name = item.substr(0, equals);
  auto value = item.substr(equals + 1);
  if (name == "t") {
    auto time = parse_time(value);
    if (!time || !out.time_text.empty()) {
      return malformed(time ? "two timestamps" : "t is not 1 to 12 digits");
    }
    out.time_text = value;
    out.time = *time;
  } else if (name == "v1") {
    auto digest = digest_from_hex(value);
    if (!digest || out.signatures.size() == limits::signatures_max) {
      return malformed(digest ? "too many signatures" : "v1 is not 64 hexadecimal digits");
    }
    out.signatures.push_back(*digest);
  } else {
    out.other_scheme = true;
  }
  return std::nullopt;
}

result<parsed_header> parse_header(std::string_view header) {
  if (header.size() > limits::signature_header_bytes_max) {
    return malformed("too long");
  }
  if (!std::all_of(header.begin(), header.end(),
                   [](char c) { return is_printable(c) || is_blank(c); })) {
    return malformed("not ASCII");
  }
  parsed_header out;
  for (bool more = true; more;) {
    auto comma = header.find(',');
    more = comma != std::string_view::npos;
    if (auto problem = read_item(trimmed(header.substr(0, comma)), out)) {
      return *problem;
    }
    header.remove_prefix(more ? comma + 1 : 0);
  }
  if (out.time_text.empty()) {
    return malformed("no timestamp");
  }
  // With only schemes we do not accept the form is good, and nothing verifies.
  if (out.signatures.empty() && !out.other_scheme) {
    return malformed("no signature");
  }
  return out;
}

}  // namespace

result<void> signature_verifier::check_secrets(const std::vector<secret<std::string>>& secrets,
                                               std::chrono::seconds tolerance) {
  if (secrets.empty()) {
    return error{errc::invalid_parameter, "no webhook secret"};
  }
  if (tolerance < std::chrono::seconds{1}) {
    return error{errc::invalid_parameter, "the webhook tolerance must be at least one second"};
  }
  for (const auto& one : secrets) {
    const std::string& text = one.reveal();
    if (text.size() < limits::webhook_secret_bytes_min) {
      return error{errc::invalid_parameter, "a webhook secret is shorter than "
                                              + std::to_string(limits::webhook_secret_bytes_min)
                                              + " bytes"};
    }
    // A blank or a line end comes from a file or a shell, and would let nothing verify.
    if (!std::all_of(text.begin(), text.end(), is_printable)) {
      return error{errc::invalid_parameter, "a webhook secret has a byte that is not printable"};
    }
  }
  return {};
}

signature_verifier::signature_verifier(const std::vector<secret<std::string>>& secrets,
                                       std::chrono::seconds tolerance)
  : tolerance_{tolerance} {
  BURSAR_ASSERT(check_secrets(secrets, tolerance).has_value(),
                "a verifier with secrets that were not checked");
  for (const auto& one : secrets) {
    keys_.push_back(std::make_unique<hmac_sha256>(one.reveal()));
  }
}

result<void> signature_verifier::verify(std::string_view header, std::string_view body,
                                        timestamp now) {
  if (trimmed(header).empty()) {
    return error{errc::missing_signature};
  }
  auto parsed = parse_header(header);
  if (!parsed) {
    return parsed.error();
  }
  unsigned matches = 0;
  for (auto& key : keys_) {
    auto expected = key->sign(parsed->time_text, ".", body);
    for (const auto& signature : parsed->signatures) {
      matches += equal_constant_time(expected, signature) ? 1U : 0U;
    }
  }
  if (matches == 0) {
    return error{errc::invalid_signature, "no signature verifies"};
  }
  // Two-sided: a time in the future would keep a captured request good for that long.
  auto age = unix_seconds(now) - parsed->time;
  if (age > tolerance_.count() || age < -tolerance_.count()) {
    return error{errc::invalid_signature, "the timestamp is out of tolerance"};
  }
  return {};
}

}  // namespace bursar::io::stripe
