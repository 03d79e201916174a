// One request on its way through the API: what came, who asks, and what the path says.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "actors/node.hpp"
#include "base/error.hpp"
#include "domain/access_key.hpp"
#include "io/http/message.hpp"

namespace bursar::io::api {

// What a caller may, and whose data it sees, as its key says.
bool may(const domain::api_key& who, domain::scope wanted);
bool reaches(const domain::api_key& who, const std::string& organization);

struct call {
  http::request request;
  timestamp at{};  // when it came, by the server's clock and by one that only goes on
  std::chrono::steady_clock::time_point came{};
  std::shared_ptr<const domain::api_key> who;  // of routes that need one; else null
  std::vector<std::pair<std::string_view, std::string>> parameters;  // of the path
  std::int64_t rate_limit = 0;  // what was exceeded; 0: nothing

  // Null: the path has none of that name.
  const std::string* find_parameter(std::string_view name) const {
    for (const auto& [key, value] : parameters) {
      if (key == name) {
        return &value;
      }
    }
    return nullptr;
  }
  const std::string& parameter(std::string_view name) const { return *find_parameter(name); }
};

// -- parts of every handler ---

// The query parameters by name; an unknown or repeated one is invalid_parameter.
result<std::map<std::string, std::string>> query_of(const http::request& r,
                                                    std::initializer_list<std::string_view> known);

// Which part of a list is wanted, from `limit` and `cursor`. Cursors are bound to who asks, the
// route and its filters: anything else is invalid_cursor.
struct wanted_page {
  std::size_t limit = 0;
  std::string after;  // the position a cursor was made for; empty: from the beginning
};
result<wanted_page> page_of(const call& c, const std::map<std::string, std::string>& query,
                            std::string_view filters);
result<wanted_page> page_of(const call& c);  // of a list that takes no other parameter
// Of a list whose positions are numbers, as big_endian() writes them. invalid_cursor: it is none.
struct numbered_page {
  std::size_t limit = 0;
  std::uint64_t after = 0;
};
result<numbered_page> numbered(const result<wanted_page>& page);
std::string make_cursor(const call& c, std::string_view filters, std::string_view position);

// idempotency_key_missing where it is absent; invalid_parameter where it is not sane.
result<actors::idempotency> idempotency_of(const call& c);
// If-Match: "<sequence>".
result<std::optional<std::uint64_t>> if_match_of(const http::request& r);
actors::caller caller_of(const call& c);

http::response json(std::string body, unsigned status = 200);
// ETag, 304, Idempotent-Replayed and problems.
http::response answer(const call& c, actors::outcome what);
http::response refuse(const call& c, const error& why);

}  // namespace bursar::io::api
