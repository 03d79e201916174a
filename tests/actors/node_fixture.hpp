// A node on a steered journal and a clock that stands still, and short ways to ask it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "actors/node.hpp"
#include "schemas/event_codec.hpp"
#include "schemas/records.hpp"
#include "tests/actors/steered_journal.hpp"
#include "tests/support/catch.hpp"

namespace bursar::actors::testing {

using namespace std::chrono_literals;
// Long enough for a busy machine; nothing that works needs it.
inline constexpr auto patience = 30s;

// Waits for what another thread makes true.
template <class Predicate>
bool eventually(Predicate holds) {
  std::mutex mutex;
  std::condition_variable nobody;
  std::unique_lock lock{mutex};
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) {
      return false;
    }
    nobody.wait_for(lock, 1ms);
  }
  return true;
}

class standing_clock final : public wall_clock {
 public:
  timestamp now() const override { return timestamp{std::chrono::microseconds{now_.load()}}; }
  void advance(std::chrono::microseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_{1'700'000'000'000'000};
};

// An answer that may not have come yet.
class pending {
 public:
  explicit pending(std::future<outcome> from) : from_{std::move(from)} {}
  bool answered() const { return from_.wait_for(0s) == std::future_status::ready; }
  outcome get() {
    if (from_.wait_for(patience) != std::future_status::ready) {
      throw std::runtime_error{"a request was never answered"};
    }
    return from_.get();
  }

 private:
  std::future<outcome> from_;
};

// The way back of a request, and where its answer will be. A second answer throws.
inline std::pair<reply_to, pending> way_back() {
  auto promise = std::make_shared<std::promise<outcome>>();
  auto future = promise->get_future();
  reply_to reply{[promise](outcome what) { promise->set_value(std::move(what)); }};
  return {std::move(reply), pending{std::move(future)}};
}

// Throws from the probe, that is from inside an organization's actor.
class failing_probe {
 public:
  // The next `times` requests of the stream end their organization, `after` so many that do not.
  void fail(const std::string& stream, unsigned times, unsigned after = 0) {
    std::lock_guard lock{mutex_};
    left_[stream] = times;
    before_[stream] = after;
  }
  unsigned handled(const std::string& stream) const {
    std::lock_guard lock{mutex_};
    auto found = handled_.find(stream);
    return found == handled_.end() ? 0 : found->second;
  }
  void operator()(const std::string& stream) {
    std::lock_guard lock{mutex_};
    ++handled_[stream];
    if (before_[stream] > 0) {
      --before_[stream];
    } else if (left_[stream] > 0) {
      --left_[stream];
      throw std::runtime_error{"the test wants this to fail"};
    }
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, unsigned> left_, before_, handled_;
};

struct node_fixture {
  steered_journal journal;
  standing_clock clock;
  failing_probe probe;
  std::atomic<unsigned> journal_failures{0};
  std::unique_ptr<actors::node> node;

  explicit node_fixture(node_options options = {}) { start(std::move(options)); }
  ~node_fixture() {
    journal.let_go();
    journal.let_reader_go();
  }

  void start(node_options options = {}) {
    options.worker_threads = 2;
    options.ticks = false;
    options.billing.due_after = std::chrono::days{365};  // nobody is late
    options.probe = [this](const std::string& stream) { probe(stream); };
    options.journal_failed = [this](std::string) { ++journal_failures; };
    auto started = actors::node::start(journal, clock, std::move(options));
    REQUIRE(started.has_value());
    node = std::move(*started);
  }
  void restart(node_options options = {}) {
    node.reset();
    start(std::move(options));
  }

  // -- asking ---

  // Moves the clock and waits until what is due by then has fired.
  void advance(std::chrono::microseconds by) {
    clock.advance(by);
    auto [reply, moved] = way_back();
    node->clock_moved(std::move(reply));
    moved.get();
  }

  pending send(std::shared_ptr<organization_request> r) {
    auto [reply, answer] = way_back();
    r->reply = std::move(reply);
    node->ask(std::move(r));
    return std::move(answer);
  }
  pending view(const std::string& stream, schemas::view what = schemas::view::state) {
    auto r = std::make_shared<organization_request>();
    r->stream = stream;
    r->command = what;
    return send(std::move(r));
  }
  pending command(const std::string& stream, domain::command wanted, const std::string& key = {},
                  const std::string& request_sha256 = "same",
                  std::optional<std::uint64_t> if_match = {}) {
    auto r = std::make_shared<organization_request>();
    r->stream = stream;
    r->command = std::move(wanted);
    r->caller = {{schemas::actor_kind::api_key, "key_test"}, "req_test"};
    if (!key.empty()) {
      r->idempotency = idempotency{key, request_sha256};
    }
    r->if_match = if_match;
    return send(std::move(r));
  }
  pending create(const std::string& stream, std::set<std::string> customers = {},
                 const std::string& key = {}) {
    domain::create_organization wanted;
    wanted.id = stream;
    wanted.name = "Name of " + stream;
    wanted.stripe_customer_ids = std::move(customers);
    return command(stream, std::move(wanted), key);
  }
  pending rename(const std::string& stream, const std::string& name, const std::string& key = {},
                 const std::string& request_sha256 = "same",
                 std::optional<std::uint64_t> if_match = {}) {
    domain::update_organization wanted;
    wanted.name = name;
    return command(stream, std::move(wanted), key, request_sha256, if_match);
  }
  pending deliver(domain::stripe::event event) {
    auto [reply, answer] = way_back();
    auto body = "{\"id\":\"" + event.id + "\"}";
    node->deliver(std::move(event), std::move(body), "req_webhook", std::move(reply));
    return std::move(answer);
  }

  // A person replays a dead letter whose bytes say this now.
  pending replay(domain::stripe::event event) {
    auto r = std::make_shared<basic_request<domain::inbox_command>>();
    r->command = domain::replay_webhook{event.id, event};
    auto [reply, answer] = way_back();
    r->reply = std::move(reply);
    node->ask(std::move(r));
    return std::move(answer);
  }
  pending publish(domain::credit_product product) {
    auto r = std::make_shared<basic_request<domain::catalog_command>>();
    r->command = domain::put_credit_product{std::move(product)};
    auto [reply, answer] = way_back();
    r->reply = std::move(reply);
    node->ask(std::move(r));
    return std::move(answer);
  }
  // The bytes of an event that may follow.
  std::string some_event(const std::string& stream, std::uint64_t sequence) const {
    domain::organization_updated renamed;
    renamed.name = "Late";
    schemas::envelope about;
    about.stream = stream;
    about.sequence = sequence;
    about.recorded_at = clock.now();
    return schemas::encode_event(about, domain::event{renamed});
  }

  // -- looking ---

  std::uint64_t events_of(const std::string& stream) const {
    return journal.head(stream).value().value_or(persistence::stream_head{}).sequence;
  }
  counters& counts() { return node->shared().counts; }
  bool all_asleep() {
    return eventually([this] { return counts().organizations_awake == 0; });
  }
  std::optional<schemas::inbox_row> inbox_row(const std::string& event_id) const {
    auto stored = journal.get(persistence::column::inbox, std::string{"stripe"} + '\0' + event_id);
    if (!stored || !*stored) {
      return std::nullopt;
    }
    return schemas::decode_record<schemas::inbox_row>(**stored).value();
  }
};

// A Stripe event about a customer, as the adapter makes it.
inline domain::stripe::event customer_event(const std::string& id, const std::string& customer,
                                            const std::string& organization = {}) {
  domain::stripe::event out;
  out.id = id;
  out.type = "customer.updated";
  out.created = 1'700'000'000;
  out.livemode = true;
  out.found.customer = customer;
  out.found.related = {customer};
  if (!organization.empty()) {
    out.found.organizations = {organization};
  }
  domain::stripe::customer seen;
  seen.email = id + "@example.com";
  out.seen = domain::stripe::observation{customer, seen, {}};
  return out;
}

inline bool failed_with(const outcome& what, errc code) {
  return what.problem && what.problem->code() == code;
}

}  // namespace bursar::actors::testing
