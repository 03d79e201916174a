// What a command about credits comes to: what has expired by then comes first.
#include <algorithm>

#include "domain/credits/credit_account.hpp"
#include "domain/overloaded.hpp"

namespace bursar::domain {
namespace {

// The events of a decision; the state that they lead to is made only when somebody asks for it, so
// that what is decided by one event copies nothing.
class credit_recorder {
 public:
  credit_recorder(const credit_account& state, timestamp now, std::uint64_t sequence)
    : first_{state}, now_{now}, sequence_{sequence} {}

  const credit_account& state() {
    if (applied_ < events_.size() && !own_) {
      own_ = first_;
    }
    for (; applied_ < events_.size(); ++applied_) {
      own_ = evolve(std::move(*own_), events_[applied_]);
    }
    return own_ ? *own_ : first_;
  }
  timestamp now() const { return now_; }
  void emit(credit_account_event event) { events_.push_back(std::move(event)); }
  std::string next_transaction_id() const { return transaction_id_of(sequence_ + events_.size()); }
  std::vector<credit_account_event> events() && { return std::move(events_); }

 private:
  const credit_account& first_;
  timestamp now_;
  std::uint64_t sequence_;
  std::optional<credit_account> own_;
  std::size_t applied_ = 0;
  std::vector<credit_account_event> events_;
};

void expire(credit_recorder& to) {
  while (auto due = first_due(to.state(), to.now())) {
    if (due->what == due_credits::kind::hold) {
      to.emit(credit_hold_released{due->id, true});
      continue;
    }
    const auto& x = to.state().grants.at(due->id);
    if (has_expired(x.grant, to.now())) {  // of what is over nobody is warned
      to.emit(credits_expired{due->id, remaining(x)});
    } else {
      to.emit(credits_expiring{due->id, remaining(x), x.grant.expires_at.value()});
    }
  }
}

// What came back to grants that have expired meanwhile is worth nothing.
void expire(credit_recorder& to, const credit_account& before,
            const std::vector<credit_draw>& came_back) {
  for (const auto& draw : came_back) {
    if (has_expired(before.grants.at(draw.grant_id).grant, to.now())) {
      to.emit(credits_expired{draw.grant_id, draw.amount});
    }
  }
}

result<void> check_amount(std::int64_t amount, const char* pointer) {
  if (amount < 1 || amount > credits_max) {
    auto range = "must be 1 to " + std::to_string(credits_max);
    return error{errc::unprocessable, "an amount of credits " + range, {{pointer, range}}};
  }
  return {};
}

result<std::vector<credit_draw>> draw(const credit_account& in, std::int64_t amount,
                                      timestamp now) {
  std::vector<credit_draw> out;
  auto open = amount;
  for (const auto& id : in.order) {
    if (open == 0) {
      break;
    }
    auto taken = std::min(open, remaining(in.grants.at(id)));
    out.push_back({id, taken});
    open -= taken;
  }
  if (open > 0) {
    return insufficient_credits(balance_of(in, now), amount);
  }
  return out;
}

// The first of these draws that make up `amount`.
std::vector<credit_draw> first_of(const std::vector<credit_draw>& draws, std::int64_t amount) {
  std::vector<credit_draw> out;
  for (const auto& x : draws) {
    auto taken = std::min(amount, x.amount);
    if (taken > 0) {
      out.push_back({x.grant_id, taken});
      amount -= taken;
    }
  }
  return out;
}

result<void> check_room(credit_recorder& to, std::int64_t amount) {
  auto sum = amount + held_of(to.state(), to.now()) + balance_of(to.state(), to.now());
  if (sum > balance_max) {
    return error{errc::unprocessable,
                 "a balance is at most " + std::to_string(balance_max),
                 {{"/amount", "is too large beside what there is"}}};
  }
  return {};
}

result<void> act(credit_recorder& to, const grant_credits& c) {
  if (auto fits = check_amount(c.grant.amount, "/amount"); !fits) {
    return fits;
  }
  if (to.state().grants.contains(c.grant_id)) {
    return error{errc::already_exists, "there is a grant " + c.grant_id};
  }
  if (has_expired(c.grant, to.now())) {
    return error{errc::unprocessable,
                 "it would have expired already",
                 {{"/expires_at", "must be in the future"}}};
  }
  auto priority = priority_of(c.grant);
  if (priority < 0 || priority > credit_priority_max) {
    return error{errc::unprocessable, "no such priority", {{"/priority", "must be 0 to 100"}}};
  }
  if (auto fits = check_room(to, c.grant.amount); !fits) {
    return fits;
  }
  auto grant = c.grant;
  grant.granted_at = to.now();
  to.emit(credits_granted{c.grant_id, std::move(grant)});
  return {};
}

result<void> act(credit_recorder& to, const consume_credits& c) {
  if (auto fits = check_amount(c.use.amount, "/amount"); !fits) {
    return fits;
  }
  auto draws = draw(to.state(), c.use.amount, to.now());
  if (!draws) {
    return draws.error();
  }
  to.emit(credits_consumed{to.next_transaction_id(), c.use, std::move(*draws)});
  return {};
}

result<void> act(credit_recorder& to, const hold_credits& c) {
  if (auto fits = check_amount(c.use.amount, "/amount"); !fits) {
    return fits;
  }
  if (c.expires_at <= to.now()) {
    return error{
      errc::unprocessable, "it would have expired already", {{"/expires_in", "must be longer"}}};
  }
  if (to.state().holds.size() >= holds_max) {
    return error{errc::conflict,
                 std::to_string(holds_max) + " holds are open: confirm or release some"};
  }
  if (to.state().holds.contains(c.hold_id)) {
    return error{errc::already_exists, "there is a hold " + c.hold_id};
  }
  auto draws = draw(to.state(), c.use.amount, to.now());
  if (!draws) {
    return draws.error();
  }
  to.emit(credits_held{c.hold_id, {c.use, std::move(*draws), c.expires_at}});
  return {};
}

result<const credit_hold*> hold_of(credit_recorder& to, const std::string& id) {
  auto found = to.state().holds.find(id);
  if (found == to.state().holds.end()) {
    return error{errc::not_found,
                 "there is no open hold " + id + ": it was confirmed or released, or has expired"};
  }
  return &found->second;
}

result<void> act(credit_recorder& to, const confirm_hold& c) {
  auto found = hold_of(to, c.hold_id);
  if (!found) {
    return found.error();
  }
  const auto& hold = **found;
  auto amount = c.amount.value_or(hold.use.amount);
  if (auto fits = check_amount(amount, "/amount"); !fits) {
    return fits;
  }
  if (amount > hold.use.amount) {
    return error{errc::conflict, std::to_string(hold.use.amount) + " credits are held"};
  }
  auto use = hold.use;
  use.amount = amount;
  auto used = first_of(hold.draws, amount);
  auto back = left_of(hold.draws, used);
  const auto& before = to.state();
  to.emit(
    credit_hold_confirmed{c.hold_id, to.next_transaction_id(), std::move(use), std::move(used)});
  expire(to, before, back);
  return {};
}

result<void> act(credit_recorder& to, const release_hold& c) {
  auto found = hold_of(to, c.hold_id);
  if (!found) {
    return found.error();
  }
  const auto& before = to.state();
  to.emit(credit_hold_released{c.hold_id, false});
  expire(to, before, (*found)->draws);
  return {};
}

result<void> act(credit_recorder& to, const reverse_consumption& c) {
  const auto& state = to.state();
  auto known = state.given_back.find(c.transaction_id);
  auto left = known == state.given_back.end() ? c.draws : left_of(c.draws, known->second);
  auto amount = c.amount.value_or(sum_of(left));
  if (sum_of(left) == 0) {
    return error{errc::conflict, "all of " + c.transaction_id + " was given back"};
  }
  if (auto fits = check_amount(amount, "/amount"); !fits) {
    return fits;
  }
  if (amount > sum_of(left)) {
    return error{errc::conflict, std::to_string(sum_of(left)) + " credits of " + c.transaction_id
                                   + " were not given back yet"};
  }
  std::reverse(left.begin(), left.end());
  auto back = first_of(left, amount);
  to.emit(credit_consumption_reversed{to.next_transaction_id(), c.transaction_id, back, c.reason});
  expire(to, state, back);
  return {};
}

result<void> act(credit_recorder& to, const reverse_grant& c) {
  const auto& state = to.state();
  auto found = state.grants.find(c.grant_id);
  if (found == state.grants.end()) {
    return error{errc::not_found, "there is no grant " + c.grant_id};
  }
  auto left = remaining(found->second);
  auto amount = c.amount.value_or(left);
  if (left == 0) {
    return error{errc::conflict, "nothing is left of " + c.grant_id};
  }
  if (auto fits = check_amount(amount, "/amount"); !fits) {
    return fits;
  }
  if (amount > left) {
    return error{errc::conflict, std::to_string(left) + " credits are left of " + c.grant_id};
  }
  to.emit(credit_grant_reversed{c.grant_id, amount, c.reason});
  return {};
}

result<void> act(credit_recorder&, const expire_credits&) {
  return {};
}

result<void> act(credit_recorder& to, const transfer_credits& c) {
  if (auto fits = check_amount(c.amount, "/amount"); !fits) {
    return fits;
  }
  auto draws = draw(to.state(), c.amount, to.now());
  if (!draws) {
    return draws.error();
  }
  to.emit(credits_transferred{to.next_transaction_id(), c.transfer_id, c.to_organization_id,
                              std::move(*draws), c.reason});
  return {};
}

// All of it at once: where one of its grants is, all are. What expired on the way expires here.
result<void> act(credit_recorder& to, const receive_transfer& c) {
  auto id_of = [&](std::size_t i) { return c.transfer_id + "-" + std::to_string(i); };
  if (to.state().grants.contains(id_of(0))) {
    return {};
  }
  std::int64_t amount = 0;
  for (const auto& grant : c.grants) {
    amount += grant.amount;
  }
  if (auto fits = check_room(to, amount); !fits) {
    return fits;
  }
  for (std::size_t i = 0; i < c.grants.size(); ++i) {
    auto grant = c.grants[i];
    grant.granted_at = to.now();
    to.emit(credits_granted{id_of(i), std::move(grant)});
  }
  expire(to);
  return {};
}

result<void> act(credit_recorder& to, const complete_transfer& c) {
  if (to.state().transfers.contains(c.transfer_id)) {
    to.emit(credit_transfer_completed{c.transfer_id});
  }
  return {};
}

result<void> act(credit_recorder& to, const return_transfer& c) {
  const auto& before = to.state();
  auto found = before.transfers.find(c.transfer_id);
  if (found != before.transfers.end()) {
    const auto& draws = found->second.draws;
    to.emit(credit_transfer_returned{to.next_transaction_id(), c.transfer_id, draws, c.reason});
    expire(to, before, draws);
  }
  return {};
}

}  // namespace

error insufficient_credits(std::int64_t balance, std::int64_t required) {
  return error{errc::insufficient_credits, "the balance is " + std::to_string(balance) + ", "
                                             + std::to_string(required) + " are required"}
    .with("balance", balance)
    .with("required", required);
}

result<std::vector<credit_account_event>> decide(const credit_account& state,
                                                 const credit_command& wanted, timestamp now,
                                                 std::uint64_t sequence) {
  credit_recorder to{state, now, sequence};
  expire(to);
  auto done = std::visit([&](const auto& c) { return act(to, c); }, wanted);
  if (!done) {
    return done.error();
  }
  return std::move(to).events();
}

}  // namespace bursar::domain
