#include "app/loopback_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace bursar::app {
namespace {
namespace http = boost::beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;
}  // namespace

struct loopback_client::connection {
  boost::asio::io_context context;
  tcp::socket socket{context};
  boost::beast::flat_buffer buffer;
};

loopback_client::loopback_client(std::uint16_t port) : port_{port} {}
loopback_client::~loopback_client() = default;

result<client_answer> loopback_client::request(const std::string& method, const std::string& target,
                                               const header_fields& fields,
                                               const std::string& body) {
  error_code problem;
  if (!connection_) {
    connection_ = std::make_unique<connection>();
    connection_->socket.connect({boost::asio::ip::address_v4::loopback(), port_}, problem);
    if (problem) {
      connection_.reset();
      return error{errc::io_error, "cannot reach the server: " + problem.message()};
    }
  }
  http::request<http::string_body> sent;
  sent.version(11);
  sent.method_string(method);
  sent.target(target);
  sent.set(http::field::host, "127.0.0.1");
  for (const auto& [name, value] : fields) {
    sent.set(name, value);
  }
  sent.body() = body;
  sent.prepare_payload();
  http::write(connection_->socket, sent, problem);
  http::response<http::string_body> came;
  if (!problem) {
    http::read(connection_->socket, connection_->buffer, came, problem);
  }
  if (problem) {
    connection_.reset();
    return error{errc::io_error, "the server did not answer: " + problem.message()};
  }
  if (!came.keep_alive()) {
    connection_.reset();
  }
  return client_answer{came.result_int(), std::move(came.body())};
}

}  // namespace bursar::app
