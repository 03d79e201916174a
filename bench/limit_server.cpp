// What a server costs before it is Bursar. Listens on a loopback port, which it prints.
//   limit_server bare                 Beast reads the request, the answer is 200
//   limit_server minimal DIR SECRET   also verifies Stripe's signature, and answers after a
//                                     RocksDB write with the body is synced, in groups
#include <condition_variable>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <sched.h>

#include "io/stripe/signature.hpp"

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr std::string_view ok
  = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n"
    "{\"received\":true}";

// Writes what came in, everything that waits in one synced batch.
class body_log {
 public:
  explicit body_log(const std::string& directory) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kLZ4Compression;
    rocksdb::DB* db = nullptr;
    if (!rocksdb::DB::Open(options, directory, &db).ok()) {
      std::abort();
    }
    db_.reset(db);
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
  }

  void append(std::string body, std::function<void()> done) {
    std::lock_guard hold{mutex_};
    pending_.push_back({std::move(body), std::move(done)});
    wake_.notify_one();
  }

 private:
  struct entry {
    std::string body;
    std::function<void()> done;
  };

  void run(const std::stop_token& stop) {
    std::vector<entry> group;
    while (!stop.stop_requested()) {
      {
        std::unique_lock hold{mutex_};
        wake_.wait(hold, stop, [this] { return !pending_.empty(); });
        group.swap(pending_);
      }
      rocksdb::WriteBatch batch;
      for (const auto& e : group) {
        auto key = std::to_string(++number_);
        batch.Put(key, e.body);
      }
      rocksdb::WriteOptions synced;
      synced.sync = true;
      if (!db_->Write(synced, &batch).ok()) {
        std::abort();
      }
      for (const auto& e : group) {
        e.done();
      }
      group.clear();
    }
  }

  std::unique_ptr<rocksdb::DB> db_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<entry> pending_;
  std::uint64_t number_ = 0;
  std::jthread thread_;
};

struct shared {
  body_log* to = nullptr;
  bursar::io::stripe::signature_verifier* verifier = nullptr;
};

struct start_append {
  template <class Handler>
  void operator()(Handler handler, body_log* to, std::string body) const {
    auto executor = asio::get_associated_executor(handler);
    auto slot = std::make_shared<Handler>(std::move(handler));
    to->append(std::move(body),
               [executor, slot] { asio::post(executor, [slot] { std::move (*slot)(); }); });
  }
};

asio::awaitable<void> durable(body_log* to, std::string body) {
  co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(
    start_append{}, asio::use_awaitable, to, std::move(body));
}

asio::awaitable<void> serve(tcp::socket socket, shared with) {
  try {
    boost::beast::flat_buffer buffer;
    for (;;) {
      http::request<http::string_body> request;
      co_await http::async_read(socket, buffer, request, asio::use_awaitable);
      if (with.to != nullptr) {
        auto header = request["Stripe-Signature"];
        bursar::system_wall_clock clock;
        if (!with.verifier->verify({header.data(), header.size()}, request.body(), clock.now())) {
          co_return;
        }
        auto writing = durable(with.to, std::move(request.body()));
        co_await std::move(writing);
      }
      co_await asio::async_write(socket, asio::buffer(ok), asio::use_awaitable);
    }
  } catch (const boost::system::system_error&) {
  }
}

asio::awaitable<void> accept(tcp::acceptor& on, shared with) {
  for (;;) {
    auto socket = co_await on.async_accept(asio::use_awaitable);
    socket.set_option(tcp::no_delay{true});
    asio::co_spawn(on.get_executor(), serve(std::move(socket), with), asio::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  sched_param unused{};
  sched_setscheduler(0, SCHED_BATCH, &unused);  // as Bursar is scheduled: it helps here, too
  bool minimal = argc == 4 && std::string_view{argv[1]} == "minimal";
  if (!minimal && !(argc == 2 && std::string_view{argv[1]} == "bare")) {
    std::cerr << "limit_server bare | minimal DIR SECRET\n";
    return 2;
  }
  shared with;
  std::unique_ptr<body_log> to;
  std::unique_ptr<bursar::io::stripe::signature_verifier> verifier;
  if (minimal) {
    to = std::make_unique<body_log>(argv[2]);
    std::vector<bursar::secret<std::string>> secrets;
    secrets.emplace_back(std::string{argv[3]});
    verifier = std::make_unique<bursar::io::stripe::signature_verifier>(secrets,
                                                                        std::chrono::seconds{300});
    with = {to.get(), verifier.get()};
  }
  asio::io_context io{1};
  tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), 0}};
  std::printf("%u\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  asio::co_spawn(io, accept(acceptor, with), asio::detached);
  io.run();
}
