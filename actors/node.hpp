// A node: all its actors, their wiring, and how they start and stop. What io/ and app/ see of the
// actors; no CAF in this header.
//
// Threads: ask_* and the readers may be called from any thread; answers come on another one.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actors/request.hpp"
#include "actors/services.hpp"

namespace bursar::actors {

// Whoever bills with Bursar, and how; a legal entity of the catalog is a seller of its own.
struct billing_settings {
  domain::tax_party seller;
  std::string invoice_number_prefix = "INV-";
  std::chrono::seconds draft_for{0};  // how long an invoice may still be changed
  std::chrono::seconds due_after = std::chrono::days{14};  // of its opening
};

class payment_gateway;
class tax_provider;

struct node_options {
  std::size_t worker_threads = 0;  // 0: one less than cores, at least 1
  stripe_settings stripe;
  billing_settings billing;
  domain::credit_rules credits;
  std::vector<std::chrono::seconds> parked_retry_delays{
    std::chrono::seconds{30}, std::chrono::minutes{2}, std::chrono::minutes{10},
    std::chrono::hours{1},    std::chrono::hours{4},   std::chrono::hours{12},
    std::chrono::hours{24},   std::chrono::hours{48},  std::chrono::hours{72}};
  std::uint64_t snapshot_interval_events = limits::snapshot_interval_events;
  std::chrono::milliseconds passivate_after{std::chrono::minutes{5}};
  payment_gateway* gateway = nullptr;  // outlives the node; none: payments are recorded by hand
  tax_provider* taxes = nullptr;       // the same; none: the catalog's rates
  std::chrono::milliseconds tax_answer_wait = limits::tax_answer_wait;
  bool ticks = true;          // look for due attempts each second; off under a test clock
  bool routes_parked = true;  // parked webhooks are tried again; off where nothing is served
  std::function<void(const std::string&)> probe;
  std::function<void(std::string)> journal_failed;
};

class node {
 public:
  // Borrowed: both outlive the node. Waits until the catalog, the keys and the inbox are replayed;
  // integrity_error where one of them does not verify, invalid_parameter where the settings'
  // invoice numbers could be a legal entity's.
  static result<std::unique_ptr<node>> start(persistence::journal& journal, const wall_clock& clock,
                                             node_options options);
  virtual ~node() = default;

  // Each answers exactly once through its reply.
  virtual void ask(organization_request_ptr r) = 0;
  virtual void ask(std::shared_ptr<basic_request<domain::catalog_command>> r) = 0;
  virtual void ask(std::shared_ptr<basic_request<domain::access_command>> r) = 0;
  virtual void ask(std::shared_ptr<basic_request<domain::inbox_command>> r) = 0;
  virtual void deliver(domain::stripe::event event, std::string body, std::string correlation_id,
                       reply_to reply)
    = 0;
  // Runs work that reads the journal on a thread that may block: a page of it, or a whole chain,
  // for which there is a thread of its own. false: too much waits already.
  enum class extent { page, chain };
  virtual bool read(extent what, std::function<void()> work) = 0;
  // The test clock moved: what is due now fires, then `done` is answered.
  virtual void clock_moved(reply_to done) = 0;

  virtual services& shared() = 0;
  // Ends the outer ring, then organizations (with their snapshots), then the event log. Waits.
  virtual void stop() = 0;
};

}  // namespace bursar::actors
