// What a route sees of HTTP: no Beast, no sockets. A request is complete and within its limits
// when a handler gets it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/error.hpp"
#include "io/http/method.hpp"

namespace bursar::io::http {

// Coroutines and sockets name the executor they live on: a type-erased one costs at every step.
using executor = boost::asio::io_context::executor_type;
template <class T>
using awaitable = boost::asio::awaitable<T, executor>;
inline constexpr boost::asio::use_awaitable_t<executor> use_awaitable{};
using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor>;

struct request {
  method verb{};
  std::string target;  // as received
  std::string path;    // percent-decoded once, no dot segments, starts with '/'
  std::vector<std::pair<std::string, std::string>> query;   // decoded, in order
  std::vector<std::pair<std::string, std::string>> fields;  // names in lower case, in order
  std::string body;
  std::string request_id;    // given by the caller or made
  std::string peer_address;  // without the port
  std::size_t route = 0;     // as its admission says

  // The only field of that (lower-case) name; none if absent. A second one of the same name is
  // refused by the gate for every field that may come once.
  std::optional<std::string_view> field(std::string_view name) const;
};

struct response {
  unsigned status = 200;
  std::string_view content_type = "application/json";  // a literal
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields;  // more header fields
  bool close = false;                                       // close the connection after it
};

// RFC 9457 problem details for an error; Retry-After is added to 429 and 503.
response problem(const error& what, std::string_view request_id);

// The head of an answer as it goes over the wire, up to and with its empty line.
std::string head_text(const response& r, std::string_view request_id, bool keep_alive);

// Answers every request; runs on the connection's executor and must not block it. What it throws
// becomes a 500 and a log line.
using handler = std::function<awaitable<response>(request&&)>;

// Asked once the head of a request is read, before its body: how large the body may be, or why it
// is refused at once (404, 405, 415 …).
struct admission {
  std::size_t body_bytes_max = 0;
  std::size_t route = 0;  // whatever the handler is to know of what was found
};
struct head_view {
  method verb{};
  std::string_view path;  // decoded as in request
  std::optional<std::string_view> content_type;
};
using admit = std::function<result<admission>(const head_view&)>;

}  // namespace bursar::io::http
