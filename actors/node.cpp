#include "actors/node.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/charging.hpp"
#include "actors/event_log.hpp"
#include "actors/numbering.hpp"
#include "actors/shard.hpp"
#include "actors/singletons.hpp"
#include "actors/taxing.hpp"
#include "actors/timers.hpp"
#include "actors/transferring.hpp"
#include "actors/webhook_router.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"

namespace bursar::actors {

namespace {

constexpr std::size_t readers = 2;  // one for each extent
constexpr std::size_t routers = 4;

// Whoever asked hears of what is thrown from the work itself; the reader lives on.
reader_actor::behavior_type reader(reader_actor::pointer, std::atomic<std::size_t>* waiting) {
  return {[waiting](read_atom, const reading& work) {
    try {
      (*work)();
    } catch (const std::exception& problem) {
      log::error("a reading failed", {{"what", problem.what()}});
    }
    --*waiting;
  }};
}

caf::actor_system_config configured(const node_options& options) {
  caf::actor_system_config out;
  auto cores = std::max<std::size_t>(2, std::thread::hardware_concurrency());
  out.set("scheduler.max-threads",
          options.worker_threads == 0 ? cores - 1 : options.worker_threads);
  out.set("scheduler.policy", caf::atom("sharing"));
  out.set("scheduler.max-throughput", std::size_t{50});
  return out;
}

class caf_node final : public node {
 public:
  caf_node(persistence::journal& journal, const wall_clock& clock, const node_options& options)
    : config_{configured(options)},
      system_{config_},
      routes_parked_{options.routes_parked},
      ticks_{options.ticks} {
    shared_.journal = &journal;
    shared_.clock = &clock;
    shared_.stripe = options.stripe;
    shared_.billing.seller = options.billing.seller;
    shared_.billing.draft_for = options.billing.draft_for;
    shared_.billing.due_after = options.billing.due_after;
    shared_.credits = options.credits;
    shared_.invoice_number_prefix = options.billing.invoice_number_prefix;
    shared_.billing.new_invoice_id = [this, &clock] { return ids_.next("in_", clock.now()); };
    shared_.parked_retry_delays = options.parked_retry_delays;
    shared_.snapshot_interval_events = options.snapshot_interval_events;
    shared_.passivate_after = options.passivate_after;
    gateway_ = options.gateway;
    shared_.billing.has_gateway = gateway_ != nullptr;
    tax_provider_ = options.taxes;
    shared_.tax_answer_wait = options.tax_answer_wait;
    shared_.probe = options.probe;
    shared_.journal_failed = options.journal_failed;
    for (std::uint32_t i = 0; i < limits::shard_count; ++i) {
      auto held = journal.open(i);
      BURSAR_ASSERT(held.has_value(), "the journal refuses a shard");
      shared_.leases.push_back(*held);
    }
    shared_.singleton_replayed = [this](const std::string&, std::optional<error> problem) {
      std::lock_guard lock{replay_mutex_};
      ++replayed_;
      replay_problem_ = replay_problem_ ? replay_problem_ : std::move(problem);
      replay_changed_.notify_all();
    };
    spawn_all();
  }

  ~caf_node() override { stop(); }

  void ask(organization_request_ptr r) override {
    auto& target = shards_[shard_of(r->stream)];
    caf::anon_send(target, handle_atom::value, std::move(r));
  }
  void ask(catalog_request_ptr r) override {
    r->stream = catalog_stream;
    caf::anon_send(catalog_, handle_atom::value, std::move(r));
  }
  void ask(access_request_ptr r) override {
    r->stream = access_stream;
    caf::anon_send(access_, handle_atom::value, std::move(r));
  }
  void ask(inbox_request_ptr r) override {
    r->stream = inbox_stream;
    caf::anon_send(inbox_, handle_atom::value, std::move(r));
  }
  void deliver(domain::stripe::event event, std::string body, std::string correlation_id,
               reply_to reply) override {
    auto delivery = std::make_shared<webhook_delivery>();
    delivery->event = std::move(event);
    delivery->body = std::move(body);
    delivery->correlation_id = std::move(correlation_id);
    delivery->reply = std::move(reply);
    if (!route_at_once(shared_, targets_, delivery)) {
      send_to_router(std::move(delivery));
    }
  }
  bool read(extent what, std::function<void()> work) override {
    auto at = static_cast<std::size_t>(what);
    if (readings_[at].fetch_add(1) >= limits::readings_waiting_max) {
      --readings_[at];
      return false;
    }
    auto& target = readers_[at];
    caf::anon_send(target, read_atom::value,
                   std::make_shared<std::function<void()>>(std::move(work)));
    return true;
  }
  void clock_moved(reply_to done) override {
    look(transferring_, [this, last = std::make_shared<reply_to>(std::move(done))](const outcome&) {
      settle(last);
    });
  }
  services& shared() override { return shared_; }
  // Waits for the singletons; the first problem, or none.
  std::optional<error> wait_replayed() {
    constexpr int singletons = 4;
    std::unique_lock lock{replay_mutex_};
    replay_changed_.wait(lock, [this] { return replayed_ >= singletons; });
    return replay_problem_;
  }
  // Once all is replayed: what is due is judged by the catalog.
  void begin() {
    caf::anon_send(inbox_, resume_atom::value);
    if (routes_parked_) {
      caf::anon_send(timers_, due_atom::value);  // numbers wait for them
      caf::anon_send(transferring_, due_atom::value);
    }
    if (ticks_) {
      ticker_ = std::jthread{[this](std::stop_token stop) { tick(stop); }};
    }
  }
  void stop() override;

 private:
  // Makes one of those that work on what is due look for it.
  template <class Handle>
  void look(const Handle& at, reply_to::function then) {
    caf::anon_send(at, due_atom::value, std::make_shared<reply_to>(std::move(then)));
  }
  // Timers open invoices, which are charged and get their numbers; what a charge comes to may make
  // something due. Webhooks wait for nobody.
  void settle(const reply_ptr& last) {
    look(timers_, [this, last](const outcome& timers) {
      if (!charging_) {
        number(last, timers.body);
        return;
      }
      look(charging_, [this, last, next = timers.body](const outcome& charged) {
        charged.sequence > 0 ? settle(last) : number(last, next);
      });
    });
  }
  void number(const reply_ptr& last, const std::string& next_timer) {
    look(numbering_, [this, last, next_timer](const outcome&) {
      look(inbox_, [last, next = next_timer.substr(0, next_timer.find('\0'))](outcome attempts) {
        bool later = attempts.body.empty() || (!next.empty() && next < attempts.body);
        attempts.body = later ? next : attempts.body;
        last->answer(std::move(attempts));
      });
    });
  }
  void spawn_all();
  // A webhook becomes a dead letter; whoever asked for something else hears that it failed.
  void set_aside(organization_request_ptr r, const std::string& why);
  void tick(std::stop_token stop);
  void send_to_router(webhook_delivery_ptr delivery) {
    auto& target = routers_[next_router_++ % routers];
    caf::anon_send(target, handle_atom::value, std::move(delivery));
  }

  std::mutex replay_mutex_;
  std::condition_variable replay_changed_;
  int replayed_ = 0;
  std::optional<error> replay_problem_;
  services shared_;
  caf::actor_system_config config_;
  caf::actor_system system_;
  const bool routes_parked_, ticks_;
  event_log_actor log_;
  catalog_actor catalog_;
  access_actor access_;
  inbox_actor inbox_;
  payment_gateway* gateway_ = nullptr;
  charging_actor charging_;  // none without a gateway
  tax_provider* tax_provider_ = nullptr;
  taxing_actor taxing_;  // none without a provider
  numbering_actor numbering_;
  transferring_actor transferring_;
  timers_actor timers_;
  std::vector<shard_actor> shards_;
  const webhook_targets targets_{[this](organization_request_ptr r) { ask(std::move(r)); },
                                 [this](inbox_request_ptr r) { ask(std::move(r)); }};
  std::array<webhook_router_actor, routers> routers_;
  std::array<reader_actor, readers> readers_;
  std::atomic<std::size_t> next_router_{0};
  std::array<std::atomic<std::size_t>, readers> readings_{};
  id_sequence ids_;
  bool stopped_ = false;
  std::jthread ticker_;
};

void caf_node::spawn_all() {
  log_ = system_.spawn<caf::detached>(event_log, &shared_);
  shared_.append
    = [log = log_](append_job_ptr job) { caf::anon_send(log, append_atom::value, std::move(job)); };
  for (auto& router : routers_) {
    router = system_.spawn(webhook_router, &shared_, targets_);
  }
  // With handles of its own: it may send until it ends, and it ends after them.
  auto next = std::make_shared<std::size_t>(0);
  inbox_ = system_.spawn(
    inbox, &shared_,
    deliver_function{[to = routers_, next, on = routes_parked_](webhook_delivery_ptr d) {
      if (on) {
        caf::anon_send(to[(*next)++ % routers], handle_atom::value, std::move(d));
      }
    }});
  shared_.deliver_again = [inbox = inbox_](std::vector<std::string> ids) {
    caf::anon_send(inbox, deliver_atom::value, std::move(ids));
  };
  shared_.look_for_due = [inbox = inbox_] { caf::anon_send(inbox, due_atom::value); };
  shared_.set_aside
    = [this](organization_request_ptr r, const std::string& why) { set_aside(std::move(r), why); };
  catalog_ = system_.spawn(catalog, &shared_);
  access_ = system_.spawn(access, &shared_);
  for (std::size_t i = 0; i < limits::shard_count; ++i) {
    shards_.push_back(system_.spawn(shard, &shared_));
  }
  // With handles of their own, as the inbox.
  auto shards = std::make_shared<const std::vector<shard_actor>>(shards_);
  ask_organization ask_one = [shards](organization_request_ptr r) {
    const auto& target = (*shards)[shard_of(r->stream)];
    caf::anon_send(target, handle_atom::value, std::move(r));
  };
  numbering_ = system_.spawn(numbering, &shared_, ask_one);
  shared_.number_invoices = [to = numbering_](std::vector<std::string> keys) {
    caf::anon_send(to, due_atom::value, std::move(keys));
  };
  transferring_ = system_.spawn(transferring, &shared_, ask_one);
  shared_.carry_transfers = [to = transferring_](std::vector<std::string> keys) {
    caf::anon_send(to, due_atom::value, std::move(keys));
  };
  timers_ = system_.spawn(timers, &shared_, ask_one, numbering_);
  shared_.timer_made
    = [to = timers_](std::string key) { caf::anon_send(to, due_atom::value, std::move(key)); };
  if (gateway_ != nullptr) {
    charging_ = system_.spawn(charging, &shared_, gateway_, ask_one);
  }
  if (tax_provider_ != nullptr) {
    taxing_ = system_.spawn(taxing, &shared_, tax_provider_, ask_one);
    shared_.ask_taxes = [to = taxing_](organization_request_ptr r) {
      caf::anon_send(to, handle_atom::value, std::move(r));
    };
  }
  for (std::size_t i = 0; i < readers; ++i) {
    readers_[i] = system_.spawn<caf::detached>(reader, &readings_[i]);
  }
}

void caf_node::set_aside(organization_request_ptr r, const std::string& why) {
  const auto* command = std::get_if<domain::command>(&r->command);
  const auto* webhook
    = command == nullptr ? nullptr : std::get_if<domain::apply_stripe_event>(command);
  if (webhook == nullptr) {
    r->reply.answer(
      outcome::failed({errc::internal, "the request was set aside after it failed repeatedly"}));
    return;
  }
  auto dead = std::make_shared<inbox_request>();
  dead->command = domain::kill_webhook{webhook->event, why};
  dead->caller = r->caller;
  dead->payload = r->payload;
  if (r->payload && r->payload->stored) {  // nobody waits for it but the inbox itself
    ask(std::move(dead));
    r->reply.answer(outcome::failed({errc::internal, why}));
    return;
  }
  dead->reply = std::move(r->reply);
  ask(std::move(dead));
}

void caf_node::tick(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wait;
  std::unique_lock lock{mutex};
  while (
    !wait.wait_for(lock, stop, std::chrono::seconds{1}, [&] { return stop.stop_requested(); })) {
    if (shared_.waiting.size() > 0) {
      shared_.look_for_due();
    }
    caf::anon_send(timers_, due_atom::value);
    caf::anon_send(numbering_, due_atom::value);
    caf::anon_send(transferring_, due_atom::value);
    if (charging_) {
      caf::anon_send(charging_, due_atom::value);
    }
  }
}

template <class Handle>
void end(caf::scoped_actor& self, Handle& handle) {
  if (handle) {
    self->send_exit(handle, caf::exit_reason::user_shutdown);
    self->wait_for(handle);
    handle = nullptr;
  }
}

// Stage one: nothing new comes in. Stage two: the core in order, the event log last, so that what
// was decided still becomes durable.
void caf_node::stop() {
  if (std::exchange(stopped_, true)) {
    return;
  }
  ticker_ = {};
  caf::scoped_actor self{system_};
  for (auto& one : readers_) {
    end(self, one);
  }
  for (auto& router : routers_) {
    end(self, router);
  }
  end(self, timers_);
  end(self, charging_);
  end(self, taxing_);
  end(self, numbering_);
  end(self, transferring_);
  for (auto& one : shards_) {
    self->send(one, stop_atom::value);
  }
  for (auto& one : shards_) {
    self->wait_for(one);
    one = nullptr;
  }
  end(self, inbox_);
  end(self, catalog_);
  end(self, access_);
  shared_.append = nullptr;
  shared_.deliver_again = nullptr;
  shared_.look_for_due = nullptr;
  shared_.number_invoices = nullptr;
  shared_.carry_transfers = nullptr;
  shared_.timer_made = nullptr;
  shared_.ask_taxes = nullptr;
  shared_.set_aside = nullptr;
  end(self, log_);
}

}  // namespace

result<std::unique_ptr<node>> node::start(persistence::journal& journal, const wall_clock& clock,
                                          node_options options) {
  auto out = std::make_unique<caf_node>(journal, clock, options);
  if (auto problem = out->wait_replayed()) {
    return *problem;
  }
  auto catalog = out->shared().catalog.get();
  const auto& prefix = out->shared().invoice_number_prefix;
  if (const auto* taken = domain::legal_entity_numbered_by(*catalog, prefix)) {
    return error{errc::invalid_parameter, "invoices.number_prefix: legal entity " + taken->id
                                            + " numbers with " + taken->invoice_number_prefix};
  }
  out->begin();
  return std::unique_ptr<node>{std::move(out)};
}

}  // namespace bursar::actors
