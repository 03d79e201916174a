// The header gate: the raw head of a request against RFC 9112, before its body is read and before
// anything is routed. Beast 1.81 lets pass what turns into smuggled requests (odd transfer codings,
// folded lines, several hosts); nothing it would misread gets past this. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "io/http/method.hpp"

namespace bursar::io::http {

struct gated_head {
  std::string_view method;
  std::string_view target;
  bool keep_alive = true;
  bool chunked = false;
  bool expects_continue = false;
  std::optional<std::uint64_t> content_length;
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case, in order
};

// `head` ends with the empty line. Errors close the connection: bad_framing, uri_too_long,
// header_too_large, not_implemented (a transfer coding or method nobody speaks),
// method_not_allowed (TRACE, CONNECT), expectation_failed, unsupported_media_type (a content
// coding). A field that may come once and came twice is bad_framing.
result<gated_head> check_head(std::string_view head);

std::optional<method> parse_method(std::string_view text);

// A caller's X-Request-Id where it is sane: 1 to 128 of A-Z a-z 0-9 . _ -
bool is_request_id(std::string_view text);

}  // namespace bursar::io::http
