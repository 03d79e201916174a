// What a decision about an account has come to so far: its events, and the state that they lead to,
// so that each step sees what the steps before it did. Internal to domain/billing/.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "domain/billing/account.hpp"
#include "domain/billing/subscription_lines.hpp"

namespace bursar::domain {

class recorder {
 public:
  recorder(billing_account state, const billing_context& context)
    : state_{std::move(state)}, context_{context} {}

  const billing_account& state() const { return state_; }
  const billing_context& context() const { return context_; }
  timestamp now() const { return context_.now; }
  // Only what has happened is recorded: nobody says what taxes are due on what would follow.
  bool is_silent() const { return context_.taxes != nullptr && context_.taxes->is_silent; }
  billing_decision decision() && { return {std::move(events_), std::move(state_)}; }

  // References to subscriptions and invoices stay good: a map that is moved keeps its nodes.
  template <class Event>
  void emit(Event event) {
    events_.emplace_back(std::move(event));
    state_ = evolve(std::move(state_), events_.back());
  }

  // conflict: the status does not allow it.
  result<void> become(const subscription& s, subscription_status to, timestamp at,
                      std::string reason);

  charge_terms charged_at(timestamp at, const std::string& currency) const;
  std::string new_credit_note_id() const;

  // A draft of these lines, those of each subscription together; all are of one currency.
  // unprocessable: see charge().
  result<void> bill(timestamp at, std::vector<std::vector<line_item>> lines);

 private:
  const subscription& subscription_of(const std::vector<line_item>& lines) const;
  std::vector<coupon> coupons_of(const subscription& s, const std::vector<line_item>& lines) const;

  billing_account state_;
  const billing_context& context_;
  std::vector<billing_event> events_;
};

// -- sale.cpp ---

result<void> act(recorder& to, const subscribe& c);
result<void> act(recorder& to, const subscription& s, const change_plan& c);
result<void> act(recorder& to, const migrate_plan& c);
// not_found; conflict where one has ended.
error none_runs(const billing_account& of);

// -- life.cpp ---

result<void> act(recorder& to, const start_subscription& c);
result<void> act(recorder& to, const subscription& s, const change_subscription& c);
result<void> act(recorder& to, const subscription& s, const cancel_subscription& c);
result<void> act(recorder& to, const subscription& s, const keep_subscription& c);
result<void> act(recorder& to, const subscription& s, const pause_subscription& c);
result<void> act(recorder& to, const subscription& s, const resume_subscription& c);
result<void> act(recorder& to, const subscription& s, const change_trial& c);
// -- periods.cpp ---

// A period that begins, and what is billed then: the last line is its own.
struct begun_period {
  const subscription* of = nullptr;
  anchored_period next;
  std::vector<line_item> lines;
  std::optional<subscription_terms_changed> changed{};
};

// Of what begins at t, from an anchor of its own; or the current one of the subscription that it is
// billed with.
anchored_period first_period(const recorder& to, const subscription& s, const plan_terms& terms,
                             timestamp t);
// What of it is left at t.
line_item first_line(const subscription& s, const plan_terms& terms, std::int64_t quantity,
                     const anchored_period& of, timestamp t);
// All at the same moment, on one invoice.
result<void> begin(recorder& to, std::vector<begun_period> all);
result<void> finish(recorder& to, const subscription& s, subscription_status as, timestamp at,
                    std::string reason);
// Whose time has come at the same moment, and who are billed together.
result<void> fall_due(recorder& to, const std::vector<const subscription*>& all, timestamp at);
// It is active again, and what was not billed, because nothing could be used, is billed from now
// on.
result<void> go_on(recorder& to, const subscription& s, std::string reason);

// -- minimum.cpp ---

// What the intervals of the subscription's period came to counts for each minimum that was agreed
// for some of them.
void fix_minimums(recorder& to, const subscription& s, const interval_ledger& billed);
// What periods that are over missed and is not billed. What was billed of it though their usage
// came to more is credited. `usage`: lines that are billed with them; `goes_on`: is not over after
// all.
std::vector<line_item> missing_minimums(recorder& to, const subscription& s,
                                        const std::vector<line_item>& usage,
                                        const std::optional<billing_period>& goes_on = {});
// What they count of the usage that the draft bills, whose lines are going to be these.
void recount_minimums(std::vector<line_item>& lines, const native_invoice& draft,
                      const subscription& s);
// Gives back what is left of those that the change which is undone billed.
std::vector<line_item> released_minimums(const recorder& to, const subscription& s);

// -- usage.cpp ---

// What was used until t was used on the terms of then.
void close_usage(recorder& to, const subscription& s, timestamp t);
// What was used in closed periods and is not billed. Less than was billed is not among it, nor what
// is billed anew (correct_usage).
std::vector<line_item> usage_lines(const recorder& to, const subscription& s);
// The same, and what their minimums miss with it.
std::vector<line_item> late_lines(recorder& to, const subscription& s,
                                  const std::optional<billing_period>& goes_on = {});
bool comes_to_something(const std::vector<line_item>& lines);
// What came while the invoice was a draft is on it, where it bills that period.
result<void> revise(recorder& to, const native_invoice& invoice, timestamp at);
// What was billed too much of closed periods is credited; what is to be billed anew is credited and
// billed. What cannot be now, because it is being paid, is the next time.
result<void> correct_usage(recorder& to, const subscription& s, timestamp at);
// No more can come: the last of it is billed.
result<void> settle_usage(recorder& to, const subscription& s, timestamp at);

// -- collection.cpp ---

result<void> act(recorder& to, const put_payment_method& c);
result<void> act(recorder& to, const remove_payment_method& c);
result<void> act(recorder& to, const native_invoice& invoice, const finalize_invoice& c);
result<void> act(recorder& to, const native_invoice& invoice, const record_invoice_number& c);
result<void> act(recorder& to, const native_invoice& invoice, const record_payment& c);
result<void> act(recorder& to, const native_invoice& invoice, const record_failed_payment& c);
result<void> act(recorder& to, const native_invoice& invoice, const void_invoice& c);
result<void> act(recorder& to, const native_invoice& invoice, const write_off_invoice& c);
bool waits_for_payment(subscription_status x);
error refused(const native_invoice& of, const std::string& why);
// conflict: the gateway was asked for it and has not answered.
result<void> not_under_way(const recorder& to, const native_invoice& invoice);
// Once it is not owed any more: paid, voided or uncollectible.
result<void> close(recorder& to, const native_invoice& invoice, invoice_status as, timestamp at);
// What is open is paid from the account's credit, the oldest first; not what is being charged. What
// lines that give back correct comes before all: credit for what nobody paid must pay nothing else.
result<void> set_off(recorder& to, const std::string& currency, timestamp at,
                     const std::vector<line_item>& given_back = {});
result<void> fall_due(recorder& to, const native_invoice& invoice, timestamp at);

// -- first_payment.cpp ---

inline constexpr std::chrono::hours first_payment_within{23};  // as Stripe's

// The subscriptions that it bills, each once.
std::vector<const subscription*> subscriptions_of(const native_invoice& invoice,
                                                  const billing_account& in);
// What has to be paid before the subscription goes on: what failed, or, before it began, anything.
std::vector<const native_invoice*> owed_for(const billing_account& in, const subscription& s);
bool owes_for(const billing_account& in, const subscription& s);
bool is_settled(const native_invoice& invoice);     // in part, or whole
bool is_given_back(const native_invoice& invoice);  // the same
bool waits_for_first(const native_invoice& invoice, const billing_account& in);
// Nothing is owed for it any more: it is active again; or it has never begun, and ends where its
// first invoice was not paid, or too late to use what that bills.
result<void> go_on_paid(recorder& to, const subscription& s);
// Its first payment failed: it goes on waiting for as long as it was given.
result<void> fail_first(recorder& to, const native_invoice& invoice,
                        const std::optional<std::string>& code, timestamp at);
// That time is over.
result<void> give_up_waiting(recorder& to, const native_invoice& invoice, timestamp at);
// It waited for its first payment in vain: it ends, and what it was billed for it is not owed.
// Where some of that was paid, it becomes the account's credit. conflict: a payment is under way.
result<void> give_up(recorder& to, const subscription& s, subscription_status as, timestamp at,
                     std::string reason);

// -- credit_note.cpp ---

result<void> act(recorder& to, const credit_note& note, const record_invoice_number& c);
result<void> act(recorder& to, const native_invoice& invoice, const issue_credit_note& c);
// A draft is revised when it is opened, and what is being paid is settled first.
bool can_be_credited(const recorder& to, const std::vector<billed_line>& lines);
// So much after discounts, the last line first: what is left of each is said there. What of them
// nobody owes is credited without a note. How much it was: less, where there is no room for it.
std::int64_t credit(recorder& to, std::vector<billed_line>& lines, std::int64_t amount,
                    const std::string& reason);

}  // namespace bursar::domain
