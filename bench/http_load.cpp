// Load on a loopback port. All requests are made, and signed, before the clock starts. Prints one
// line of JSON.
//   http_load KIND PORT REQUESTS CONNECTIONS ORGANIZATIONS FIRST KEY TEMPLATE [RATE]
// KIND: webhook, create, patch, subscribe, grant, consume, access, or usage: a batch of 1,000.
// KEY: the webhook secret, or the API key. TEMPLATE: a file with one Stripe event (webhook).
// Without RATE a connection sends its next request when the answer is there. With it so many are
// due each second, and a request's time begins when it was due, whether or not it could be sent.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <sched.h>

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using steady = std::chrono::steady_clock;

struct plan {
  std::string kind, key, event;
  std::uint16_t port = 0;
  std::size_t requests = 0, connections = 0, organizations = 0, first = 0, rate = 0;
};

std::string organization_of(const plan& p, std::size_t number) {
  return "org_bench" + std::to_string(100'000 + number % p.organizations);
}

void replace_all(std::string& in, const std::string& from, const std::string& to) {
  for (auto at = in.find(from); at != std::string::npos; at = in.find(from, at + to.size())) {
    in.replace(at, from.size(), to);
  }
}

std::string request_of(const std::string& verb, const std::string& target,
                       const std::string& fields, const std::string& body) {
  return verb + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
         + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string webhook(const plan& p, bursar::hmac_sha256& mac, std::size_t number) {
  auto body = p.event;
  auto digits = std::to_string(1'000'000'000 + number);
  replace_all(body, "@event@", "evt_3wJi3wKu8sPLmT" + digits);
  replace_all(body, "@charge@", "ch_3wJi3wKu8sPLmT" + digits);
  replace_all(body, "@intent@", "pi_3wJi3wKu8sPLmT" + digits);
  replace_all(body, "@customer@",
              "cus_0usU" + std::to_string(1'000'000 + number % p.organizations));
  replace_all(body, "@organization@", organization_of(p, number));
  auto time = std::to_string(std::time(nullptr));
  auto signature = bursar::to_hex(mac.sign(time, ".", body));
  return request_of("POST", "/webhooks/stripe",
                    "Stripe-Signature: t=" + time + ",v1=" + signature + "\r\n", body);
}

std::string usage_batch(std::size_t number) {
  constexpr std::size_t events = 1'000;
  std::string out = R"({"events":[)";
  for (std::size_t i = 0; i < events; ++i) {
    out += i == 0 ? "" : ",";
    out += R"({"id":"call-)" + std::to_string(1'000'000'000 + number * events + i)
           + R"(","metric":"api_calls","quantity":)" + std::to_string(1 + i % 7) + "}";
  }
  return out + "]}";
}

std::string command(const plan& p, std::size_t number) {
  auto fields = "Authorization: Bearer " + p.key + "\r\nIdempotency-Key: bench-" + p.kind + "-"
                + std::to_string(number) + "\r\n";
  auto id = organization_of(p, number);
  auto path = "/api/v1/organizations/" + id;
  if (p.kind == "create") {
    return request_of("POST", "/api/v1/organizations", fields,
                      R"({"id":")" + id + R"(","name":"Bench )" + std::to_string(number) + "\"}");
  }
  if (p.kind == "subscribe") {
    return request_of("POST", path + "/subscription", fields, R"({"plan_id":"bench"})");
  }
  if (p.kind == "grant") {
    return request_of("POST", path + "/credits/grant", fields, R"({"amount":1000000000})");
  }
  if (p.kind == "consume") {
    return request_of("POST", path + "/credits/consume", fields, R"({"amount":1})");
  }
  if (p.kind == "access") {
    return "GET " + path + "/access HTTP/1.1\r\nHost: 127.0.0.1\r\n" + fields + "\r\n";
  }
  if (p.kind == "usage") {
    return request_of("POST", path + "/usage", fields, usage_batch(number));
  }
  return request_of("PATCH", path, fields, R"({"name":"Bench )" + std::to_string(number) + "\"}");
}

struct tally {
  steady::time_point start;
  std::size_t next = 0;
  std::vector<std::uint32_t> micros;
  std::map<int, std::size_t> statuses;
};

class client {
 public:
  client(asio::io_context& io, const std::vector<std::string>& requests, tally& count,
         const plan& p)
    : socket_{io}, timer_{io}, requests_{requests}, tally_{count}, rate_{p.rate} {
    socket_.connect({asio::ip::address_v4::loopback(), p.port});
    socket_.set_option(asio::ip::tcp::no_delay{true});
  }

  void next() {
    if (tally_.next == requests_.size()) {
      return;
    }
    auto number = tally_.next++;
    if (rate_ == 0) {
      sent_ = steady::now();
      send(requests_[number]);
      return;
    }
    sent_ = tally_.start + std::chrono::nanoseconds{number * 1'000'000'000 / rate_};
    timer_.expires_at(sent_);
    timer_.async_wait([this, number](error_code) { send(requests_[number]); });
  }

 private:
  void send(const std::string& text) {
    have_ = 0;
    asio::async_write(socket_, asio::buffer(text), [this](error_code problem, std::size_t) {
      check(problem);
      read();
    });
  }

  static void check(error_code problem) {
    if (problem) {
      std::cerr << "connection: " << problem.message() << '\n';
      std::exit(1);
    }
  }

  void read() {
    socket_.async_read_some(asio::buffer(in_.data() + have_, in_.size() - have_),
                            [this](error_code problem, std::size_t size) {
                              check(problem);
                              have_ += size;
                              complete() ? answered() : read();
                            });
  }

  bool complete() const {
    std::string_view text{in_.data(), have_};
    auto end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) {
      return false;
    }
    auto at = text.find("Content-Length: ");
    std::size_t length = at < end ? std::strtoul(in_.data() + at + 16, nullptr, 10) : 0;
    return have_ >= end + 4 + length;
  }

  void answered() {
    ++tally_.statuses[std::atoi(in_.data() + 9)];
    auto took = std::chrono::duration_cast<std::chrono::microseconds>(steady::now() - sent_);
    tally_.micros.push_back(static_cast<std::uint32_t>(took.count()));
    next();
  }

  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_;
  const std::vector<std::string>& requests_;
  tally& tally_;
  std::size_t rate_;
  steady::time_point sent_;
  std::array<char, 16384> in_{};
  std::size_t have_ = 0;
};

std::vector<std::string> requests_of(const plan& p) {
  bursar::hmac_sha256 mac{p.key};
  std::vector<std::string> out;
  out.reserve(p.requests);
  for (std::size_t i = 0; i < p.requests; ++i) {
    out.push_back(p.kind == "webhook" ? webhook(p, mac, p.first + i) : command(p, p.first + i));
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 9) {
    std::cerr << "http_load KIND PORT REQUESTS CONNECTIONS ORGANIZATIONS FIRST KEY TEMPLATE"
                 " [RATE]\n";
    return 2;
  }
  // It shares the cores with what it measures, and must not interrupt that at every answer.
  sched_param unused{};
  sched_setscheduler(0, SCHED_BATCH, &unused);
  auto number = [argv](int i) { return std::strtoul(argv[i], nullptr, 10); };
  plan p{argv[1],
         argv[7],
         {},
         static_cast<std::uint16_t>(number(2)),
         number(3),
         number(4),
         number(5),
         number(6),
         argc > 9 ? number(9) : 0};
  std::ifstream file{argv[8]};
  std::getline(file, p.event);
  auto requests = requests_of(p);
  tally count;
  count.micros.reserve(requests.size());
  asio::io_context io{1};
  std::vector<std::unique_ptr<client>> clients;
  for (std::size_t i = 0; i < p.connections; ++i) {
    clients.push_back(std::make_unique<client>(io, requests, count, p));
  }
  auto start = count.start = steady::now();
  for (auto& c : clients) {
    c->next();
  }
  io.run();
  std::chrono::duration<double> took = steady::now() - start;
  std::sort(count.micros.begin(), count.micros.end());
  auto at = [&count](double q) {
    auto last = static_cast<double>(count.micros.size() - 1);
    return count.micros.at(static_cast<std::size_t>(q * last));
  };
  std::printf(R"({"requests":%zu,"bytes":%zu,"seconds":%.4f,"per_second":%.1f,"p50_us":%u,)"
              R"("p99_us":%u,"statuses":{)",
              requests.size(), requests.front().size(), took.count(),
              static_cast<double>(requests.size()) / took.count(), at(0.5), at(0.99));
  const char* comma = "";
  for (auto [status, times] : count.statuses) {
    std::printf("%s\"%d\":%zu", comma, status, times);
    comma = ",";
  }
  std::printf("}}\n");
  return 0;
}
