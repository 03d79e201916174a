// A blocking HTTP client for this machine's own server: what `bursar demo` speaks with.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace bursar::app {

using header_fields = std::vector<std::pair<std::string, std::string>>;

struct client_answer {
  unsigned status = 0;
  std::string body;
};

// One keep-alive connection to 127.0.0.1; one client per thread.
class loopback_client {
 public:
  explicit loopback_client(std::uint16_t port);
  ~loopback_client();
  // io_error: no connection, or it broke.
  result<client_answer> request(const std::string& method, const std::string& target,
                                const header_fields& fields, const std::string& body);

 private:
  struct connection;
  std::uint16_t port_;
  std::unique_ptr<connection> connection_;
};

}  // namespace bursar::app
