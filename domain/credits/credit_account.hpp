// The prepaid credits of an organization: what was granted, what was drawn of it by whom, what is
// held for whoever may use it. Whole credits. Pure.
//
// Of each grant: amount = remaining + held + consumed + expired + reversed, after every event.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <boost/describe.hpp>

#include "base/error.hpp"
#include "base/time.hpp"

namespace bursar::domain {

inline constexpr std::int64_t credits_max = 1'000'000'000'000;  // of one grant or use
inline constexpr std::int64_t balance_max = 1'000'000'000'000'000;
inline constexpr std::size_t holds_max = 10'000;  // at a time
inline constexpr std::int64_t credit_priority_max = 100;

BOOST_DEFINE_ENUM_CLASS(credit_kind, purchased, subscription, promotional, manual)

struct credit_grant {
  credit_kind kind = credit_kind::manual;
  std::int64_t amount = 0;               // credits
  std::optional<std::int64_t> priority;  // 0 to 100, lower first; else as priority_of says
  std::optional<timestamp> expires_at;   // it is worth nothing from then on
  std::optional<timestamp> granted_at;
  std::optional<std::int64_t> paid;  // for all of it, minor units of `currency`
  std::optional<std::string> currency, credit_product, checkout_session, subscription_id, reason,
    from_organization_id;  // of a transfer
  friend bool operator==(const credit_grant&, const credit_grant&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_grant, (),
                      (kind, amount, priority, expires_at, granted_at, paid, currency,
                       credit_product, checkout_session, subscription_id, reason,
                       from_organization_id))

// Its own; else 50, and 60 of what a subscription brings: what was bought is used before that.
std::int64_t priority_of(const credit_grant& x);

// -- state ---

struct granted_credits {
  credit_grant grant;
  std::int64_t consumed = 0, expired = 0, reversed = 0, held = 0;
  friend bool operator==(const granted_credits&, const granted_credits&) = default;
};
BOOST_DESCRIBE_STRUCT(granted_credits, (), (grant, consumed, expired, reversed, held))

std::int64_t remaining(const granted_credits& x);

struct credit_draw {
  std::string grant_id;
  std::int64_t amount = 0;
  friend bool operator==(const credit_draw&, const credit_draw&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_draw, (), (grant_id, amount))

std::int64_t sum_of(const std::vector<credit_draw>& draws);
// `used` is of `all`.
std::vector<credit_draw> left_of(const std::vector<credit_draw>& all,
                                 const std::vector<credit_draw>& used);

// What credits are for: an amount of them, or so many of what the catalog says a credit event
// costs.
struct credit_use {
  std::int64_t amount = 0;
  std::optional<std::string> event_name;
  std::optional<std::int64_t> quantity;
  friend bool operator==(const credit_use&, const credit_use&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_use, (), (amount, event_name, quantity))

struct credit_hold {
  credit_use use;
  std::vector<credit_draw> draws;
  timestamp expires_at{};
  friend bool operator==(const credit_hold&, const credit_hold&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_hold, (), (use, draws, expires_at))

struct credit_account {
  std::map<std::string, granted_credits> grants;
  std::vector<std::string> order;  // of those of which something remains: the first is drawn first
  std::map<std::string, credit_hold> holds;  // those that are open
  // What expires, by the time as RFC 3339 has it: "… grant ID" or "… hold ID".
  std::set<std::string> due;
  // What was given back of a transaction, by its id.
  std::map<std::string, std::vector<credit_draw>> given_back;
  friend bool operator==(const credit_account&, const credit_account&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_account, (), (grants, order, holds, due, given_back))

// -- commands ---

struct grant_credits {
  std::string grant_id;
  credit_grant grant;
};
// All of it, or nothing.
struct consume_credits {
  credit_use use;
};
struct hold_credits {
  std::string hold_id;
  credit_use use;
  timestamp expires_at{};
};
// Uses what was held, or less of it; the rest is free again.
struct confirm_hold {
  std::string hold_id;
  std::optional<std::int64_t> amount;
};
struct release_hold {
  std::string hold_id;
};
// Gives back what a transaction used, or less of it, to the grants it came from, the last one
// first. `draws` are the transaction's.
struct reverse_consumption {
  std::string transaction_id;
  std::vector<credit_draw> draws;
  std::optional<std::int64_t> amount;
  std::optional<std::string> reason;
};
// Takes back what is left of a grant, or less of it; what is held stays so.
struct reverse_grant {
  std::string grant_id;
  std::optional<std::int64_t> amount;
  std::optional<std::string> reason;
};
struct expire_credits {};  // what is due is done before any command; this is nothing else

using credit_command
  = std::variant<grant_credits, consume_credits, hold_credits, confirm_hold, release_hold,
                 reverse_consumption, reverse_grant, expire_credits>;

// -- events ---

struct credits_granted {
  std::string grant_id;
  credit_grant grant;
  friend bool operator==(const credits_granted&, const credits_granted&) = default;
};
BOOST_DESCRIBE_STRUCT(credits_granted, (), (grant_id, grant))

struct credits_consumed {
  std::string transaction_id;
  credit_use use;
  std::vector<credit_draw> draws;
  friend bool operator==(const credits_consumed&, const credits_consumed&) = default;
};
BOOST_DESCRIBE_STRUCT(credits_consumed, (), (transaction_id, use, draws))

struct credits_held {
  std::string hold_id;
  credit_hold hold;
  friend bool operator==(const credits_held&, const credits_held&) = default;
};
BOOST_DESCRIBE_STRUCT(credits_held, (), (hold_id, hold))

// What a confirmed hold used; what is not of it is free again.
struct credit_hold_confirmed {
  std::string hold_id, transaction_id;
  credit_use use;
  std::vector<credit_draw> draws;
  friend bool operator==(const credit_hold_confirmed&, const credit_hold_confirmed&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_hold_confirmed, (), (hold_id, transaction_id, use, draws))

struct credit_hold_released {
  std::string hold_id;
  bool expired = false;
  friend bool operator==(const credit_hold_released&, const credit_hold_released&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_hold_released, (), (hold_id, expired))

struct credit_consumption_reversed {
  std::string transaction_id, reverses;
  std::vector<credit_draw> draws;
  std::optional<std::string> reason;
  friend bool operator==(const credit_consumption_reversed&, const credit_consumption_reversed&)
    = default;
};
BOOST_DESCRIBE_STRUCT(credit_consumption_reversed, (), (transaction_id, reverses, draws, reason))

struct credit_grant_reversed {
  std::string grant_id;
  std::int64_t amount = 0;
  std::optional<std::string> reason;
  friend bool operator==(const credit_grant_reversed&, const credit_grant_reversed&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_grant_reversed, (), (grant_id, amount, reason))

struct credits_expired {
  std::string grant_id;
  std::int64_t amount = 0;
  friend bool operator==(const credits_expired&, const credits_expired&) = default;
};
BOOST_DESCRIBE_STRUCT(credits_expired, (), (grant_id, amount))

using credit_account_event
  = std::variant<credits_granted, credits_consumed, credits_held, credit_hold_confirmed,
                 credit_hold_released, credit_consumption_reversed, credit_grant_reversed,
                 credits_expired>;

// -- decide and evolve ---

// What expired by `now` comes first. `sequence` is the first event's; a transaction's id says its
// event's.
// insufficient_credits, with what there is and what is required; not_found (grant, hold: it may
// have expired); already_exists (a grant's id); conflict (more than was held, than a transaction
// used or than is left of a grant; too many holds); unprocessable: amounts beyond the limits above,
// an expiry that is over.
result<std::vector<credit_account_event>> decide(const credit_account& state,
                                                 const credit_command& wanted, timestamp now,
                                                 std::uint64_t sequence);
credit_account evolve(credit_account state, const credit_account_event& happened);

// -- questions ---

// What may be used at that time: what expired by then is not counted, whether or not it was told.
std::int64_t balance_of(const credit_account& in, timestamp now);
std::int64_t held_of(const credit_account& in, timestamp now);
// When something expires next. Empty: never.
std::optional<timestamp> due_at(const credit_account& in);

bool has_expired(const credit_grant& x, timestamp now);

error insufficient_credits(std::int64_t balance, std::int64_t required);

struct due_credits {
  bool of_grant = false;  // else of a hold
  std::string id;
};
std::optional<due_credits> first_due(const credit_account& in, timestamp now);

std::string transaction_id_of(std::uint64_t sequence);

}  // namespace bursar::domain
