// The edge cases in which the official libraries differ from each other, decided once.
#include "io/stripe/signature.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/limits.hpp"
#include "tests/support/catch.hpp"

using namespace bursar;
using bursar::io::stripe::signature_verifier;

namespace {

const std::string secret_a = "whsec_0123456789abcdef0123456789abcdef";
const std::string secret_b = "whsec_fedcba9876543210fedcba9876543210";
const std::string body = R"({"id":"evt_1","object":"event"})";
constexpr std::int64_t sent_at = 1'792'000'000;

std::vector<secret<std::string>> secrets(const std::vector<std::string>& texts) {
  std::vector<secret<std::string>> out;
  for (const auto& text : texts) {
    out.emplace_back(text);
  }
  return out;
}

std::string sign(const std::string& key, const std::string& time, const std::string& text = body) {
  return to_hex(hmac_sha256{key}.sign(time, ".", text));
}

std::string header_of(const std::string& key, const std::string& time = std::to_string(sent_at)) {
  return "t=" + time + ",v1=" + sign(key, time);
}

errc verdict(const std::string& header, const std::string& text = body,
             std::int64_t now = sent_at) {
  signature_verifier verifier{secrets({secret_a, secret_b}), std::chrono::seconds{300}};
  auto out = verifier.verify(header, text, from_unix_seconds(now));
  return out ? errc::none : out.error().code();
}

std::string upper(std::string text) {
  for (char& c : text) {
    c = c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return text;
}

}  // namespace

TEST_CASE("a signature made by an independent implementation verifies", "[stripe][signature]") {
  // openssl dgst -sha256 -hmac whsec_0123456789abcdef0123456789abcdef over "1792000000.<body>"
  CHECK(verdict("t=1792000000,v1="
                "0d102a97d94feb76a0a747287f5c9fb494f944ff0ea53b99a7f75c899bff55dc")
        == errc::none);
}

TEST_CASE("any v1 may match any secret while one is being rolled", "[stripe][signature]") {
  auto time = std::to_string(sent_at);
  auto wrong = sign("whsec_00000000000000000000000000000000", time);
  CHECK(verdict(header_of(secret_a)) == errc::none);
  CHECK(verdict(header_of(secret_b)) == errc::none);
  CHECK(verdict("t=" + time + ",v1=" + wrong + ",v1=" + sign(secret_b, time)) == errc::none);
  CHECK(verdict("t=" + time + ",v1=" + sign(secret_a, time) + ",v1=" + wrong) == errc::none);
  CHECK(verdict("t=" + time + ",v1=" + wrong) == errc::invalid_signature);
}

TEST_CASE("the forms the official libraries disagree on are decided", "[stripe][signature]") {
  auto time = std::to_string(sent_at);
  auto good = sign(secret_a, time);
  struct row {
    std::string header;
    errc wanted;
  };
  const std::vector<row> rows{
    {"v1=" + good + ",t=" + time, errc::none},
    {"t=" + time + ", v1=" + good, errc::none},
    {"  t=" + time + "\t,\t v1=" + good + " ", errc::none},
    {"t=" + time + ",v1=" + upper(good), errc::none},
    {"t=" + time + ",v1=" + good + ",v0=zz,v2=,x=y=z", errc::none},
    {"t=" + time + ",v0=" + good, errc::invalid_signature},
    {"t=" + time + ",V1=" + good, errc::invalid_signature},
    {"", errc::missing_signature},
    {"  ", errc::missing_signature},
    {"t=" + time, errc::invalid_parameter},
    {"v1=" + good, errc::invalid_parameter},
    {",", errc::invalid_parameter},
    {"t=" + time + ",v1=" + good + ",", errc::invalid_parameter},
    {"t=" + time + ",v1=" + good + ",nonsense", errc::invalid_parameter},
    {"t=" + time + ",v1=" + good + ",=x", errc::invalid_parameter},
    {"t=" + time + ",t=" + time + ",v1=" + good, errc::invalid_parameter},
    {"t=" + time + ",t=1,v1=" + good, errc::invalid_parameter},
    {"t=,v1=" + good, errc::invalid_parameter},
    {"t =" + time + ",v1=" + good, errc::invalid_parameter},
    {"t= " + time + ",v1=" + good, errc::invalid_parameter},
    {"t=-" + time + ",v1=" + good, errc::invalid_parameter},
    {"t=+" + time + ",v1=" + good, errc::invalid_parameter},
    {"t=" + time + ".0,v1=" + good, errc::invalid_parameter},
    {"t=0x6acfd0c0,v1=" + good, errc::invalid_parameter},
    {"t=0000000000001,v1=" + good, errc::invalid_parameter},
    {"t=99999999999999999999999,v1=" + good, errc::invalid_parameter},
    {"t=" + time + ",v1=" + good.substr(1), errc::invalid_parameter},
    {"t=" + time + ",v1=" + good + "0", errc::invalid_parameter},
    {"t=" + time + ",v1=g" + good.substr(1), errc::invalid_parameter},
    {"t=" + time + ",v1= " + good, errc::invalid_parameter},
    {"t=" + time + ",v1=", errc::invalid_parameter},
    {"t=" + time + ",v1=" + good + "\r\nx: y", errc::invalid_parameter},
    {"t=" + time + ",v1=" + good + ",x=\xC3\xA9", errc::invalid_parameter},
    {"t=" + time + ",v1=" + good + ",x=" + std::string(5'000, 'y'), errc::invalid_parameter},
  };
  for (const auto& [header, wanted] : rows) {
    CAPTURE(header.substr(0, 200));
    CHECK(verdict(header) == wanted);
  }
}

TEST_CASE("a timestamp is good for the tolerance in both directions", "[stripe][signature]") {
  auto header = header_of(secret_a);
  CHECK(verdict(header, body, sent_at + 300) == errc::none);
  CHECK(verdict(header, body, sent_at + 301) == errc::invalid_signature);
  CHECK(verdict(header, body, sent_at - 300) == errc::none);
  CHECK(verdict(header, body, sent_at - 301) == errc::invalid_signature);
  CHECK(verdict(header_of(secret_a, "999999999999")) == errc::invalid_signature);
  CHECK(verdict(header_of(secret_a, "0")) == errc::invalid_signature);
}

TEST_CASE("up to sixteen signatures are tried", "[stripe][signature]") {
  auto time = std::to_string(sent_at);
  auto wrong = sign("whsec_00000000000000000000000000000000", time);
  std::string header = "t=" + time;
  for (std::size_t i = 1; i < limits::signatures_max; ++i) {
    header += ",v1=" + wrong;
  }
  CHECK(verdict(header + ",v1=" + sign(secret_b, time)) == errc::none);
  CHECK(verdict(header + ",v1=" + wrong) == errc::invalid_signature);
  CHECK(verdict(header + ",v1=" + wrong + ",v1=" + sign(secret_b, time))
        == errc::invalid_parameter);
}

TEST_CASE("one flipped bit anywhere in the body or the signature is noticed",
          "[stripe][signature]") {
  auto header = header_of(secret_a);
  for (std::size_t i = 0; i < body.size(); ++i) {
    auto changed = body;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK(verdict(header, changed) == errc::invalid_signature);
  }
  for (std::size_t i = header.size() - 64; i < header.size(); ++i) {
    auto changed = header;
    changed[i] = changed[i] == '0' ? '1' : '0';
    CHECK(verdict(changed) == errc::invalid_signature);
  }
  CHECK(verdict(header, body + "\n") == errc::invalid_signature);
  CHECK(verdict(header, "") == errc::invalid_signature);
}

TEST_CASE("the time that is signed is the text that was sent", "[stripe][signature]") {
  auto padded = "0" + std::to_string(sent_at);
  CHECK(verdict(header_of(secret_a, padded)) == errc::none);
  CHECK(verdict("t=" + padded + ",v1=" + sign(secret_a, std::to_string(sent_at)))
        == errc::invalid_signature);
}

TEST_CASE("an empty body can be signed", "[stripe][signature]") {
  auto time = std::to_string(sent_at);
  CHECK(verdict("t=" + time + ",v1=" + sign(secret_a, time, ""), "") == errc::none);
}

TEST_CASE("a verifier gives the same verdict again and after a refusal", "[stripe][signature]") {
  signature_verifier verifier{secrets({secret_a}), std::chrono::seconds{300}};
  auto now = from_unix_seconds(sent_at);
  for (int i = 0; i < 3; ++i) {
    CHECK(verifier.verify(header_of(secret_a), body, now).has_value());
    CHECK_FALSE(verifier.verify(header_of(secret_b), body, now).has_value());
    CHECK_FALSE(verifier.verify("t=1", body, now).has_value());
  }
}

TEST_CASE("secrets that could be forged or could never verify are refused", "[stripe][signature]") {
  using std::chrono::seconds;
  auto verdict_on = [](const std::vector<std::string>& texts, seconds tolerance) {
    auto out = signature_verifier::check_secrets(secrets(texts), tolerance);
    return out ? errc::none : out.error().code();
  };
  CHECK(verdict_on({secret_a, secret_b}, seconds{300}) == errc::none);
  CHECK(verdict_on({std::string(limits::webhook_secret_bytes_min, 'x')}, seconds{1}) == errc::none);
  CHECK(verdict_on({}, seconds{300}) == errc::invalid_parameter);
  CHECK(verdict_on({""}, seconds{300}) == errc::invalid_parameter);
  CHECK(verdict_on({secret_a, "whsec_short"}, seconds{300}) == errc::invalid_parameter);
  CHECK(verdict_on({std::string(limits::webhook_secret_bytes_min - 1, 'x')}, seconds{300})
        == errc::invalid_parameter);
  CHECK(verdict_on({std::string(40, ' ')}, seconds{300}) == errc::invalid_parameter);
  CHECK(verdict_on({secret_a + "\n"}, seconds{300}) == errc::invalid_parameter);
  CHECK(verdict_on({secret_a}, seconds{0}) == errc::invalid_parameter);
  CHECK(verdict_on({secret_a}, seconds{-5}) == errc::invalid_parameter);
}
