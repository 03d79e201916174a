#include "io/http/server.hpp"

#include <mutex>
#include <set>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"
#include "io/http/session.hpp"

namespace bursar::io::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
constexpr auto as_value = asio::as_tuple(use_awaitable);
constexpr std::chrono::milliseconds deadlines_looked_at_every{250};

error cannot(const std::string& what, const error_code& why) {
  return {errc::io_error, what + ": " + why.message()};
}

// TLS 1.3 and nothing else.
result<std::unique_ptr<asio::ssl::context>> tls_context(const tls_files& files) {
  auto out = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  error_code problem;
  out->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1
                     | asio::ssl::context::no_tlsv1_1 | asio::ssl::context::no_tlsv1_2,
                   problem);
  SSL_CTX_set_min_proto_version(out->native_handle(), TLS1_3_VERSION);
  out->use_certificate_chain_file(files.certificate_chain, problem);
  if (problem) {
    return cannot("cannot use the certificate " + files.certificate_chain, problem);
  }
  out->use_private_key_file(files.private_key, asio::ssl::context::pem, problem);
  if (problem) {
    return cannot("cannot use the private key " + files.private_key, problem);
  }
  return out;
}

class listening final : public server, public std::enable_shared_from_this<listening> {
 public:
  listening(loops& on, server_options options, admit admission, handler handle)
    : loops_{on},
      context_{on.first()},
      acceptor_{context_},
      drain_timer_{context_},
      deadline_timer_{context_},
      core_{std::make_shared<server_core>()} {
    core_->options = std::move(options);
    core_->admission = std::move(admission);
    core_->handle = std::move(handle);
  }

  result<void> open() {
    if (core_->options.tls) {
      auto made = tls_context(*core_->options.tls);
      if (!made) {
        return made.error();
      }
      tls_ = std::move(*made);
    }
    error_code problem;
    auto address = asio::ip::make_address(core_->options.address, problem);
    tcp::endpoint where{address, core_->options.port};
    auto name = core_->options.address + ":" + std::to_string(core_->options.port);
    if (problem) {
      return cannot("not an address: " + name, problem);
    }
    acceptor_.open(where.protocol(), problem);
    acceptor_.set_option(asio::socket_base::reuse_address{true}, problem);
    acceptor_.bind(where, problem);
    if (problem) {
      return cannot("cannot listen on " + name, problem);
    }
    acceptor_.listen(asio::socket_base::max_listen_connections, problem);
    if (problem) {
      return cannot("cannot listen on " + name, problem);
    }
    port_ = acceptor_.local_endpoint().port();
    asio::co_spawn(context_, accept_all(shared_from_this()),
                   [](std::exception_ptr problem_of_loop) {
                     if (problem_of_loop) {
                       log::error("the accept loop ended");
                     }
                   });
    watch_deadlines();
    return {};
  }

  std::uint16_t port() const override { return port_; }

  server_counters counters() const override {
    return {core_->requests, core_->connections, core_->in_flight, core_->shed};
  }

  void drain(std::chrono::milliseconds deadline, std::function<void()> done) override {
    asio::post(context_, [self = shared_from_this(), deadline, done = std::move(done)]() mutable {
      self->begin_drain(deadline, std::move(done));
    });
  }

 private:
  static awaitable<void> accept_all(std::shared_ptr<listening> self) {
    for (;;) {
      auto accepting = self->acceptor_.async_accept(self->loops_.next(), as_value);
      auto [problem, socket] = co_await std::move(accepting);
      if (problem == asio::error::operation_aborted || self->core_->draining) {
        co_return;
      }
      if (problem) {
        log::warning("cannot accept", {{"why", problem.message()}});
        self->drain_timer_.expires_after(std::chrono::milliseconds{50});
        auto pausing = self->drain_timer_.async_wait(as_value);
        co_await std::move(pausing);
        continue;
      }
      self->take(std::move(socket));
    }
  }

  void take(tcp_socket socket) {
    if (core_->connections >= core_->options.connections_max) {
      ++core_->shed;
      refuse(std::move(socket));
      return;
    }
    auto on = std::make_shared<connection>(std::move(socket));
    ++core_->connections;
    {
      std::lock_guard lock{mutex_};
      open_.insert(on);
    }
    auto executor = on->socket.get_executor();
    asio::co_spawn(executor, serve(core_, on, tls_.get()),
                   [self = shared_from_this(), on](std::exception_ptr problem) {
                     if (problem) {
                       log::error("a connection ended with an exception");
                     }
                     self->forget(on);
                   });
  }

  // One short answer, as far as the socket takes it at once: nobody waits for a client to read it.
  void refuse(tcp_socket socket) {
    if (tls_) {
      return;
    }
    static const std::string text
      = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
        "Connection: close\r\n\r\n";
    error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(asio::buffer(text), ignored);
  }

  void forget(const std::shared_ptr<connection>& on) {
    bool last = false;
    {
      std::lock_guard lock{mutex_};
      open_.erase(on);
      last = open_.empty();
    }
    --core_->connections;
    if (core_->draining && last) {
      asio::post(context_, [self = shared_from_this()] { self->end_drain(); });
    }
  }

  // Cancelled when draining ends; until then it outlives no connection.
  void watch_deadlines() {
    deadline_timer_.expires_after(deadlines_looked_at_every);
    deadline_timer_.async_wait([self = weak_from_this()](const error_code& problem) {
      if (auto here = self.lock(); here && !problem) {
        here->cancel_the_late();
        here->watch_deadlines();
      }
    });
  }

  void cancel_the_late() {
    auto now = connection::steady::now();
    std::lock_guard lock{mutex_};
    for (const auto& on : open_) {
      if (on->late(now)) {
        asio::post(on->socket.get_executor(), [on] { on->cancel_if_late(); });
      }
    }
  }

  void begin_drain(std::chrono::milliseconds deadline, std::function<void()> done) {
    core_->draining = true;
    drained_ = std::move(done);
    error_code ignored;
    acceptor_.close(ignored);
    bool none = false;
    {
      std::lock_guard lock{mutex_};
      none = open_.empty();
      for (const auto& on : open_) {
        asio::post(on->socket.get_executor(), [on] {
          if (on->idle) {
            on->cancel();
          }
        });
      }
    }
    if (none) {
      end_drain();
      return;
    }
    drain_timer_.expires_after(deadline);
    drain_timer_.async_wait([self = shared_from_this()](const error_code& problem) {
      if (!problem) {
        self->close_all();
      }
    });
  }

  void close_all() {
    std::lock_guard lock{mutex_};
    for (const auto& on : open_) {
      asio::post(on->socket.get_executor(), [on] {
        error_code ignored;
        on->socket.close(ignored);
      });
    }
    asio::post(context_, [self = shared_from_this()] { self->end_drain(); });
  }

  void end_drain() {
    drain_timer_.cancel();
    deadline_timer_.cancel();
    if (auto done = std::exchange(drained_, nullptr)) {
      done();
    }
  }

  loops& loops_;
  asio::io_context& context_;
  asio::basic_socket_acceptor<tcp, executor> acceptor_;
  asio::steady_timer drain_timer_, deadline_timer_;
  std::shared_ptr<server_core> core_;
  std::unique_ptr<asio::ssl::context> tls_;
  std::uint16_t port_ = 0;
  std::function<void()> drained_;
  std::mutex mutex_;
  std::set<std::shared_ptr<connection>> open_;
};

// What the owner holds; the loop and its sessions hold the rest until they end.
class handle_of_server final : public server {
 public:
  explicit handle_of_server(std::shared_ptr<listening> of) : of_{std::move(of)} {}
  ~handle_of_server() override {
    of_->drain(std::chrono::milliseconds{0}, [] {});
  }
  std::uint16_t port() const override { return of_->port(); }
  server_counters counters() const override { return of_->counters(); }
  void drain(std::chrono::milliseconds deadline, std::function<void()> done) override {
    of_->drain(deadline, std::move(done));
  }

 private:
  std::shared_ptr<listening> of_;
};

}  // namespace

result<void> check_tls(const tls_files& files) {
  auto made = tls_context(files);
  return made ? result<void>{} : made.error();
}

result<std::unique_ptr<server>> server::start(loops& on, server_options options, admit admission,
                                              handler handle) {
  auto made
    = std::make_shared<listening>(on, std::move(options), std::move(admission), std::move(handle));
  if (auto opened = made->open(); !opened) {
    return opened.error();
  }
  return std::unique_ptr<server>{new handle_of_server{std::move(made)}};
}

}  // namespace bursar::io::http
