// Transfers: credits leave one account and arrive in another one, once, or return.
#include "tests/support/billed_organization.hpp"
#include "tests/support/random_source.hpp"
#include "tests/support/wallet.hpp"

using namespace bursar;
using namespace bursar::domain;
using bursar::testing::billed_organization;
using bursar::testing::draws;
using bursar::testing::of;
using bursar::testing::start;
using bursar::testing::wallet;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

credit_grant gift(std::int64_t amount, timestamp until) {
  auto out = of(credit_kind::promotional, amount);
  out.expires_at = until;
  out.priority = 7;
  return out;
}

credit_grant pack(std::int64_t amount, std::int64_t paid) {
  auto out = of(credit_kind::purchased, amount);
  out.paid = paid;
  out.currency = "usd";
  out.credit_product = "credits_10";
  out.checkout_session = "cs_1";
  return out;
}

// What the transfer that was decided last brings.
std::vector<credit_grant> brought_by(const wallet& x) {
  return grants_of(std::get<credits_transferred>(x.last.back()), x.account, "org_a");
}

}  // namespace

TEST_CASE("a transfer draws as a use does, and what it draws is gone at once",
          "[domain][credits]") {
  wallet x;
  x.does(grant_credits{"gift", gift(5, start + hours{1})}).value();
  x.does(grant_credits{"pack", pack(10, 1000)}).value();
  CHECK(x.fails(transfer_credits{"t", "org_b", 16, {}}) == errc::insufficient_credits);
  CHECK(x.fails(transfer_credits{"t", "org_b", 0, {}}) == errc::unprocessable);
  x.does(transfer_credits{"t", "org_b", 8, "merged"}).value();
  const auto& left = std::get<credits_transferred>(x.last.back());
  CHECK(left == credits_transferred{"txn_3", "t", "org_b", {{"gift", 5}, {"pack", 3}}, "merged"});
  CHECK(x.balance() == 7);
  CHECK(x.account.transfers.at("t") == credit_transfer{"org_b", {{"gift", 5}, {"pack", 3}}});
  x.does(complete_transfer{"t"}).value();
  CHECK(x.account.transfers.empty());
  CHECK(x.balance() == 7);
  x.does(complete_transfer{"t"}).value();
  CHECK(x.last.empty());
  x.does(return_transfer{"t", "too late"}).value();
  CHECK(x.last.empty());
}

TEST_CASE("what arrives is as good as what left, and there once", "[domain][credits]") {
  wallet from, to;
  from.does(grant_credits{"gift", gift(5, start + hours{1})}).value();
  from.does(grant_credits{"pack", pack(10, 999)}).value();
  from.does(transfer_credits{"t", "org_b", 8, "merged"}).value();
  receive_transfer arriving{"t", brought_by(from)};
  to.now += minutes{5};
  to.does(arriving).value();
  REQUIRE(to.account.grants.size() == 2);
  const auto& first = to.account.grants.at("t-0").grant;
  CHECK(first.kind == credit_kind::promotional);
  CHECK(first.expires_at == start + hours{1});
  CHECK(first.priority == 7);
  CHECK(first.granted_at == to.now);
  CHECK(first.from_organization_id == "org_a");
  CHECK(first.reason == "merged");
  const auto& second = to.account.grants.at("t-1").grant;
  CHECK(second.kind == credit_kind::purchased);
  CHECK_FALSE(second.expires_at);
  CHECK(second.paid == 300);  // of 999 three tenths
  CHECK(second.currency == "usd");
  CHECK(second.credit_product == "credits_10");
  CHECK_FALSE(second.checkout_session);  // a refund of it is the buyer's
  CHECK(to.balance() == 8);
  to.consume(8);
  to.does(arriving).value();
  CHECK(to.last.empty());
  CHECK(to.balance() == 0);
}

TEST_CASE("what expired on its way expires where it arrives", "[domain][credits]") {
  wallet from, to;
  from.does(grant_credits{"gift", gift(5, start + hours{1})}).value();
  from.does(transfer_credits{"t", "org_b", 5, {}}).value();
  to.now += hours{2};
  to.does(receive_transfer{"t", brought_by(from)}).value();
  CHECK(to.balance() == 0);
  CHECK(to.account.grants.at("t-0").expired == 5);
}

TEST_CASE("a transfer that nobody takes returns to where it came from", "[domain][credits]") {
  wallet from, to;
  for (int i = 0; i < balance_max / credits_max; ++i) {
    to.does(grant_credits{"g" + std::to_string(i), of(credit_kind::manual, credits_max)}).value();
  }
  from.does(grant_credits{"gift", gift(5, start + hours{1})}).value();
  from.does(grant_credits{"pack", pack(10, 1000)}).value();
  auto before = from.account.grants;
  from.does(transfer_credits{"t", "org_b", 8, {}}).value();
  CHECK(to.fails(receive_transfer{"t", brought_by(from)}) == errc::unprocessable);
  from.does(return_transfer{"t", "no room"}).value();
  CHECK(from.last
        == std::vector<credit_account_event>{
          credit_transfer_returned{"txn_4", "t", {{"gift", 5}, {"pack", 3}}, "no room"}});
  CHECK(from.account.grants == before);
  from.does(return_transfer{"t", "no room"}).value();
  CHECK(from.last.empty());
  from.does(transfer_credits{"u", "org_b", 8, {}}).value();
  from.now += hours{2};
  from.does(return_transfer{"u", "no room"}).value();
  CHECK(from.account.grants.at("gift").expired == 5);  // it is over, wherever it was
  CHECK(from.balance() == 10);
}

TEST_CASE("an organization transfers nothing to itself", "[domain][credits]") {
  billed_organization x;
  x.is_told("2026-01-01T00:00:00Z", grant_credits{"g", of(credit_kind::manual, 5)});
  CHECK(x.refuses("2026-01-01T00:00:00Z", transfer_credits{"t", "org_a", 1, {}})
        == errc::unprocessable);
  x.is_told("2026-01-01T00:00:00Z", transfer_credits{"t", "org_b", 1, {}});
}

TEST_CASE("what was transferred of a plan's credits is not brought again", "[domain][credits]") {
  wallet x;
  brought_credits month{"sub_1", 100, start, start + hours{24 * 31}};
  std::vector<event> made;
  auto bring = [&] {
    made.clear();
    bring_credits(x.account, month, x.now, made);
    for (const auto& e : made) {
      x.account = evolve(std::move(x.account), std::get<credits_granted>(e));
    }
  };
  bring();
  CHECK(x.balance() == 100);
  x.does(transfer_credits{"t", "org_b", 40, {}}).value();
  bring();
  CHECK(made.empty());
  x.does(complete_transfer{"t"}).value();
  month.amount = 120;
  bring();
  CHECK(x.balance() == 80);
}

// -- three accounts whose transfers are brought again and again ---

namespace {

class credits_moving {
 public:
  explicit credits_moving(std::uint64_t seed) : random_{random_of(seed)} {
    for (auto& x : accounts_) {
      x.does(grant_credits{"g", of(credit_kind::manual, 20)}).value();
    }
  }

  void step() {
    auto from = below(3), to = (from + 1 + below(2)) % 3;
    if (below(2) == 0) {
      auto id = "t" + std::to_string(moves_.size());
      if (accounts_[from].does(transfer_credits{id, "", 1 + below_signed(15), {}})) {
        moves_.push_back({id, from, to, brought_by(accounts_[from]), false, false});
      }
    } else if (!moves_.empty()) {
      carry(moves_[below(moves_.size())]);
    }
  }
  // What is under way is with its sender still.
  void check() {
    std::int64_t sum = 0;
    for (const auto& x : accounts_) {
      sum += x.balance();
    }
    for (const auto& x : moves_) {
      sum += x.arrived || x.returned ? 0 : amount_of(x);
    }
    REQUIRE(sum == 60);
  }
  void end() {
    for (auto& x : moves_) {
      carry(x);
      bool ended = x.arrived || x.returned;
      REQUIRE(ended);
      accounts_[x.from].does(complete_transfer{x.id}).value();
    }
    for (const auto& x : accounts_) {
      REQUIRE(x.account.transfers.empty());
    }
  }

 private:
  struct move {
    std::string id;
    std::size_t from = 0, to = 0;
    std::vector<credit_grant> grants;
    bool arrived = false, returned = false;
  };

  std::size_t below(std::int64_t n) { return static_cast<std::size_t>(random_.below(n)); }
  std::int64_t below_signed(std::size_t n) { return static_cast<std::int64_t>(below(n)); }
  static std::int64_t amount_of(const move& x) {
    std::int64_t out = 0;
    for (const auto& grant : x.grants) {
      out += grant.amount;
    }
    return out;
  }
  // Whoever was interrupted brings it again, and tells the sender or dies before.
  void carry(move& x) {
    if (!x.returned && !x.arrived && below(4) == 0) {
      accounts_[x.from].does(return_transfer{x.id, "refused"}).value();
      x.returned = true;
    } else if (!x.returned) {
      accounts_[x.to].does(receive_transfer{x.id, x.grants}).value();
      x.arrived = true;
    }
    if (x.arrived && below(2) == 0) {
      accounts_[x.from].does(complete_transfer{x.id}).value();
    }
  }

  random_source random_;
  std::array<wallet, 3> accounts_;
  std::vector<move> moves_;
};

}  // namespace

TEST_CASE("transfers make no credit and lose none, however often they are brought",
          "[domain][credits]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    credits_moving all{seed};
    for (int i = 0; i < 60; ++i) {
      all.step();
      all.check();
    }
    all.end();
    all.check();
  }
}
