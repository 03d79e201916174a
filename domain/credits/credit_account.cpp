#include "domain/credits/credit_account.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/assert.hpp"
#include "domain/overloaded.hpp"
#include "domain/pricing/exact.hpp"

namespace bursar::domain {
namespace {

constexpr std::string_view grant_due = " grant ", hold_due = " hold ", notice_due = " notice ";

std::string due_key(timestamp at, std::string_view what, const std::string& id) {
  return format_rfc3339(at) + std::string{what} + id;
}

exact cost_basis(const credit_grant& x) {
  return x.paid ? exact{*x.paid, x.amount} : exact{0};
}

// Priority, expiry, what nobody paid for, cost basis, age, id (peers.md 3.6).
bool is_before(const credit_grant& a, const std::string& a_id, const credit_grant& b,
               const std::string& b_id) {
  auto rank = [](const credit_grant& x) {
    return std::tuple{priority_of(x), x.expires_at.value_or(timestamp::max()),
                      x.kind != credit_kind::promotional};
  };
  if (rank(a) != rank(b)) {
    return rank(a) < rank(b);
  }
  if (auto cost = cost_basis(a), other = cost_basis(b); cost != other) {
    return cost < other;
  }
  auto age = [](const credit_grant& x, const std::string& id) {
    return std::pair{x.granted_at.value_or(timestamp::min()), std::string_view{id}};
  };
  return age(a, a_id) < age(b, b_id);
}

void enter(credit_account& in, const std::string& id, const granted_credits& x) {
  auto place = std::upper_bound(
    in.order.begin(), in.order.end(), id, [&](const std::string& wanted, const std::string& other) {
      return is_before(x.grant, wanted, in.grants.at(other).grant, other);
    });
  in.order.insert(place, id);
  if (x.grant.expires_at) {
    in.due.insert(due_key(*x.grant.expires_at, grant_due, id));
  }
  if (x.grant.notice_at) {
    in.due.insert(due_key(*x.grant.notice_at, notice_due, id));
  }
}

void leave(credit_account& in, const std::string& id, const granted_credits& x) {
  auto place = std::find(in.order.begin(), in.order.end(), id);
  BURSAR_ASSERT(place != in.order.end(), "a grant with something left that is not in order");
  in.order.erase(place);
  if (x.grant.expires_at) {
    in.due.erase(due_key(*x.grant.expires_at, grant_due, id));
  }
  if (x.grant.notice_at) {
    in.due.erase(due_key(*x.grant.notice_at, notice_due, id));
  }
}

// Whatever changes a grant goes through here: what has something left is in order.
template <class Change>
void change(credit_account& in, const std::string& id, Change what) {
  auto& x = in.grants.at(id);
  bool before = remaining(x) > 0;
  what(x);
  bool after = remaining(x) > 0;
  if (before && !after) {
    leave(in, id, x);
  } else if (!before && after) {
    enter(in, id, x);
  }
}

template <class Change>
void change_each(credit_account& in, const std::vector<credit_draw>& draws, Change what) {
  for (const auto& draw : draws) {
    change(in, draw.grant_id, [&](granted_credits& x) { what(x, draw.amount); });
  }
}

void close(credit_account& in, const std::string& hold_id, const std::vector<credit_draw>& used) {
  auto found = in.holds.find(hold_id);
  auto hold = std::move(found->second);
  in.holds.erase(found);
  in.due.erase(due_key(hold.expires_at, hold_due, hold_id));
  change_each(in, used, [](granted_credits& x, std::int64_t n) {
    x.held -= n;
    x.consumed += n;
  });
  change_each(in, left_of(hold.draws, used),
              [](granted_credits& x, std::int64_t n) { x.held -= n; });
}

void apply(credit_account& in, const credits_granted& e) {
  auto& x = in.grants[e.grant_id];
  BURSAR_ASSERT(x.grant.amount == 0, "an id is one grant's");
  x.grant = e.grant;
  if (remaining(x) > 0) {
    enter(in, e.grant_id, x);
  }
}

void apply(credit_account& in, const credits_consumed& e) {
  change_each(in, e.draws, [](granted_credits& x, std::int64_t n) { x.consumed += n; });
}

void apply(credit_account& in, const credits_held& e) {
  in.holds[e.hold_id] = e.hold;
  in.due.insert(due_key(e.hold.expires_at, hold_due, e.hold_id));
  change_each(in, e.hold.draws, [](granted_credits& x, std::int64_t n) { x.held += n; });
}

void apply(credit_account& in, const credit_consumption_reversed& e) {
  auto& back = in.given_back[e.reverses];
  back.insert(back.end(), e.draws.begin(), e.draws.end());
  change_each(in, e.draws, [](granted_credits& x, std::int64_t n) { x.consumed -= n; });
}

void apply(credit_account& in, const credits_transferred& e) {
  in.transfers[e.transfer_id] = {e.to_organization_id, e.draws};
  change_each(in, e.draws, [](granted_credits& x, std::int64_t n) { x.transferred += n; });
}

void apply(credit_account& in, const credit_transfer_returned& e) {
  in.transfers.erase(e.transfer_id);
  change_each(in, e.draws, [](granted_credits& x, std::int64_t n) { x.transferred -= n; });
}

void apply(credit_account& in, const credits_expiring& e) {
  auto& notice_at = in.grants.at(e.grant_id).grant.notice_at;
  BURSAR_ASSERT(notice_at, "what will expire is told once");
  in.due.erase(due_key(*notice_at, notice_due, e.grant_id));
  notice_at.reset();
}

}  // namespace

std::int64_t priority_of(const credit_grant& x) {
  constexpr std::int64_t usual = 50, of_subscriptions = 60;
  return x.priority.value_or(x.kind == credit_kind::subscription ? of_subscriptions : usual);
}

std::int64_t remaining(const granted_credits& x) {
  return x.grant.amount - x.consumed - x.expired - x.reversed - x.transferred - x.held;
}

std::int64_t sum_of(const std::vector<credit_draw>& draws) {
  std::int64_t out = 0;
  for (const auto& draw : draws) {
    out += draw.amount;
  }
  return out;
}

std::vector<credit_draw> left_of(const std::vector<credit_draw>& all,
                                 const std::vector<credit_draw>& used) {
  auto out = all;
  for (const auto& draw : used) {
    auto of = std::find_if(out.begin(), out.end(),
                           [&](const auto& x) { return x.grant_id == draw.grant_id; });
    BURSAR_ASSERT(of != out.end() && of->amount >= draw.amount, "more than there was of a grant");
    of->amount -= draw.amount;
  }
  std::erase_if(out, [](const auto& x) { return x.amount == 0; });
  return out;
}

credit_account evolve(credit_account state, const credit_account_event& happened) {
  std::visit(
    overloaded{[&](const credits_granted& e) { apply(state, e); },
               [&](const credits_consumed& e) { apply(state, e); },
               [&](const credits_held& e) { apply(state, e); },
               [&](const credit_hold_confirmed& e) { close(state, e.hold_id, e.draws); },
               [&](const credit_hold_released& e) { close(state, e.hold_id, {}); },
               [&](const credit_consumption_reversed& e) { apply(state, e); },
               [&](const credit_grant_reversed& e) {
                 change(state, e.grant_id, [&](granted_credits& x) { x.reversed += e.amount; });
               },
               [&](const credits_expired& e) {
                 change(state, e.grant_id, [&](granted_credits& x) { x.expired += e.amount; });
               },
               [&](const credits_transferred& e) { apply(state, e); },
               [&](const credit_transfer_completed& e) { state.transfers.erase(e.transfer_id); },
               [&](const credit_transfer_returned& e) { apply(state, e); },
               [&](const credits_expiring& e) { apply(state, e); },
               [](const credit_balance_low&) {}},  // the balance says it
    happened);
  return state;
}

std::int64_t balance_of(const credit_account& in, timestamp now) {
  std::int64_t out = 0;
  for (const auto& id : in.order) {
    const auto& x = in.grants.at(id);
    out += has_expired(x.grant, now) ? 0 : remaining(x);
  }
  auto until = format_rfc3339(std::clamp(now, timestamp{}, timestamp_max)) + '~';
  for (auto key = in.due.begin(); key != in.due.end() && *key < until; ++key) {
    if (auto at = key->find(hold_due); at != std::string::npos) {  // free, though nobody said so
      for (const auto& draw : in.holds.at(key->substr(at + hold_due.size())).draws) {
        out += has_expired(in.grants.at(draw.grant_id).grant, now) ? 0 : draw.amount;
      }
    }
  }
  return out;
}

std::int64_t held_of(const credit_account& in, timestamp now) {
  std::int64_t out = 0;
  for (const auto& [id, hold] : in.holds) {
    out += hold.expires_at <= now ? 0 : sum_of(hold.draws);
  }
  return out;
}

bool has_expired(const credit_grant& x, timestamp now) {
  return x.expires_at && *x.expires_at <= now;
}

std::optional<timestamp> due_at(const credit_account& in) {
  if (in.due.empty()) {
    return std::nullopt;
  }
  const auto& first = *in.due.begin();
  return parse_rfc3339(std::string_view{first}.substr(0, first.find(' '))).value();
}

std::optional<due_credits> first_due(const credit_account& in, timestamp now) {
  auto at = due_at(in);
  if (!at || *at > now) {
    return std::nullopt;
  }
  using kind = due_credits::kind;
  std::string_view text = *in.due.begin();
  text.remove_prefix(text.find(' '));
  for (auto [what, name] : {std::pair{kind::grant, grant_due}, std::pair{kind::hold, hold_due},
                            std::pair{kind::notice, notice_due}}) {
    if (text.starts_with(name)) {
      return due_credits{what, std::string{text.substr(name.size())}};
    }
  }
  BURSAR_ASSERT(false, "nobody knows what is due");
}

std::optional<timestamp> notice_of(const credit_grant& x, const credit_rules& rules) {
  if (!x.expires_at || !x.granted_at || rules.expiry_notice.count() == 0) {
    return std::nullopt;
  }
  auto at = *x.expires_at - rules.expiry_notice;
  return at > *x.granted_at ? std::optional{at} : std::nullopt;
}

std::int64_t change_by(const credit_account_event& happened, const credit_account& before) {
  auto held_by = [&](const std::string& id) { return sum_of(before.holds.at(id).draws); };
  return std::visit(
    overloaded{[](const credits_granted& e) { return e.grant.amount; },
               [](const credits_consumed& e) { return -sum_of(e.draws); },
               [](const credits_held& e) { return -sum_of(e.hold.draws); },
               [&](const credit_hold_confirmed& e) { return held_by(e.hold_id) - sum_of(e.draws); },
               [&](const credit_hold_released& e) { return held_by(e.hold_id); },
               [](const credit_consumption_reversed& e) { return sum_of(e.draws); },
               [](const credit_grant_reversed& e) { return -e.amount; },
               [](const credits_expired& e) { return -e.amount; },
               [](const credits_transferred& e) { return -sum_of(e.draws); },
               [](const credit_transfer_returned& e) { return sum_of(e.draws); },
               [](const auto&) { return std::int64_t{0}; }},
    happened);
}

std::vector<credit_grant> grants_of(const credits_transferred& x, const credit_account& of,
                                    const std::string& from_organization_id) {
  std::vector<credit_grant> out;
  for (const auto& draw : x.draws) {
    const auto& from = of.grants.at(draw.grant_id).grant;
    credit_grant to;
    to.kind = from.kind;
    to.amount = draw.amount;
    to.priority = from.priority;
    to.expires_at = from.expires_at;
    if (from.paid) {
      to.paid = split(*from.paid, std::array{draw.amount, from.amount - draw.amount}).front();
    }
    to.currency = from.currency;
    to.credit_product = from.credit_product;
    to.reason = x.reason;
    to.from_organization_id = from_organization_id;
    out.push_back(std::move(to));
  }
  return out;
}

std::string transaction_id_of(std::uint64_t sequence) {
  return "txn_" + std::to_string(sequence);
}

}  // namespace bursar::domain
