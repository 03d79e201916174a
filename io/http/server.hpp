// The HTTP/1.1 server: Beast on C++20 coroutines, TLS 1.3 where a certificate is configured.
// Owner: main. start() once; drain() from any thread; the loops must outlive it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/limits.hpp"
#include "io/http/loops.hpp"
#include "io/http/message.hpp"

namespace bursar::io::http {

struct tls_files {
  std::string certificate_chain;  // PEM
  std::string private_key;        // PEM
};

// Whether a server could use them: io_error names the file and what is wrong with it.
result<void> check_tls(const tls_files& files);

struct server_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one, port() tells
  std::optional<tls_files> tls;
  std::chrono::milliseconds head_timeout{limits::http_head_seconds_max * 1000};
  std::chrono::milliseconds body_timeout{limits::http_body_seconds_max * 1000};
  std::chrono::milliseconds write_timeout{limits::http_write_seconds_max * 1000};
  std::chrono::milliseconds idle_timeout{limits::http_idle_seconds_max * 1000};
  std::size_t connections_max = limits::http_connections_max;
  std::size_t requests_in_flight_max = 4096;  // beyond: 503 overloaded with Retry-After
  std::size_t answers_bytes_max = limits::http_answers_bytes_max;
};

struct server_counters {  // since start; read from any thread
  std::uint64_t requests = 0;
  std::uint64_t connections = 0;  // open now
  std::uint64_t in_flight = 0;    // requests being handled now
  std::uint64_t shed = 0;         // answered 503 because of a limit
};

class server {
 public:
  // io_error: the address is taken or the certificate cannot be used.
  static result<std::unique_ptr<server>> start(loops& on, server_options options, admit admission,
                                               handler handle);
  virtual ~server() = default;
  virtual std::uint16_t port() const = 0;
  virtual server_counters counters() const = 0;
  // Stops accepting, closes idle connections, lets requests in flight finish (their answers carry
  // Connection: close); at the deadline closes what is left. `done` is called on the first loop.
  virtual void drain(std::chrono::milliseconds deadline, std::function<void()> done) = 0;
};

}  // namespace bursar::io::http
