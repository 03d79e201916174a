// What happens to credits by itself: notices before they expire, the alert of a low balance, packs
// whose payment went back.
#include <algorithm>

#include "tests/support/billed_organization.hpp"
#include "tests/support/wallet.hpp"

using namespace bursar;
using namespace bursar::domain;
using bursar::testing::at;
using bursar::testing::of;

namespace {

constexpr const char* new_year = "2026-01-01T00:00:00Z";

struct rich_organization : bursar::testing::billed_organization {
  template <class Event>
  std::vector<Event> told() const {
    std::vector<Event> out;
    for (const auto& e : chain) {
      if (const auto* found = std::get_if<Event>(&e)) {
        out.push_back(*found);
      }
    }
    return out;
  }
  void has(const std::string& id, std::int64_t amount, std::optional<timestamp> until = {}) {
    auto grant = of(credit_kind::manual, amount);
    grant.expires_at = until;
    is_told(new_year, grant_credits{id, grant});
  }
  void uses(std::int64_t amount, std::string_view time = new_year) {
    is_told(time, consume_credits{{amount, {}, {}}});
  }
  std::int64_t balance(std::string_view time = new_year) const {
    return balance_of(state.credits, at(time));
  }
};

}  // namespace

// -- notices ---

TEST_CASE("what is left of a grant is told of once, some days before it expires",
          "[domain][credits]") {
  rich_organization x;
  x.credits.expiry_notice = std::chrono::days{7};
  x.has("g", 100, at("2026-02-01T00:00:00Z"));
  CHECK(next_due(x.state) == at("2026-01-25T00:00:00Z"));
  x.uses(30);
  x.is_told("2026-01-24T23:59:59Z", advance_time{});
  CHECK(x.told<credits_expiring>().empty());
  x.is_told("2026-01-25T00:00:00Z", advance_time{});
  CHECK(x.told<credits_expiring>()
        == std::vector{credits_expiring{"g", 70, at("2026-02-01T00:00:00Z")}});
  CHECK(next_due(x.state) == at("2026-02-01T00:00:00Z"));
  x.uses(10, "2026-01-26T00:00:00Z");
  x.is_told("2026-02-01T00:00:00Z", advance_time{});
  CHECK(x.told<credits_expiring>().size() == 1);
  CHECK(x.told<credits_expired>() == std::vector{credits_expired{"g", 60}});
  CHECK_FALSE(next_due(x.state));
}

TEST_CASE("nobody is told of what is used up, of what lives no longer, or of what is over",
          "[domain][credits]") {
  rich_organization x;
  x.credits.expiry_notice = std::chrono::days{7};
  x.has("short", 5, at("2026-01-08T00:00:00Z"));
  CHECK(next_due(x.state) == at("2026-01-08T00:00:00Z"));
  x.has("used", 5, at("2026-03-01T00:00:00Z"));
  x.has("late", 5, at("2026-04-01T00:00:00Z"));
  x.has("lasting", 5);
  x.uses(10);
  x.is_told("2026-03-02T00:00:00Z", advance_time{});
  CHECK(x.told<credits_expiring>().empty());
  x.is_told("2026-04-02T00:00:00Z", advance_time{});
  CHECK(x.told<credits_expiring>().empty());
  CHECK(x.told<credits_expired>() == std::vector{credits_expired{"late", 5}});
  CHECK(x.balance("2026-04-02T00:00:00Z") == 5);
}

TEST_CASE("what comes back after its notice was due is told of then", "[domain][credits]") {
  rich_organization x;
  x.credits.expiry_notice = std::chrono::days{7};
  x.has("g", 5, at("2026-02-01T00:00:00Z"));
  x.is_told(new_year, hold_credits{"h", {5, {}, {}}, at("2026-01-30T00:00:00Z")});
  CHECK(next_due(x.state) == at("2026-01-30T00:00:00Z"));
  x.is_told("2026-01-30T00:00:00Z", advance_time{});
  CHECK(x.told<credits_expiring>().size() == 1);
}

TEST_CASE("without the rule nobody is told that credits expire", "[domain][credits]") {
  rich_organization x;
  x.has("g", 5, at("2026-02-01T00:00:00Z"));
  CHECK(next_due(x.state) == at("2026-02-01T00:00:00Z"));
}

// -- alerts ---

TEST_CASE("a balance that falls below the threshold is told of once, until it is back",
          "[domain][credits]") {
  rich_organization x;
  x.credits.low_balance = 100;
  x.has("a", 50);  // it never was more
  x.uses(10);
  CHECK(x.told<credit_balance_low>().empty());
  x.has("b", 60);
  CHECK(x.balance() == 100);
  x.is_told(new_year, hold_credits{"h", {1, {}, {}}, at("2026-01-02T00:00:00Z")});
  CHECK(x.told<credit_balance_low>() == std::vector{credit_balance_low{99, 100}});
  x.uses(30);
  CHECK(x.told<credit_balance_low>().size() == 1);
  x.has("c", 31);
  x.is_told(new_year, transfer_credits{"t", "org_b", 40, {}});
  CHECK(x.told<credit_balance_low>().back() == credit_balance_low{60, 100});
  x.is_told(new_year, return_transfer{"t", "refused"});
  x.is_told("2026-01-02T00:00:00Z", advance_time{});
  CHECK(x.balance("2026-01-02T00:00:00Z") == 101);
  CHECK(x.told<credit_balance_low>().size() == 2);
}

TEST_CASE("credits that expire, or are taken back, make a balance low", "[domain][credits]") {
  rich_organization x;
  x.credits.low_balance = 100;
  x.has("a", 80, at("2026-02-01T00:00:00Z"));
  x.has("b", 30);
  x.has("c", 5);
  x.is_told("2026-02-01T00:00:00Z", advance_time{});
  CHECK(x.told<credit_balance_low>() == std::vector{credit_balance_low{35, 100}});
  x.has("d", 65);
  x.is_told("2026-02-02T00:00:00Z", reverse_grant{"d", {}, {}});
  CHECK(x.told<credit_balance_low>().back() == credit_balance_low{35, 100});
}

TEST_CASE("a threshold of 0 is none", "[domain][credits]") {
  rich_organization x;
  x.has("a", 5);
  x.uses(5);
  CHECK(x.told<credit_balance_low>().empty());
}

// -- packs whose payment went back ---

namespace {

struct buyer : rich_organization {
  int events = 0;

  buyer() {
    credits.revoke_on_refund = true;
    credit_product product;
    product.id = product.name = "pack";
    product.credits = 500;
    sold.credit_products["pack"] = product;
  }
  void sees(const std::string& type, const std::string& id, stripe::object what) {
    apply_stripe_event told;
    told.event.id = "evt_" + std::to_string(++events);
    told.event.created = 1'767'225'600 + events;
    told.event.type = type;
    told.event.seen = stripe::observation{id, std::move(what), {}};
    is_told("2026-01-02T00:00:00Z", told);
  }
  void buys() {
    stripe::checkout_session shown;
    shown.mode = "payment";
    shown.status = "complete";
    shown.payment_status = "paid";
    shown.currency = "usd";
    shown.amount_total = 1000;
    shown.pack = "pack";
    shown.payment_intent = "pi_1";
    sees("checkout.session.completed", "cs_1", shown);
  }
  void is_refunded(std::int64_t total) {
    stripe::charge shown;
    shown.status = "succeeded";
    shown.currency = "usd";
    shown.payment_intent = "pi_1";
    shown.amount = 1000;
    shown.amount_refunded = total;
    sees("charge.refunded", "ch_1", shown);
  }
  void is_disputed(const std::string& status) {
    stripe::dispute shown;
    shown.status = status;
    shown.currency = "usd";
    shown.payment_intent = "pi_1";
    shown.charge = "ch_1";
    shown.amount = 1000;
    sees("charge.dispute.closed", "dp_1", shown);
  }
  std::int64_t revoked() const { return state.credits.grants.at("cs_1").reversed; }
};

}  // namespace

TEST_CASE("a refund takes back its part of the pack, as far as it is left", "[domain][credits]") {
  buyer x;
  x.buys();
  x.uses(100, "2026-01-02T00:00:00Z");
  x.is_refunded(300);
  CHECK(x.revoked() == 150);
  x.is_refunded(300);
  CHECK(x.revoked() == 150);
  x.is_refunded(0);  // the refund failed; what was taken back stays so
  x.is_refunded(500);
  CHECK(x.revoked() == 250);
  x.is_refunded(1000);
  CHECK(x.revoked() == 400);
  CHECK(x.balance("2026-01-02T00:00:00Z") == 0);
  CHECK(x.told<credit_grant_reversed>().size() == 3);
}

TEST_CASE("a refund that is told of before the pack takes it back as well", "[domain][credits]") {
  buyer x;
  x.is_refunded(400);
  x.buys();
  CHECK(x.revoked() == 200);
  CHECK(x.balance("2026-01-02T00:00:00Z") == 300);
}

TEST_CASE("a lost dispute takes the pack back, and one that was won does not",
          "[domain][credits]") {
  buyer won, lost;
  won.buys();
  won.is_disputed("won");
  CHECK(won.revoked() == 0);
  lost.buys();
  lost.is_refunded(200);
  lost.is_disputed("lost");
  CHECK(lost.revoked() == 500);
}

TEST_CASE("without the rule a refund takes no credits back", "[domain][credits]") {
  buyer x;
  x.credits.revoke_on_refund = false;
  x.buys();
  x.is_refunded(1000);
  x.is_disputed("lost");
  CHECK(x.revoked() == 0);
}
