#include "domain/stripe/mirror.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include "base/assert.hpp"
#include "base/money.hpp"

namespace bursar::domain::stripe {
namespace {

bool is_any(const text& value, std::initializer_list<std::string_view> names) {
  return value && std::find(names.begin(), names.end(), *value) != names.end();
}

// What `event` changed was, before it, what `earlier` shows: so `earlier` came before `event`.
template <class T>
bool precedes(const T& earlier, const snapshot<T>& event) {
  if (!event.before) {
    return false;
  }
  bool changed = false;
  bool matches = true;
  using members = boost::describe::describe_members<T, boost::describe::mod_public>;
  boost::mp11::mp_for_each<members>([&](auto member) {
    const auto& was = (*event.before).*member.pointer;
    if (!(was == event.after.*member.pointer)) {
      changed = true;
      matches = matches && was == earlier.*member.pointer;
    }
  });
  return changed && matches && !(earlier == event.after);
}

// Amounts that only grow within a second (stripe-facts §6): the snapshot that shows more is later.
// A refund that fails lowers them, but not in the second in which it was made.
template <class T>
int128 moved(const T&) {
  return 0;
}
int128 moved(const charge& x) {
  return int128{x.amount_captured.value_or(0)} + x.amount_refunded.value_or(0);
}
int128 moved(const payment_intent& x) {
  return x.amount_received.value_or(0);
}
int128 moved(const invoice& x) {
  return int128{x.amount_paid.value_or(0)} + x.post_payment_credit_notes_amount.value_or(0)
         + x.pre_payment_credit_notes_amount.value_or(0);
}

// Which of two snapshots of one second is the later one, where neither tells of the other: the
// cumulative amounts, then the stage, at last the event id.
template <class T>
bool is_later(const snapshot<T>& a, const snapshot<T>& b) {
  return std::tuple{moved(a.after), a.stage, std::string_view{a.event_id}}
         > std::tuple{moved(b.after), b.stage, std::string_view{b.event_id}};
}

// Index of the snapshot that came last: nothing else follows its content.
template <class T>
std::int64_t last_of(const std::vector<snapshot<T>>& all) {
  if (all.size() == 1) {
    return 0;
  }
  std::size_t best = all.size();
  bool best_followed = true;
  for (std::size_t i = 0; i < all.size(); ++i) {
    bool followed = false;
    for (std::size_t j = 0; j < all.size() && !followed; ++j) {
      followed = i != j && precedes(all[i].after, all[j]);
    }
    bool better = best == all.size() || (best_followed && !followed)
                  || (best_followed == followed && is_later(all[i], all[best]));
    if (better) {
      best = i;
      best_followed = followed;
    }
  }
  return static_cast<std::int64_t>(best);
}

template <class T>
void merge_snapshot(tracked<T>& into, const seen_object& from, const T& after) {
  auto key = std::pair{rank(after), from.created};
  if (!into.latest.empty()) {
    auto kept = std::pair{rank(into.latest.front().after), into.latest.front().created};
    if (key < kept) {
      return;
    }
    if (key > kept) {
      into.latest.clear();
    }
  }
  auto place
    = std::lower_bound(into.latest.begin(), into.latest.end(), from.event_id,
                       [](const snapshot<T>& x, const std::string& id) { return x.event_id < id; });
  if (place != into.latest.end() && place->event_id == from.event_id) {
    return;
  }
  std::optional<T> before;
  if (from.seen.before) {
    before = std::get<T>(*from.seen.before);
  }
  into.latest.insert(place, snapshot<T>{from.event_id, from.created, stage_of(from.event_type),
                                        after, std::move(before)});
  into.current = last_of(into.latest);
}

template <class T>
const T& after_of(const seen_object& from) {
  return std::get<T>(from.seen.after);
}

void keep_earliest(integer& kept, std::int64_t moment) {
  kept = kept ? std::min(*kept, moment) : moment;
}

void insert_sorted(std::vector<std::string>& into, std::string value) {
  auto place = std::lower_bound(into.begin(), into.end(), value);
  if (place == into.end() || *place != value) {
    into.insert(place, std::move(value));
  }
}

}  // namespace

std::int64_t stage_of(std::string_view event_type) {
  struct row {
    std::string_view ending;
    std::int64_t stage;
  };
  static constexpr std::array rows{
    row{".created", 0},
    row{".attached", 0},
    row{".requires_action", 2},
    row{".processing", 3},
    row{".finalized", 3},
    row{".completed", 3},
    row{".payment_failed", 4},
    row{".failed", 5},
    row{".payment_action_required", 5},
    row{".async_payment_failed", 5},
    row{".expired", 5},
    row{".async_payment_succeeded", 6},
    row{".paid", 7},
    row{".payment_succeeded", 7},
    row{".succeeded", 7},
    row{".detached", 8},
    row{".refunded", 8},
    row{".canceled", 8},
    row{".voided", 8},
    row{".closed", 8},
    row{".deleted", 9},
  };
  for (const auto& [ending, stage] : rows) {
    if (event_type.ends_with(ending)) {
      return stage;
    }
  }
  return 1;
}

int rank(const customer& x) {
  return x.deleted ? 1 : 0;
}
int rank(const payment_method&) {
  return 0;
}
int rank(const subscription& x) {
  if (is_ended(x)) {
    return 2;
  }
  return is_any(x.status, {"incomplete"}) ? 0 : 1;
}
int rank(const invoice& x) {
  static constexpr std::array<std::string_view, 5> order{"draft", "open", "uncollectible", "void",
                                                         "paid"};
  if (x.deleted) {
    return static_cast<int>(order.size());
  }
  auto at = std::find(order.begin(), order.end(), x.status.value_or("draft"));
  return at == order.end() ? 1 : static_cast<int>(at - order.begin());  // one we do not know: open
}
int rank(const payment_intent& x) {
  return is_any(x.status, {"succeeded", "canceled"}) ? 1 : 0;
}
int rank(const charge& x) {
  return is_any(x.status, {"succeeded", "failed"}) ? 1 : 0;
}
int rank(const refund& x) {
  return is_any(x.status, {"failed", "canceled"}) ? 1 : 0;
}
int rank(const dispute& x) {
  return is_closed(x) ? 1 : 0;
}
int rank(const credit_note& x) {
  return is_any(x.status, {"void"}) ? 1 : 0;
}
int rank(const checkout_session& x) {
  if (is_paid(x)) {
    return 2;
  }
  return is_any(x.status, {"complete", "expired"}) ? 1 : 0;
}
int rank(const invoice_payment& x) {
  return is_any(x.status, {"paid"}) ? 1 : 0;
}

bool is_paid(const checkout_session& x) {
  return is_any(x.status, {"complete"})
         && is_any(x.payment_status, {"paid", "no_payment_required"});
}

bool is_ended(const subscription& x) {
  return is_any(x.status, {"canceled", "incomplete_expired"});
}

bool is_closed(const dispute& x) {
  return is_any(x.status, {"won", "lost", "warning_closed", "prevented"})
         || (x.status && x.status->starts_with("appeal_"));
}

void merge(tracked<customer>& into, const seen_object& from) {
  merge_snapshot(into, from, after_of<customer>(from));
}
void merge(tracked<payment_method>& into, const seen_object& from) {
  merge_snapshot(into, from, after_of<payment_method>(from));
}
void merge(tracked<invoice>& into, const seen_object& from) {
  merge_snapshot(into, from, after_of<invoice>(from));
}
void merge(tracked<refund>& into, const seen_object& from) {
  merge_snapshot(into, from, after_of<refund>(from));
}
void merge(tracked<dispute>& into, const seen_object& from) {
  merge_snapshot(into, from, after_of<dispute>(from));
}
void merge(tracked<credit_note>& into, const seen_object& from) {
  merge_snapshot(into, from, after_of<credit_note>(from));
}
void merge(tracked<invoice_payment>& into, const seen_object& from) {
  merge_snapshot(into, from, after_of<invoice_payment>(from));
}

void merge(tracked_subscription& into, const seen_object& from) {
  const auto& after = after_of<subscription>(from);
  merge_snapshot(into, from, after);
  status_seen entry{
    from.created, stage_of(from.event_type), after.status.value_or(""), {}, from.event_id};
  if (from.seen.before) {
    entry.before = std::get<subscription>(*from.seen.before).status;
  }
  auto key = [](const status_seen& x) { return std::tie(x.created, x.event_id); };
  auto place = std::lower_bound(into.statuses.begin(), into.statuses.end(), entry,
                                [&](const auto& a, const auto& b) { return key(a) < key(b); });
  if (place == into.statuses.end() || key(*place) != key(entry)) {
    into.statuses.insert(place, std::move(entry));
  }
}

void merge(tracked_payment& into, const seen_object& from) {
  const auto& after = after_of<payment_intent>(from);
  merge_snapshot(into, from, after);
  if (is_any(after.status, {"succeeded"})) {
    keep_earliest(into.succeeded_at, from.created);
  }
  if (from.event_type == "payment_intent.payment_failed") {
    insert_sorted(into.failed_attempts,
                  after.latest_charge.value_or("at:" + std::to_string(from.created)));
  }
}

void merge(tracked_charge& into, const seen_object& from) {
  const auto& after = after_of<charge>(from);
  merge_snapshot(into, from, after);
  if (is_any(after.status, {"succeeded"})) {
    keep_earliest(into.succeeded_at, from.created);
  }
}

void merge(tracked_session& into, const seen_object& from) {
  const auto& after = after_of<checkout_session>(from);
  merge_snapshot(into, from, after);
  if (is_paid(after)) {
    keep_earliest(into.paid_at, from.created);
  }
  if (from.credits && !into.credits) {  // as the catalog was when it was sold
    into.credits = from.credits;
    into.credit_product = from.credit_product;
  }
}

void merge(mirror& into, const seen_object& from) {
  const auto& id = from.seen.id;
  struct visitor {
    mirror& m;
    const std::string& id;
    const seen_object& from;
    void operator()(const customer&) { merge(m.customers[id], from); }
    void operator()(const payment_method&) { merge(m.payment_methods[id], from); }
    void operator()(const subscription&) { merge(m.subscriptions[id], from); }
    void operator()(const invoice&) { merge(m.invoices[id], from); }
    void operator()(const payment_intent&) { merge(m.payments[id], from); }
    void operator()(const charge&) { merge(m.charges[id], from); }
    void operator()(const refund&) { merge(m.refunds[id], from); }
    void operator()(const dispute&) { merge(m.disputes[id], from); }
    void operator()(const credit_note&) { merge(m.credit_notes[id], from); }
    void operator()(const checkout_session&) { merge(m.checkout_sessions[id], from); }
    void operator()(const invoice_payment&) { merge(m.invoice_payments[id], from); }
  };
  std::visit(visitor{into, id, from}, from.seen.after);
}

}  // namespace bursar::domain::stripe
