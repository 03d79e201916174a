// An organization that is told what to do, each at its time, as its actor would tell it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "domain/organization.hpp"
#include "tests/support/catch.hpp"

namespace bursar::testing {

inline timestamp at(std::string_view text) {
  return parse_rfc3339(text).value();
}

struct billed_organization {
  domain::organization state;
  domain::catalog sold;
  std::vector<domain::event> chain;
  int invoices = 0;
  bool has_gateway = true;
  domain::credit_rules credits;
  std::chrono::seconds due_after = std::chrono::days{36'500};  // nobody is late, unless it says so
  std::chrono::seconds draft_for{0};

  billed_organization() {
    domain::create_organization created;
    created.id = "org_a";
    created.name = "A";
    is_told("2026-01-01T00:00:00Z", created);
  }

  result<void> hears(std::string_view time, const domain::command& wanted) {
    domain::billing_context billing;
    billing.due_after = due_after;
    billing.draft_for = draft_for;
    billing.has_gateway = has_gateway;
    billing.new_invoice_id = [this] { return "in_" + std::to_string(++invoices); };
    domain::decision_context context{at(time), &sold, &billing};
    context.sequence = chain.size() + 1;
    context.credits = credits;
    auto decided = decide(state, wanted, context);
    if (!decided) {
      return decided.error();
    }
    for (auto& e : *decided) {
      state = evolve(std::move(state), e);
      chain.push_back(std::move(e));
    }
    return {};
  }
  void is_told(std::string_view time, const domain::command& wanted) {
    auto done = hears(time, wanted);
    INFO((done ? "" : done.error().text()));
    REQUIRE(done.has_value());
  }
  errc refuses(std::string_view time, const domain::command& wanted) {
    auto before = state;
    auto done = hears(time, wanted);
    REQUIRE_FALSE(done.has_value());
    CHECK(state == before);
    return done.error().code();
  }
  const domain::standing& standing() const { return state.standing; }
};

}  // namespace bursar::testing
