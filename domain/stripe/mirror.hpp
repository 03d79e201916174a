// The mirror: what Bursar knows of an organization's Stripe objects.
//
// Snapshots of one object arrive in any order, several times, and share whole seconds. So that the
// mirror depends on the set of snapshots seen and not on their order, each object keeps all
// snapshots that share the greatest (rank, created); rank is the object's one-way lifecycle
// (a canceled subscription never leaves, an invoice goes draft < open < … < paid). Among those,
// the last one is found by what each says the object was before it. Merging is therefore
// commutative, associative and idempotent; the property test of the stories holds it to that.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "domain/stripe/objects.hpp"

namespace bursar::domain::stripe {

template <class T>
struct snapshot {
  std::string event_id;
  std::int64_t created = 0;
  std::int64_t stage = 0;  // stage_of(event type): the usual order inside one second
  T after;
  std::optional<T> before;
  friend bool operator==(const snapshot&, const snapshot&) = default;
  BOOST_DESCRIBE_CLASS(snapshot, (), (event_id, created, stage, after, before), (), ())
};

// Invariant: `latest` is empty or sorted by event id without repeats, all sharing the greatest
// (rank, created); `current` is the index of the one that came last.
template <class T>
struct tracked {
  std::vector<snapshot<T>> latest;
  std::int64_t current = 0;
  const T& value() const { return latest.at(static_cast<std::size_t>(current)).after; }
  friend bool operator==(const tracked&, const tracked&) = default;
  BOOST_DESCRIBE_CLASS(tracked, (), (latest, current), (), ())
};

struct status_seen {
  std::int64_t created = 0;
  std::int64_t stage = 0;
  std::string status;
  text before;
  std::string event_id;
  friend bool operator==(const status_seen&, const status_seen&) = default;
};
BOOST_DESCRIBE_STRUCT(status_seen, (), (created, stage, status, before, event_id))

struct tracked_subscription : tracked<subscription> {
  std::vector<status_seen> statuses;  // every snapshot's status, sorted by (created, event id)
  friend bool operator==(const tracked_subscription&, const tracked_subscription&) = default;
};
BOOST_DESCRIBE_STRUCT(tracked_subscription, (tracked<subscription>), (statuses))

// The earliest moment at which a snapshot showed the money as received.
struct tracked_payment : tracked<payment_intent> {
  integer succeeded_at;
  std::vector<std::string> failed_attempts;  // charge ids, or "at:<created>"; sorted, no repeats
  friend bool operator==(const tracked_payment&, const tracked_payment&) = default;
};
BOOST_DESCRIBE_STRUCT(tracked_payment, (tracked<payment_intent>), (succeeded_at, failed_attempts))

struct tracked_charge : tracked<charge> {
  integer succeeded_at;
  friend bool operator==(const tracked_charge&, const tracked_charge&) = default;
};
BOOST_DESCRIBE_STRUCT(tracked_charge, (tracked<charge>), (succeeded_at))

struct tracked_session : tracked<checkout_session> {
  integer paid_at;      // the earliest snapshot that showed it paid
  text credit_product;  // what was sold, as the catalog said when it was observed
  integer credits;
  friend bool operator==(const tracked_session&, const tracked_session&) = default;
};
BOOST_DESCRIBE_STRUCT(tracked_session, (tracked<checkout_session>),
                      (paid_at, credit_product, credits))

struct mirror {
  std::map<std::string, tracked<customer>> customers;
  std::map<std::string, tracked<payment_method>> payment_methods;
  std::map<std::string, tracked_subscription> subscriptions;
  std::map<std::string, tracked<invoice>> invoices;
  std::map<std::string, tracked_payment> payments;
  std::map<std::string, tracked_charge> charges;
  std::map<std::string, tracked<refund>> refunds;
  std::map<std::string, tracked<dispute>> disputes;
  std::map<std::string, tracked<credit_note>> credit_notes;
  std::map<std::string, tracked_session> checkout_sessions;
  std::map<std::string, tracked<invoice_payment>> invoice_payments;
  friend bool operator==(const mirror&, const mirror&) = default;
};
BOOST_DESCRIBE_STRUCT(mirror, (),
                      (customers, payment_methods, subscriptions, invoices, payments, charges,
                       refunds, disputes, credit_notes, checkout_sessions, invoice_payments))

// One snapshot as an event of the organization's chain carries it.
struct seen_object {
  std::string event_id;
  std::string event_type;
  std::int64_t created = 0;
  observation seen;
  text credit_product;  // of a checkout session that sold credits
  integer credits;
  friend bool operator==(const seen_object&, const seen_object&) = default;
};
BOOST_DESCRIBE_STRUCT(seen_object, (),
                      (event_id, event_type, created, seen, credit_product, credits))

// The place of an event type in the usual order of one second: 0 created … 9 the end.
std::int64_t stage_of(std::string_view event_type);

// -- one-way lifecycles; 0 is the first ---
int rank(const customer& x);
int rank(const payment_method& x);
int rank(const subscription& x);
int rank(const invoice& x);
int rank(const payment_intent& x);
int rank(const charge& x);
int rank(const refund& x);
int rank(const dispute& x);
int rank(const credit_note& x);
int rank(const checkout_session& x);
int rank(const invoice_payment& x);

bool is_paid(const checkout_session& x);  // paid, or nothing was to be paid
bool is_ended(const subscription& x);     // canceled or incomplete_expired: terminal
bool is_closed(const dispute& x);

// Folds a snapshot into what is kept of its object. Total and order-independent.
void merge(tracked<customer>& into, const seen_object& from);
void merge(tracked<payment_method>& into, const seen_object& from);
void merge(tracked_subscription& into, const seen_object& from);
void merge(tracked<invoice>& into, const seen_object& from);
void merge(tracked_payment& into, const seen_object& from);
void merge(tracked_charge& into, const seen_object& from);
void merge(tracked<refund>& into, const seen_object& from);
void merge(tracked<dispute>& into, const seen_object& from);
void merge(tracked<credit_note>& into, const seen_object& from);
void merge(tracked_session& into, const seen_object& from);
void merge(tracked<invoice_payment>& into, const seen_object& from);

void merge(mirror& into, const seen_object& from);

}  // namespace bursar::domain::stripe
