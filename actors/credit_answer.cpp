#include "actors/credit_answer.hpp"

#include "base/assert.hpp"
#include "domain/overloaded.hpp"
#include "schemas/credit_views.hpp"

namespace bursar::actors {
namespace {

using domain::overloaded;

template <class Event>
const Event& made(const std::vector<domain::event>& events) {
  for (const auto& event : events) {
    if (const auto* found = std::get_if<Event>(&event)) {
      return *found;
    }
  }
  BURSAR_ASSERT(false, "a command that did not do what it says");
}

}  // namespace

outcome credit_answer(const domain::credit_account& s, const domain::credit_command& wanted,
                      const std::vector<domain::event>& events, timestamp now) {
  outcome out;
  bool creates = std::holds_alternative<domain::grant_credits>(wanted)
                 || std::holds_alternative<domain::hold_credits>(wanted)
                 || std::holds_alternative<domain::transfer_credits>(wanted);
  out.status = creates ? 201 : 200;
  auto balance = domain::balance_of(s, now);
  out.body = std::visit(
    overloaded{
      [&](const domain::grant_credits& c) { return schemas::render_granted(c.grant_id, balance); },
      [&](const domain::consume_credits&) {
        const auto& e = made<domain::credits_consumed>(events);
        return schemas::render_consumed(e.transaction_id, e.draws, balance);
      },
      [&](const domain::hold_credits& c) {
        return schemas::render_hold(c.hold_id, s.holds.at(c.hold_id), balance);
      },
      [&](const domain::confirm_hold&) {
        const auto& e = made<domain::credit_hold_confirmed>(events);
        return schemas::render_consumed(e.transaction_id, e.draws, balance);
      },
      [&](const domain::release_hold& c) { return schemas::render_released(c.hold_id, balance); },
      [&](const domain::reverse_consumption&) {
        const auto& e = made<domain::credit_consumption_reversed>(events);
        return schemas::render_given_back(e.transaction_id, e.reverses, e.draws, balance);
      },
      [&](const domain::reverse_grant& c) {
        const auto& e = made<domain::credit_grant_reversed>(events);
        return schemas::render_taken_back(c.grant_id, e.amount, balance);
      },
      [&](const domain::transfer_credits&) {
        return schemas::render_transferred(made<domain::credits_transferred>(events), balance);
      },
      [](const domain::expire_credits&) { return std::string{"{}"}; },
      [](const domain::receive_transfer&) { return std::string{"{}"}; },
      [](const domain::complete_transfer&) { return std::string{"{}"}; },
      [](const domain::return_transfer&) { return std::string{"{}"}; }},
    wanted);
  return out;
}

}  // namespace bursar::actors
