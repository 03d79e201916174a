// A grant of credits, and what can be taken of it: a draw, a use, a hold, a transfer. Whole
// credits. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

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
  std::optional<timestamp> notice_at;    // when it is told that what is left will expire
  std::optional<timestamp> granted_at;
  std::optional<std::int64_t> paid;  // for all of it, minor units of `currency`
  std::optional<std::string> currency, credit_product, checkout_session, subscription_id, reason,
    from_organization_id;  // of a transfer
  friend bool operator==(const credit_grant&, const credit_grant&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_grant, (),
                      (kind, amount, priority, expires_at, notice_at, granted_at, paid, currency,
                       credit_product, checkout_session, subscription_id, reason,
                       from_organization_id))

// Its own; else 50, and 60 of what a subscription brings: what was bought is used before that.
std::int64_t priority_of(const credit_grant& x);

bool has_expired(const credit_grant& x, timestamp now);

// What happens by itself; 0 turns a thing off.
struct credit_rules {
  std::chrono::seconds expiry_notice{0};  // before a grant expires
  std::int64_t low_balance = 0;           // an alert when the balance falls below it
  bool revoke_on_refund = false;          // a refund of a pack takes back what is left of it
};

// When it is told that a grant will expire. Empty: it lives no longer than that.
std::optional<timestamp> notice_of(const credit_grant& x, const credit_rules& rules);

// A grant and what became of it.
struct granted_credits {
  credit_grant grant;  // its notice_at is empty once that was told
  std::int64_t consumed = 0, expired = 0, reversed = 0, transferred = 0, held = 0;
  friend bool operator==(const granted_credits&, const granted_credits&) = default;
};
BOOST_DESCRIBE_STRUCT(granted_credits, (), (grant, consumed, expired, reversed, transferred, held))

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

// On their way to another organization.
struct credit_transfer {
  std::string to_organization_id;
  std::vector<credit_draw> draws;
  friend bool operator==(const credit_transfer&, const credit_transfer&) = default;
};
BOOST_DESCRIBE_STRUCT(credit_transfer, (), (to_organization_id, draws))

}  // namespace bursar::domain
