#include "io/http/gate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "base/limits.hpp"
#include "io/http/bytes.hpp"

namespace bursar::io::http {
namespace {

constexpr byte_set token_bytes = [] {
  byte_set out{};
  for (char c : std::string_view{"!#$%&'*+-.^_`|~0123456789"}) {
    out[static_cast<unsigned char>(c)] = true;
  }
  for (char c = 'a'; c <= 'z'; ++c) {
    out[static_cast<unsigned char>(c)] = out[static_cast<unsigned char>(c - 'a' + 'A')] = true;
  }
  return out;
}();
// Visible ASCII, blanks, tabs and bytes above ASCII: RFC 9110 §5.5.
constexpr byte_set value_bytes = [] {
  byte_set out{};
  for (std::size_t byte = 0; byte < out.size(); ++byte) {
    out[byte] = byte == '\t' || (byte >= ' ' && byte != 0x7f);
  }
  return out;
}();

constexpr byte_set host_bytes = [] {
  auto out = value_bytes;
  for (char c : std::string_view{" ,/@\\"}) {
    out[static_cast<unsigned char>(c)] = false;
  }
  return out;
}();

bool is_token(std::string_view text) {
  return !text.empty() && all_in(token_bytes, text);
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (auto& c : out) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && blank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

error bad(const char* why) {
  return {errc::bad_framing, why};
}

// Fields that mean one thing: a second one is an attempt to be read two ways.
constexpr std::array<std::string_view, 12> single_fields{"authorization",
                                                         "content-encoding",
                                                         "content-length",
                                                         "content-type",
                                                         "expect",
                                                         "host",
                                                         "idempotency-key",
                                                         "if-match",
                                                         "if-none-match",
                                                         "stripe-signature",
                                                         "transfer-encoding",
                                                         "x-request-id"};

constexpr std::size_t fields_usual = 8;

class head_checker {
 public:
  explicit head_checker(std::string_view head) : rest_{head} { out_.fields.reserve(fields_usual); }

  result<gated_head> run() {
    if (rest_.size() > limits::http_head_bytes_max) {
      return error{errc::header_too_large, "the head is larger than 16 KiB"};
    }
    if (auto done = request_line(); !done) {
      return done.error();
    }
    for (;;) {
      auto line = next_line();
      if (!line) {
        return line.error();
      }
      if (line->empty()) {
        break;
      }
      if (auto done = field(*line); !done) {
        return done.error();
      }
    }
    if (!rest_.empty()) {
      return bad("bytes after the head");
    }
    return framing();
  }

 private:
  // Up to CR LF; a bare one of them is a fault, here or where the line's bytes are judged.
  result<std::string_view> next_line() {
    auto end = rest_.find('\n');
    if (end == std::string_view::npos || end == 0 || rest_[end - 1] != '\r') {
      return bad("a line does not end with CR LF");
    }
    auto line = rest_.substr(0, end - 1);
    rest_.remove_prefix(end + 1);
    return line;
  }

  result<void> request_line() {
    auto line = next_line();
    if (!line) {
      return line.error();
    }
    auto first = line->find(' ');
    auto last = line->rfind(' ');
    if (first == std::string_view::npos || first == last) {
      return bad("the request line is not METHOD target HTTP/1.1");
    }
    out_.method = line->substr(0, first);
    out_.target = line->substr(first + 1, last - first - 1);
    auto version = line->substr(last + 1);
    if (!is_token(out_.method)) {
      return bad("the method is not a token");
    }
    if (out_.target.size() > limits::http_target_bytes_max) {
      return error{errc::uri_too_long, "the target is longer than 2 KiB"};
    }
    if (out_.target.empty() || !std::all_of(out_.target.begin(), out_.target.end(), is_visible)) {
      return bad("the target has characters that do not belong there");
    }
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
      return bad("the version is not HTTP/1.1");
    }
    old_ = version == "HTTP/1.0";
    out_.keep_alive = !old_;
    return {};
  }

  result<void> field(std::string_view line) {
    if (++fields_ > limits::http_fields_max) {
      return error{errc::header_too_large, "more than 64 header fields"};
    }
    auto colon = line.find(':');
    auto name = line.substr(0, colon);
    if (colon == std::string_view::npos || !is_token(name)) {
      return bad("a field is folded or has no proper name");
    }
    auto value = trimmed(line.substr(colon + 1));
    if (!all_in(value_bytes, value)) {
      return bad("a field has characters that do not belong there");
    }
    auto key = lower(name);
    auto single = std::find(single_fields.begin(), single_fields.end(), key);
    if (single != single_fields.end()) {
      auto bit = 1u << (single - single_fields.begin());
      if ((seen_ & bit) != 0) {
        return bad("a field that may come once came twice");
      }
      seen_ |= bit;
    }
    out_.fields.emplace_back(std::move(key), std::string{value});
    return known_field(out_.fields.back().first, value);
  }

  result<void> known_field(const std::string& key, std::string_view value) {
    if (key == "host") {
      host_ = !value.empty() && all_in(host_bytes, value);
    } else if (key == "content-length") {
      std::uint64_t length = 0;
      auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), length);
      if (value.empty() || problem != std::errc{} || end != value.data() + value.size()) {
        return bad("Content-Length is not one number");
      }
      out_.content_length = length;
    } else if (key == "transfer-encoding") {
      transfer_ = lower(value);
    } else if (key == "expect") {
      out_.expects_continue = lower(value) == "100-continue";
      if (!out_.expects_continue) {
        return error{errc::expectation_failed, "only 100-continue can be expected"};
      }
    } else if (key == "content-encoding" && lower(value) != "identity") {
      return error{errc::unsupported_media_type, "send the body without a content coding"};
    } else if (key == "connection") {
      auto options = lower(value);
      out_.keep_alive = options.find("close") != std::string::npos
                          ? false
                          : !old_ || options.find("keep-alive") != std::string::npos;
    }
    return {};
  }

  result<gated_head> framing() {
    if (!host_) {
      return bad("exactly one valid Host is required");
    }
    if (transfer_) {
      if (old_ || out_.content_length) {
        return bad("Transfer-Encoding does not go with Content-Length or HTTP/1.0");
      }
      if (*transfer_ != "chunked") {
        bool ends_chunked = transfer_->ends_with("chunked");
        bool lists = transfer_->find(',') != std::string::npos;
        return ends_chunked && lists
                 ? error{errc::not_implemented, "the only transfer coding here is chunked"}
                 : bad("Transfer-Encoding must be chunked");
      }
      out_.chunked = true;
    }
    if (out_.method == "TRACE" || out_.method == "CONNECT") {
      return error{errc::method_not_allowed, "GET, POST, PATCH, PUT, DELETE"};
    }
    if (!parse_method(out_.method)) {
      return error{errc::not_implemented, "the method is not known here"};
    }
    return std::move(out_);
  }

  std::string_view rest_;
  gated_head out_;
  bool old_ = false;
  bool host_ = false;
  unsigned seen_ = 0;
  std::size_t fields_ = 0;
  std::optional<std::string> transfer_;
};

}  // namespace

std::string_view to_string(method m) {
  switch (m) {
    case method::get: return "GET";
    case method::head: return "HEAD";
    case method::post: return "POST";
    case method::put: return "PUT";
    case method::patch: return "PATCH";
    case method::del: return "DELETE";
    case method::options: return "OPTIONS";
  }
  return "GET";
}

result<gated_head> check_head(std::string_view head) {
  return head_checker{head}.run();
}

std::optional<method> parse_method(std::string_view text) {
  constexpr std::array all{method::get,   method::head, method::post,   method::put,
                           method::patch, method::del,  method::options};
  for (auto m : all) {
    if (to_string(m) == text) {
      return m;
    }
  }
  return std::nullopt;
}

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.'
           || c == '_' || c == '-';
  });
}

}  // namespace bursar::io::http
