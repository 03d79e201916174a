#include "app/instance.hpp"

#include <boost/asio/post.hpp>
#include <sched.h>

#include "app/command.hpp"
#include "base/log.hpp"
#include "io/api/handlers.hpp"

namespace bursar::app {
namespace {

namespace http = io::http;

io::api::api_options api_options_of(const settings& from) {
  io::api::api_options out;
  out.webhook_secrets = from.stripe.webhook_secrets;
  out.signature_tolerance = std::chrono::seconds{from.stripe.tolerance_seconds};
  out.adapter.metadata_keys = from.stripe.metadata_keys;
  out.body_bytes_max = static_cast<std::size_t>(from.http.body_bytes_max);
  out.webhook_body_bytes_max = static_cast<std::size_t>(from.http.webhook_body_bytes_max);
  out.requests_per_second = from.limits.requests_per_second;
  out.requests_burst = from.limits.requests_burst;
  out.webhooks_per_second = from.limits.webhooks_per_second;
  out.failed_credentials_per_10_seconds = from.limits.failed_credentials_per_10_seconds;
  return out;
}

http::server_options server_options_of(const settings& from, const endpoint& where) {
  http::server_options out;
  out.address = where.address;
  out.port = where.port;
  out.head_timeout = std::chrono::seconds{from.http.head_seconds_max};
  out.body_timeout = std::chrono::seconds{from.http.body_seconds_max};
  out.write_timeout = std::chrono::seconds{from.http.write_seconds_max};
  out.idle_timeout = std::chrono::seconds{from.http.idle_seconds_max};
  out.connections_max = static_cast<std::size_t>(from.http.connections_max);
  out.requests_in_flight_max = static_cast<std::size_t>(from.http.requests_in_flight_max);
  out.answers_bytes_max = static_cast<std::size_t>(from.http.answers_bytes_max);
  return out;
}

http::awaitable<http::response> serve_metrics(io::api::api& api, http::server& of,
                                              http::request r) {
  if (r.path != "/metrics") {
    error why{errc::not_found, "the operators' listener serves /metrics"};
    co_return http::problem(why, r.request_id);
  }
  auto c = of.counters();
  std::string more = "# TYPE bursar_http_requests_total counter\nbursar_http_requests_total "
                     + std::to_string(c.requests)
                     + "\n# TYPE bursar_http_connections gauge\nbursar_http_connections "
                     + std::to_string(c.connections)
                     + "\n# TYPE bursar_http_shed_total counter\nbursar_http_shed_total "
                     + std::to_string(c.shed) + "\n";
  http::response out;
  out.content_type = "text/plain; version=0.0.4; charset=utf-8";
  out.body = io::api::metrics_text(api, more);
  co_return out;
}

// Threads that hand work to each other do better when the woken one waits for its turn instead of
// interrupting the one that woke it (sched(7), SCHED_BATCH). Threads made later inherit it. Where
// the system refuses, only speed is lost.
void let_threads_finish() {
  sched_param unused{};
  if (sched_setscheduler(0, SCHED_BATCH, &unused) != 0) {
    log::info("the threads are scheduled as usual", {{"why", "SCHED_BATCH was refused"}});
  }
}

}  // namespace

instance::instance(const settings& from)
  : settings_{from},
    loops_{static_cast<std::size_t>(from.server.io_threads)},
    signals_{loops_.first()} {}

result<std::unique_ptr<instance>> instance::start(const settings& from, bool use_test_clock) {
  let_threads_finish();
  std::unique_ptr<instance> out{new instance{from}};
  if (auto opened = out->open(use_test_clock); !opened) {
    return opened.error();
  }
  if (auto listening = out->listen(); !listening) {
    return listening.error();
  }
  return out;
}

result<void> instance::open(bool use_test_clock) {
  auto journal = persistence::open_rocks_journal(journal_options(settings_));
  if (!journal) {
    return journal.error();
  }
  journal_ = std::move(*journal);
  if (use_test_clock) {
    auto clock
      = std::make_unique<test_clock>(std::filesystem::path{settings_.server.data} / "test-clock");
    settable_ = clock.get();
    clock_ = std::move(clock);
    log::warning("the clock is a test clock: it stands still until PUT /test/clock moves it",
                 {{"now", format_rfc3339(clock_->now())}});
  } else {
    clock_ = std::make_unique<system_wall_clock>();
  }
  auto options = node_options(settings_);
  options.ticks = !use_test_clock;
  options.journal_failed = [this](std::string why) {
    log::error("shutting down: only a restart tells what is durable", {{"why", why}});
    journal_failed_ = true;
    stop();
  };
  auto node = actors::node::start(*journal_, *clock_, std::move(options));
  if (!node) {
    return node.error();
  }
  node_ = std::move(*node);
  auto api = api_options_of(settings_);
  api.test_clock = settable_;
  api_ = std::make_unique<io::api::api>(*node_, *clock_, std::move(api));
  return {};
}

result<void> instance::listen() {
  auto options = server_options_of(settings_, settings_.server.listen);
  if (!settings_.server.tls_certificate.empty()) {
    options.tls
      = http::tls_files{settings_.server.tls_certificate, settings_.server.tls_private_key};
  }
  auto* api = api_.get();
  auto made = http::server::start(
    loops_, options, [api](const http::head_view& head) { return api->admit(head); },
    [api](http::request&& r) { return api->handle(std::move(r)); });
  if (!made) {
    return made.error();
  }
  public_ = std::move(*made);
  auto* counted = public_.get();
  auto admin = http::server::start(
    loops_, server_options_of(settings_, settings_.admin.listen),
    [](const http::head_view&) -> result<http::admission> { return http::admission{0}; },
    [api, counted](http::request&& r) { return serve_metrics(*api, *counted, std::move(r)); });
  if (admin) {
    admin_ = std::move(*admin);
  } else if (settings_.origins.contains("admin.listen")) {
    return admin.error();
  } else {
    // Nobody asked for this address: a second server on the machine serves on without metrics.
    log::warning("no metrics: set admin.listen", {{"why", admin.error().detail()}});
  }
  if (settings_.stripe.webhook_secrets.empty()) {
    log::warning("Stripe's webhooks are answered 404: set STRIPE_WEBHOOK_SECRET");
  }
  log::info("serving", {{"address", settings_.server.listen.address},
                        {"port", port()},
                        {"metrics_port", admin_ ? admin_->port() : 0},
                        {"data", settings_.server.data}});
  return {};
}

std::uint16_t instance::port() const {
  return public_->port();
}

void instance::drain() {
  if (std::exchange(draining_, true)) {
    return;
  }
  constexpr std::chrono::seconds drain_max{10};
  constexpr std::chrono::seconds failed_drain_max{2};
  log::info("draining");
  api_->start_draining();
  public_->drain(journal_failed_ ? failed_drain_max : drain_max, [this] {
    if (admin_) {
      admin_->drain(std::chrono::milliseconds{0}, [this] { loops_.stop(); });
    } else {
      loops_.stop();
    }
  });
}

void instance::stop() {
  boost::asio::post(loops_.first(), [this] { drain(); });
}

int instance::run() {
  signals_.add(SIGTERM);
  signals_.add(SIGINT);
  signals_.async_wait([this](const boost::system::error_code& problem, int) {
    if (!problem) {
      drain();
    }
  });
  loops_.run();
  log::info("stopped");
  return journal_failed_ ? could_not : done;
}

instance::~instance() {
  if (node_) {
    node_->stop();
  }
  // What the actors' last answers posted is dropped with the context, before the node goes.
  public_.reset();
  admin_.reset();
  loops_.stop();
}

}  // namespace bursar::app
