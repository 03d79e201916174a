// Credits: in which order they are drawn, and that each of them is at one place only.
#include <algorithm>

#include "tests/support/random_source.hpp"
#include "tests/support/wallet.hpp"

using namespace bursar;
using namespace bursar::domain;
using bursar::testing::draws;
using bursar::testing::of;
using bursar::testing::start;
using bursar::testing::wallet;
using std::chrono::hours;
using std::chrono::minutes;

TEST_CASE("what was bought is used before what a subscription brings", "[domain][credits]") {
  wallet x;
  auto monthly = of(credit_kind::subscription, 100);
  monthly.expires_at = start + hours{24 * 31};
  x.does(grant_credits{"monthly", monthly}).value();
  x.does(grant_credits{"pack", of(credit_kind::purchased, 50)}).value();
  CHECK(x.consume(60) == draws{{"pack", 50}, {"monthly", 10}});
  CHECK(x.balance() == 90);
  x.now = *monthly.expires_at;
  CHECK(x.balance() == 0);
  x.does(expire_credits{}).value();
  CHECK(x.account.grants.at("monthly").expired == 90);
  CHECK(x.account.order.empty());
  CHECK_FALSE(due_at(x.account));
}

TEST_CASE("3.6: priority, expiry, promotional before paid, cost basis, age, id",
          "[domain][credits]") {
  auto order = [](std::vector<std::pair<std::string, credit_grant>> grants) {
    wallet x;
    for (auto& [id, grant] : grants) {
      x.does(grant_credits{id, grant}).value();
      x.now += minutes{1};
    }
    return x.account.order;
  };
  auto paid = [](std::int64_t amount, std::int64_t money) {
    auto out = of(credit_kind::purchased, amount);
    out.paid = money;
    out.currency = "usd";
    return out;
  };
  auto expires = [](credit_grant x, int days) {
    x.expires_at = start + hours{24 * days};
    return x;
  };
  auto first = of(credit_kind::manual, 1);
  first.priority = 49;
  using ids = std::vector<std::string>;
  CHECK(order({{"a", expires(of(credit_kind::manual, 1), 1)}, {"b", first}}) == ids{"b", "a"});
  CHECK(order({{"never", of(credit_kind::promotional, 1)},
               {"late", expires(of(credit_kind::purchased, 1), 9)},
               {"soon", expires(of(credit_kind::purchased, 1), 2)}})
        == ids{"soon", "late", "never"});
  CHECK(order({{"paid", paid(10, 100)}, {"gift", of(credit_kind::promotional, 10)}})
        == ids{"gift", "paid"});
  CHECK(order({{"dear", paid(3, 100)}, {"cheap", paid(10, 333)}, {"free", paid(1, 0)}})
        == ids{"free", "cheap", "dear"});
  CHECK(order({{"z", paid(10, 100)}, {"a", paid(20, 200)}}) == ids{"z", "a"});
  wallet same;
  same.does(grant_credits{"b", paid(1, 1)}).value();
  same.does(grant_credits{"a", paid(1, 1)}).value();
  CHECK(same.account.order == ids{"a", "b"});
}

TEST_CASE("too little is nothing, and says how much", "[domain][credits]") {
  wallet x;
  x.does(grant_credits{"g", of(credit_kind::manual, 10)}).value();
  auto refused = x.does(consume_credits{{11, {}, {}}});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code() == errc::insufficient_credits);
  CHECK(refused.error().figures()
        == std::map<std::string, std::int64_t>{{"balance", 10}, {"required", 11}});
  CHECK(x.balance() == 10);
  CHECK(x.consume(10) == draws{{"g", 10}});
  CHECK(x.fails(consume_credits{{1, {}, {}}}) == errc::insufficient_credits);
}

TEST_CASE("absurd amounts of credits are refused", "[domain][credits]") {
  wallet x;
  for (std::int64_t amount : {std::int64_t{0}, std::int64_t{-1}, credits_max + 1, INT64_MAX}) {
    CAPTURE(amount);
    CHECK(x.fails(grant_credits{"g", of(credit_kind::manual, amount)}) == errc::unprocessable);
    CHECK(x.fails(consume_credits{{amount, {}, {}}}) == errc::unprocessable);
    CHECK(x.fails(hold_credits{"h", {amount, {}, {}}, start + hours{1}}) == errc::unprocessable);
  }
  auto over = of(credit_kind::manual, 1);
  over.expires_at = start;
  CHECK(x.fails(grant_credits{"g", over}) == errc::unprocessable);
  auto odd = of(credit_kind::manual, 1);
  odd.priority = 101;
  CHECK(x.fails(grant_credits{"g", odd}) == errc::unprocessable);
  for (int i = 0; i < balance_max / credits_max; ++i) {
    x.does(grant_credits{"g" + std::to_string(i), of(credit_kind::manual, credits_max)}).value();
  }
  CHECK(x.fails(grant_credits{"more", of(credit_kind::manual, 1)}) == errc::unprocessable);
  CHECK(x.fails(grant_credits{"g1", of(credit_kind::manual, 1)}) == errc::already_exists);
}

TEST_CASE("a hold is confirmed in part, and the rest is free again", "[domain][credits]") {
  wallet x;
  x.does(grant_credits{"a", of(credit_kind::promotional, 5)}).value();
  x.does(grant_credits{"b", of(credit_kind::manual, 10)}).value();
  x.does(hold_credits{"h", {8, "ai_inference", 2}, start + hours{1}}).value();
  CHECK(x.balance() == 7);
  CHECK(held_of(x.account, x.now) == 8);
  CHECK(x.fails(consume_credits{{8, {}, {}}}) == errc::insufficient_credits);
  CHECK(x.fails(confirm_hold{"h", 9}) == errc::conflict);
  CHECK(x.fails(hold_credits{"h", {1, {}, {}}, start + hours{1}}) == errc::already_exists);
  x.does(confirm_hold{"h", 6}).value();
  const auto& used = std::get<credit_hold_confirmed>(x.last.back());
  CHECK(used.draws == draws{{"a", 5}, {"b", 1}});
  CHECK(used.use == credit_use{6, "ai_inference", 2});
  CHECK(x.balance() == 9);
  CHECK(held_of(x.account, x.now) == 0);
  CHECK(x.fails(confirm_hold{"h", {}}) == errc::not_found);
  CHECK(x.fails(release_hold{"h"}) == errc::not_found);
}

TEST_CASE("a hold that nobody confirms ends by itself", "[domain][credits]") {
  wallet x;
  auto grant = of(credit_kind::promotional, 10);
  grant.expires_at = start + minutes{30};
  x.does(grant_credits{"a", grant}).value();
  x.does(grant_credits{"b", of(credit_kind::manual, 4)}).value();
  x.does(hold_credits{"h", {12, {}, {}}, start + hours{1}}).value();
  CHECK(due_at(x.account) == start + hours{1});  // of the grant nothing is left to expire
  x.now = start + minutes{45};
  CHECK(x.balance() == 2);
  x.now = start + hours{1};
  CHECK(held_of(x.account, x.now) == 0);
  CHECK(x.fails(confirm_hold{"h", {}}) == errc::not_found);
  x.does(expire_credits{}).value();
  CHECK(x.last
        == std::vector<credit_account_event>{credit_hold_released{"h", true},
                                             credits_expired{"a", 10}});
  CHECK(x.balance() == 4);
}

TEST_CASE("a confirmed hold uses credits that expired while they were held", "[domain][credits]") {
  wallet x;
  auto grant = of(credit_kind::promotional, 10);
  grant.expires_at = start + minutes{30};
  x.does(grant_credits{"a", grant}).value();
  x.does(hold_credits{"h", {10, {}, {}}, start + hours{1}}).value();
  x.now = start + minutes{45};
  x.does(confirm_hold{"h", 7}).value();
  CHECK(x.account.grants.at("a").consumed == 7);
  CHECK(x.account.grants.at("a").expired == 3);  // what came back, at once
  CHECK_FALSE(due_at(x.account));
}

TEST_CASE("what is reversed returns to where it came from, the last first", "[domain][credits]") {
  wallet x;
  x.does(grant_credits{"a", of(credit_kind::promotional, 5)}).value();
  x.does(grant_credits{"b", of(credit_kind::manual, 5)}).value();
  auto drawn = x.consume(8);
  auto id = x.transaction();
  CHECK(x.fails(reverse_consumption{id, drawn, 9, {}}) == errc::conflict);
  x.does(reverse_consumption{id, drawn, 4, "slow"}).value();
  CHECK(std::get<credit_consumption_reversed>(x.last.back()).draws == draws{{"b", 3}, {"a", 1}});
  CHECK(x.balance() == 6);
  CHECK(x.fails(reverse_consumption{id, drawn, 5, {}}) == errc::conflict);
  x.does(reverse_consumption{id, drawn, {}, {}}).value();
  CHECK(x.balance() == 10);
  CHECK(x.fails(reverse_consumption{id, drawn, {}, {}}) == errc::conflict);
}

TEST_CASE("what is left of a grant is taken back, and no more", "[domain][credits]") {
  wallet x;
  x.does(grant_credits{"a", of(credit_kind::manual, 10)}).value();
  x.consume(3);
  x.does(hold_credits{"h", {2, {}, {}}, start + hours{1}}).value();
  CHECK(x.fails(reverse_grant{"a", 6, {}}) == errc::conflict);
  CHECK(x.fails(reverse_grant{"b", {}, {}}) == errc::not_found);
  x.does(reverse_grant{"a", {}, "by mistake"}).value();
  CHECK(x.account.grants.at("a").reversed == 5);
  CHECK(x.fails(reverse_grant{"a", {}, {}}) == errc::conflict);
  x.does(release_hold{"h"}).value();
  CHECK(x.balance() == 2);
}

// -- random lives beside a model that moves single credits ---

namespace {

// Every credit by itself, and where it is.
class model {
 public:
  enum class place { free, held, used, expired, reversed, transferred };

  void grant(const std::string& id, const credit_grant& x, timestamp now) {
    grants_.push_back({id, x, now});
    for (std::int64_t i = 0; i < x.amount; ++i) {
      coins_.push_back({grants_.size() - 1, place::free, "", 0});
    }
  }
  void reach(timestamp now) {
    now_ = now;
    std::erase_if(holds_, [&](const auto& hold) {
      if (hold.second > now) {
        return false;
      }
      for (auto& x : coins_) {
        if (x.at == place::held && x.owner == hold.first) {
          x.at = place::free;
        }
      }
      return true;
    });
    expire();
  }
  bool take(std::int64_t amount, place to, const std::string& owner) {
    std::vector<coin*> free;
    for (auto& x : coins_) {
      if (x.at == place::free) {
        free.push_back(&x);
      }
    }
    if (std::ssize(free) < amount) {
      return false;
    }
    std::stable_sort(free.begin(), free.end(),
                     [&](const coin* a, const coin* b) { return goes_before(a->of, b->of); });
    for (std::int64_t i = 0; i < amount; ++i) {
      *free[static_cast<std::size_t>(i)] = {free[static_cast<std::size_t>(i)]->of, to, owner, i};
    }
    return true;
  }
  bool hold(const std::string& id, std::int64_t amount, timestamp until) {
    bool taken = take(amount, place::held, id);
    if (taken) {
      holds_[id] = until;
    }
    return taken;
  }
  bool settle(const std::string& id, std::int64_t amount, const std::string& owner) {
    auto all = owned(place::held, id);
    if (!holds_.contains(id) || amount > std::ssize(all)) {
      return false;
    }
    for (std::int64_t i = 0; i < std::ssize(all); ++i) {
      auto& x = *all[static_cast<std::size_t>(i)];
      x = {x.of, i < amount ? place::used : place::free, i < amount ? owner : "", i};
    }
    holds_.erase(id);
    expire();
    return true;
  }
  bool give_back(const std::string& owner, std::int64_t amount) {
    auto all = owned(place::used, owner);
    if (amount < 1 || amount > std::ssize(all)) {
      return false;
    }
    for (auto x = all.rbegin(); amount > 0; ++x, --amount) {
      **x = {(*x)->of, place::free, "", 0};
    }
    expire();
    return true;
  }
  bool take_back(const std::string& id, std::int64_t amount) {
    std::vector<coin*> free;
    for (auto& x : coins_) {
      if (x.at == place::free && grants_[x.of].id == id) {
        free.push_back(&x);
      }
    }
    if (amount < 1 || amount > std::ssize(free)) {
      return false;
    }
    for (std::int64_t i = 0; i < amount; ++i) {
      free[static_cast<std::size_t>(i)]->at = place::reversed;
    }
    return true;
  }
  void bring_back(const std::string& transfer) {
    for (auto* x : owned(place::transferred, transfer)) {
      *x = {x->of, place::free, "", 0};
    }
    expire();
  }
  std::int64_t held_by(const std::string& id) { return std::ssize(owned(place::held, id)); }

  // The six numbers of each grant.
  std::map<std::string, std::array<std::int64_t, 6>> counts() const {
    std::map<std::string, std::array<std::int64_t, 6>> out;
    for (const auto& x : coins_) {
      ++out[grants_[x.of].id][static_cast<std::size_t>(x.at)];
    }
    return out;
  }

 private:
  struct coin {
    std::size_t of = 0;
    place at = place::free;
    std::string owner;
    std::int64_t turn = 0;
  };
  struct known_grant {
    std::string id;
    credit_grant is;
    timestamp since;
  };

  bool goes_before(std::size_t a, std::size_t b) const {
    const auto &x = grants_[a], &y = grants_[b];
    auto priority = [](const credit_grant& g) {
      return g.priority ? *g.priority : g.kind == credit_kind::subscription ? 60 : 50;
    };
    if (priority(x.is) != priority(y.is)) {
      return priority(x.is) < priority(y.is);
    }
    if (x.is.expires_at != y.is.expires_at) {
      return x.is.expires_at && (!y.is.expires_at || *x.is.expires_at < *y.is.expires_at);
    }
    bool gift = x.is.kind == credit_kind::promotional;
    if (gift != (y.is.kind == credit_kind::promotional)) {
      return gift;
    }
    auto left = x.is.paid.value_or(0) * y.is.amount, right = y.is.paid.value_or(0) * x.is.amount;
    if (left != right) {
      return left < right;
    }
    return x.since != y.since ? x.since < y.since : x.id < y.id;
  }
  std::vector<coin*> owned(place at, const std::string& owner) {
    std::vector<coin*> out;
    for (auto& x : coins_) {
      if (x.at == at && x.owner == owner) {
        out.push_back(&x);
      }
    }
    std::sort(out.begin(), out.end(), [](auto* a, auto* b) { return a->turn < b->turn; });
    return out;
  }
  void expire() {
    for (auto& x : coins_) {
      const auto& until = grants_[x.of].is.expires_at;
      if (x.at == place::free && until && *until <= now_) {
        x.at = place::expired;
      }
    }
  }

  std::vector<known_grant> grants_;
  std::vector<coin> coins_;
  std::map<std::string, timestamp> holds_;
  timestamp now_ = start;
};

credit_grant random_grant(random_source& random, timestamp now) {
  auto out = of(static_cast<credit_kind>(random.below(4)), 1 + random.below(12));
  if (random.below(4) == 0) {
    out.priority = 48 + random.below(4);
  }
  if (random.below(2) == 0) {
    out.expires_at = now + minutes{1 + random.below(90)};
  }
  if (random.below(2) == 0) {
    out.paid = random.below(30);
  }
  return out;
}

struct past_use {
  std::string transaction;
  draws drawn;
};

class credits_life {
 public:
  explicit credits_life(std::uint64_t seed) : random_{random_of(seed)} {}

  void step() {
    if (random_.below(3) == 0) {
      x_.now += minutes{random_.below(20)};
    }
    reference_.reach(x_.now);
    switch (random_.below(10)) {
      case 0: return grant();
      case 1:
      case 2: return consume();
      case 3: return hold();
      case 4: return settle(random_.below(3) == 0);
      case 5: return give_back();
      case 6: return take_back();
      case 7: return transfer();
      case 8: return end_transfer();
      default: x_.does(expire_credits{}).value();
    }
  }
  void check() {
    x_.does(expire_credits{}).value();
    std::map<std::string, std::array<std::int64_t, 6>> counts;
    std::int64_t free = 0;
    for (const auto& [id, of] : x_.account.grants) {
      counts[id] = {remaining(of), of.held, of.consumed, of.expired, of.reversed, of.transferred};
      free += remaining(of);
    }
    REQUIRE(counts == reference_.counts());
    REQUIRE(x_.balance() == free);
  }

 private:
  std::string some_hold() const { return "h" + std::to_string(last_hold_); }

  void grant() {
    auto id = "g" + std::to_string(random_.below(1000));
    auto what = random_grant(random_, x_.now);
    if (!x_.account.grants.contains(id)) {
      x_.does(grant_credits{id, what}).value();
      reference_.grant(id, what, x_.now);
    }
  }
  void consume() {
    auto amount = 1 + random_.below(15);
    bool done = x_.does(consume_credits{{amount, {}, {}}}).has_value();
    REQUIRE(done == reference_.take(amount, model::place::used, done ? x_.transaction() : ""));
    if (done) {
      uses_.push_back({x_.transaction(), std::get<credits_consumed>(x_.last.back()).draws});
    }
  }
  void hold() {
    auto amount = 1 + random_.below(10);
    auto id = "h" + std::to_string(++last_hold_);
    auto until = x_.now + minutes{1 + random_.below(40)};
    bool done = x_.does(hold_credits{id, {amount, {}, {}}, until}).has_value();
    REQUIRE(done == reference_.hold(id, amount, until));
  }
  void settle(bool release) {
    auto id = some_hold();
    if (release) {
      REQUIRE(x_.does(release_hold{id}).has_value() == reference_.settle(id, 0, ""));
      return;
    }
    auto amount = 1 + random_.below(10);
    bool done = x_.does(confirm_hold{id, amount}).has_value();
    if (!done) {
      REQUIRE_FALSE(reference_.settle(id, amount, ""));
      return;
    }
    auto confirmed = std::find_if(x_.last.begin(), x_.last.end(), [](const auto& e) {
      return std::holds_alternative<credit_hold_confirmed>(e);
    });
    const auto& used = std::get<credit_hold_confirmed>(*confirmed);
    REQUIRE(reference_.settle(id, amount, used.transaction_id));
    uses_.push_back({used.transaction_id, used.draws});
  }
  void give_back() {
    if (uses_.empty()) {
      return;
    }
    const auto& use = uses_[static_cast<std::size_t>(random_.below(std::ssize(uses_)))];
    auto amount = 1 + random_.below(10);
    bool done = x_.does(reverse_consumption{use.transaction, use.drawn, amount, {}}).has_value();
    REQUIRE(done == reference_.give_back(use.transaction, amount));
  }
  void take_back() {
    auto id = "g" + std::to_string(random_.below(1000));
    auto amount = 1 + random_.below(10);
    bool done = x_.does(reverse_grant{id, amount, {}}).has_value();
    REQUIRE(done == reference_.take_back(id, amount));
  }

  void transfer() {
    auto amount = 1 + random_.below(10);
    auto id = "t" + std::to_string(++last_transfer_);
    bool done = x_.does(transfer_credits{id, "org_b", amount, {}}).has_value();
    REQUIRE(done == reference_.take(amount, model::place::transferred, id));
  }
  // One of the last few: it may have ended before, or never begun.
  void end_transfer() {
    auto id = "t" + std::to_string(last_transfer_ - random_.below(3));
    bool open = x_.account.transfers.contains(id);
    if (random_.below(2) == 0) {
      x_.does(complete_transfer{id}).value();
    } else {
      x_.does(return_transfer{id, "no room"}).value();
      if (open) {
        reference_.bring_back(id);
      }
    }
    REQUIRE_FALSE(x_.account.transfers.contains(id));
  }

  random_source random_;
  wallet x_;
  model reference_;
  std::vector<past_use> uses_;
  std::int64_t last_hold_ = 0, last_transfer_ = 0;
};

void live(std::uint64_t from, std::uint64_t to) {
  for (auto seed = from; seed < to; ++seed) {
    CAPTURE(seed);
    credits_life one{seed};
    for (int i = 0; i < 40; ++i) {
      one.step();
      one.check();
    }
  }
}

}  // namespace

TEST_CASE("each credit is where a model that moves them one by one has it", "[domain][credits]") {
  live(0, 300);
}

TEST_CASE("the same of a hundred thousand accounts", "[.credits]") {
  live(1000, 101'000);
}
