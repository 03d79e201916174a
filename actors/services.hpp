// What every actor of a node shares: ports to the outside and the published read-only copies.
// Made by the node before any actor, destroyed after the last.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/access_answers.hpp"
#include "actors/request.hpp"
#include "actors/waiting_list.hpp"
#include "base/limits.hpp"
#include "base/time.hpp"
#include "domain/access_key.hpp"
#include "domain/catalog.hpp"
#include "persistence/journal.hpp"

namespace bursar::actors {

// The current value of something that one actor changes and any thread reads.
template <class T>
class published {
 public:
  published() : value_{std::make_shared<const T>()} {}
  std::shared_ptr<const T> get() const { return value_.load(); }
  // Of the value, or of the one before it: who reads it first, and then the value, and finds the
  // same version later, has read what is current then.
  std::uint64_t version() const { return version_; }
  void set(T value) {
    value_.store(std::make_shared<const T>(std::move(value)));
    ++version_;
  }

 private:
  std::atomic<std::shared_ptr<const T>> value_;
  std::atomic<std::uint64_t> version_{0};
};

struct append_job {
  persistence::append_request request;
  // Called on the event log's thread once the outcome is known; must not block.
  std::function<void(persistence::append_status)> done;
};
using append_job_ptr = std::shared_ptr<append_job>;

// Whose a Stripe customer is, as far as remembered; a customer never changes its owner.
class known_owners {
 public:
  std::optional<std::string> find(const std::string& customer) const {
    std::lock_guard lock{mutex_};
    auto found = owners_.find(customer);
    return found == owners_.end() ? std::nullopt : std::optional{found->second};
  }
  void remember(const std::string& customer, const std::string& organization) {
    std::lock_guard lock{mutex_};
    if (owners_.size() >= limits::known_owners_max) {
      owners_.clear();
    }
    owners_.insert_or_assign(customer, organization);
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::string> owners_;
};

struct stripe_settings {
  std::string account;
  bool livemode = true;
  bool create_organizations = false;
};

struct counters {  // business and system, for /metrics
  std::atomic<std::uint64_t> webhooks_duplicate{0}, webhooks_ignored{0}, webhooks_parked{0},
    webhooks_dead{0}, commands{0}, rejections{0}, events{0}, restarts{0}, set_aside{0}, appends{0},
    groups{0};
  std::atomic<std::int64_t> organizations_awake{0};
};

struct services {
  persistence::journal* journal = nullptr;
  const wall_clock* clock = nullptr;
  stripe_settings stripe;
  domain::billing_context billing;  // of the seller; who buys, and when, each decision sets
  domain::credit_rules credits;
  std::string invoice_number_prefix;  // of who buys from no legal entity
  std::vector<std::chrono::seconds> parked_retry_delays;
  std::uint64_t snapshot_interval_events = limits::snapshot_interval_events;
  std::chrono::milliseconds passivate_after{std::chrono::minutes{5}};
  std::vector<persistence::lease> leases;  // one per shard

  // Hands a job to the event log; callable from any thread.
  std::function<void(append_job_ptr)> append;
  // Makes the inbox deliver these parked webhooks again; callable from any thread.
  std::function<void(std::vector<std::string>)> deliver_again;
  // Makes the inbox look for attempts that are due; callable from any thread.
  std::function<void()> look_for_due;
  // Tells NUMBERING which records of what waits for a number were made; callable from any thread.
  std::function<void(std::vector<std::string>)> number_invoices;
  // The same of TRANSFERRING and transfers.
  std::function<void(std::vector<std::string>)> carry_transfers;
  // Tells TIMERS which timer an organization has now; callable from any thread.
  std::function<void(std::string)> timer_made;
  std::chrono::milliseconds tax_answer_wait = limits::tax_answer_wait;
  // Sends a request that wants to know its taxes to TAXING; empty without a provider. Callable from
  // any thread.
  std::function<void(organization_request_ptr)> ask_taxes;
  // Gives a request up: a webhook becomes a dead letter for this reason. Callable from any thread.
  std::function<void(organization_request_ptr, const std::string&)> set_aside;
  waiting_list waiting;
  // A webhook of the other mode came, and the log says so.
  std::atomic<bool> other_mode_told{false};
  // The journal stopped for good: readiness goes false, the process should end.
  std::function<void(std::string)> journal_failed;
  // One that cannot be restarted alone failed: the process ends, and what is durable starts again.
  void fail(const std::string& why) const {
    if (journal_failed) {
      journal_failed(why);
    }
  }
  // Told by each of the singletons once: replayed, or why it cannot be.
  std::function<void(const std::string&, std::optional<error>)> singleton_replayed;
  // Called with the stream before each request is handled; tests inject failures here.
  std::function<void(const std::string&)> probe;

  published<domain::catalog> catalog;
  published<domain::access_keys> access;
  actors::access_answers access_answers;
  known_owners owners;
  counters counts;
};

// Which shard a stream lives in: stable for ever, journals of a cluster depend on it.
std::uint32_t shard_of(std::string_view stream);

}  // namespace bursar::actors
