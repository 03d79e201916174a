// An account of credits and its clock.
#pragma once

#include <string>
#include <vector>

#include "domain/credits/credit_account.hpp"
#include "tests/support/catch.hpp"

namespace bursar::testing {

inline const timestamp start = parse_rfc3339("2026-01-01T00:00:00Z").value();

// An account and its clock.
struct wallet {
  domain::credit_account account;
  timestamp now = start;
  std::uint64_t sequence = 1;
  std::vector<domain::credit_account_event> last;

  result<void> does(const domain::credit_command& wanted) {
    auto events = decide(account, wanted, now, sequence);
    if (!events) {
      return events.error();
    }
    last = *events;
    for (const auto& event : last) {
      account = evolve(std::move(account), event);
      ++sequence;
      for (const auto& [id, x] : account.grants) {
        bool whole = domain::remaining(x) >= 0 && x.held >= 0 && x.consumed >= 0 && x.expired >= 0
                     && x.reversed >= 0 && x.transferred >= 0;
        REQUIRE(whole);
      }
    }
    return {};
  }
  errc fails(const domain::credit_command& wanted) {
    auto before = account;
    auto done = does(wanted);
    CHECK(account == before);
    return done ? errc::none : done.error().code();
  }
  std::vector<domain::credit_draw> consume(std::int64_t amount) {
    does(domain::consume_credits{{amount, {}, {}}}).value();
    return std::get<domain::credits_consumed>(last.back()).draws;
  }
  std::string transaction() const { return domain::transaction_id_of(sequence - 1); }
  std::int64_t balance() const { return domain::balance_of(account, now); }
};

inline domain::credit_grant of(domain::credit_kind kind, std::int64_t amount) {
  domain::credit_grant out;
  out.kind = kind;
  out.amount = amount;
  return out;
}

using draws = std::vector<domain::credit_draw>;

}  // namespace bursar::testing
