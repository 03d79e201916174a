// Amendments of usage: what counts is what the latest of them in force says, counted anew by hand.
#include <algorithm>

#include "domain/quotas.hpp"
#include "domain/usage_recount.hpp"
#include "tests/support/billed_organization.hpp"
#include "tests/support/random_source.hpp"

using namespace bursar;
using namespace bursar::domain;
using bursar::testing::at;
using bursar::testing::billed_organization;

namespace {

usage_event used(std::string id, std::string metric, const std::string& quantity,
                 std::string_view when, const std::string& who = {}) {
  usage_event out;
  out.id = std::move(id);
  out.metric = std::move(metric);
  out.quantity = parse_decimal(quantity).value();
  out.at = at(when);
  if (!who.empty()) {
    out.properties = {{"user_id", scalar{who}}};
  }
  return out;
}

record_usage::item item_of(usage_event x, std::int64_t index = 0) {
  record_usage::item out;
  out.index = index;
  out.sha256 = sha256(x.metric + format_decimal(x.quantity) + format_rfc3339(*x.at));
  out.event = std::move(x);
  return out;
}

charge_model by_unit(std::int64_t amount) {
  charge_model out;
  out.model = pricing_model::per_unit;
  out.unit_amount = amount;
  return out;
}

// What a test knows of what it said: an amendment's, or of nobody.
struct said_usage {
  std::size_t order = 0;  // when it counts from
  std::string amendment;
  recorded_usage what;
};
struct said_amendment {
  std::size_t order = 0;
  bool in_force = false;
  std::set<std::string> ids;
  std::optional<usage_range> replaced;
};

struct amended_organization : billed_organization {
  usage_outcome outcome;
  plan_terms terms;

  amended_organization() {
    for (auto [id, how] : {std::pair{"seats", meter_aggregation::max},
                           {"stock", meter_aggregation::weighted_sum},
                           {"level", meter_aggregation::latest}}) {
      meter x;
      x.id = x.name = id;
      x.aggregation = how;
      sold.meters[id] = x;
    }
    terms.plan_id = "pro";
    terms.name = "Pro";
    terms.currency = "usd";
    terms.cadence = {billing_interval::month, 1};
    terms.price = by_unit(100'000);
    terms.usage = {{"api_calls", by_unit(5)}, {"seats", by_unit(3100)}};
  }
  void subscribes(std::string_view time = "2026-01-01T00:00:00Z") {
    start_subscription c;
    c.id = "sub_1";
    c.terms = terms;
    is_told(time, billing_command{c});
  }
  void passes(std::string_view time) { is_told(time, billing_command{advance_time{}}); }

  result<std::vector<event>> says(std::string_view time, const usage_command& what) {
    decision_context context{at(time), &sold};
    context.usage = &outcome;
    auto decided = decide(state, what, context);
    if (decided) {
      for (const auto& e : *decided) {
        state = evolve(std::move(state), e);
        chain.push_back(e);
      }
    }
    return decided;
  }
  errc uses(std::string_view time, usage_event x) {
    auto done = says(time, usage_command{record_usage{{item_of(std::move(x))}}});
    return done ? errc::none : done.error().code();
  }

  // As its actor asks, with everything that it knows of the journal.
  std::shared_ptr<usage_recount> recount(const amend_usage& c) const {
    auto out = std::make_shared<usage_recount>(c);
    for (std::size_t i = 0; i < chain.size(); ++i) {
      if (is_amending(chain[i])) {
        out->learn(i + 1, chain[i]);
      }
    }
    for (std::size_t i = 0; i < chain.size(); ++i) {
      out->take(i + 1, chain[i]);
    }
    return out;
  }
  errc amends(std::string_view time, amend_usage c) {
    for (const auto& x : c.removed) {
      c.known.insert(x);
    }
    if (c.becomes) {
      c.recount = recount(c);
    }
    auto before = state;
    auto done = says(time, usage_command{c});
    if (!done) {
      CHECK(state == before);
      return done.error().code();
    }
    return errc::none;
  }
  errc becomes(std::string_view time, const std::string& id, amendment_status what) {
    amend_usage c;
    c.amendment_id = id;
    c.becomes = what;
    return amends(time, std::move(c));
  }

  const usage_aggregate& month(const std::string& metric) const {
    return state.usage.metrics.at(metric).months.back().value;
  }
  std::int64_t billed_usage() const {
    std::int64_t out = 0;
    for (const auto& [id, x] : state.billing.invoices) {
      for (std::size_t i = 0; i < x.lines.size(); ++i) {
        out += x.lines[i].kind == line_kind::usage ? rest_of(x, i).amount : 0;
      }
    }
    return out;
  }
};

amend_usage amendment(const std::string& id, std::vector<usage_event> events,
                      std::vector<std::string> removed = {}) {
  amend_usage out;
  out.amendment_id = id;
  out.draft = amend_usage::drafted{"a meter was wrong", {}};
  for (auto& x : events) {
    out.items.push_back(item_of(std::move(x), std::ssize(out.items)));
  }
  out.removed = std::move(removed);
  out.becomes = amendment_status::applied;
  return out;
}

}  // namespace

TEST_CASE("what was wrong is said anew, and was never lost", "[domain][usage_amendment]") {
  amended_organization one;
  REQUIRE(one.uses("2026-03-02T00:00:00Z", used("a", "api_calls", "10", "2026-03-01T10:00:00Z"))
          == errc::none);
  REQUIRE(one.uses("2026-03-02T00:00:00Z", used("b", "api_calls", "7", "2026-03-01T11:00:00Z"))
          == errc::none);
  auto before = one.state.usage;
  REQUIRE(one.amends("2026-03-02T01:00:00Z",
                     amendment("am_1",
                               {used("a", "api_calls", "100", "2026-03-01T10:00:00Z"),
                                used("c", "api_calls", "1", "2026-03-01T12:00:00Z")},
                               {"b"}))
          == errc::none);
  CHECK(one.month("api_calls").events == 2);
  CHECK(format_total(one.month("api_calls").sum) == "101");
  CHECK(one.month("api_calls").max == decimal{100});
  CHECK(one.state.usage.amendments.at("am_1").removed == 2);

  SECTION("reverted, all is as it was") {
    REQUIRE(one.becomes("2026-03-02T02:00:00Z", "am_1", amendment_status::reverted) == errc::none);
    CHECK(one.state.usage.metrics == before.metrics);
    CHECK(one.state.usage.periods == before.periods);
    CHECK(one.becomes("2026-03-02T02:00:00Z", "am_1", amendment_status::reverted)
          == errc::conflict);
    CHECK(one.becomes("2026-03-02T02:00:00Z", "am_1", amendment_status::applied) == errc::conflict);
  }
  SECTION("the latest in force decides, in whatever order others are reverted") {
    REQUIRE(one.amends("2026-03-02T03:00:00Z",
                       amendment("am_2", {used("a", "api_calls", "30", "2026-03-01T10:00:00Z")}))
            == errc::none);
    CHECK(format_total(one.month("api_calls").sum) == "31");
    REQUIRE(one.becomes("2026-03-02T04:00:00Z", "am_1", amendment_status::reverted) == errc::none);
    CHECK(format_total(one.month("api_calls").sum) == "37");
    REQUIRE(one.becomes("2026-03-02T05:00:00Z", "am_2", amendment_status::reverted) == errc::none);
    CHECK(one.state.usage.metrics == before.metrics);
  }
}

TEST_CASE("a draft gathers what is filled in, and counts at once", "[domain][usage_amendment]") {
  amended_organization one;
  for (int day = 1; day <= 9; ++day) {
    auto time = "2026-03-0" + std::to_string(day) + "T10:00:00Z";
    REQUIRE(one.uses(time, used("use_" + std::to_string(day), "api_calls", "1", time))
            == errc::none);
  }
  amend_usage draft;
  draft.amendment_id = "am_1";
  draft.draft = amend_usage::drafted{
    "the collector was down",
    usage_range{at("2026-03-03T00:00:00Z"), at("2026-03-06T00:00:00Z"), {{"api_calls"}}}};
  REQUIRE(one.amends("2026-03-10T00:00:00Z", draft) == errc::none);
  amend_usage more;
  more.amendment_id = "am_1";
  more.items = {item_of(used("fill_1", "api_calls", "50", "2026-03-04T00:00:00Z"))};
  REQUIRE(one.amends("2026-03-10T00:00:00Z", more) == errc::none);
  CHECK(format_total(one.month("api_calls").sum) == "9");
  REQUIRE(one.becomes("2026-03-10T01:00:00Z", "am_1", amendment_status::applied) == errc::none);
  CHECK(format_total(one.month("api_calls").sum) == "56");
  CHECK(one.state.usage.amendments.at("am_1").removed == 3);
  CHECK(one.amends("2026-03-10T01:00:00Z", more) == errc::conflict);
  // What is recorded later is not taken away.
  REQUIRE(one.uses("2026-03-10T02:00:00Z", used("late", "api_calls", "2", "2026-03-04T10:00:00Z"))
          == errc::none);
  CHECK(format_total(one.month("api_calls").sum) == "58");
}

TEST_CASE("what an amendment cannot say changes nothing", "[domain][usage_amendment]") {
  amended_organization one;
  auto now = "2026-03-10T00:00:00Z";
  auto good = [&] { return amendment("am_1", {used("a", "api_calls", "1", now)}); };
  auto no_reason = good();
  no_reason.draft->reason.clear();
  CHECK(one.amends(now, no_reason) == errc::invalid_parameter);
  auto ahead = good();
  ahead.draft->replaced = usage_range{at(now), at("2026-03-11T00:00:00Z"), {}};
  CHECK(one.amends(now, ahead) == errc::unprocessable);
  auto backwards = good();
  backwards.draft->replaced = usage_range{at(now), at(now), {}};
  CHECK(one.amends(now, backwards) == errc::invalid_parameter);
  auto ancient = good();
  ancient.draft->replaced = usage_range{at("2025-01-01T00:00:00Z"), at(now), {}};
  CHECK(one.amends(now, ancient) == errc::unprocessable);
  auto unmetered = good();
  unmetered.draft->replaced = usage_range{at("2026-01-01T00:00:00Z"), at(now), {{"nothing"}}};
  CHECK(one.amends(now, unmetered) == errc::unprocessable);
  CHECK(one.amends(now, amendment("am_1", {})) == errc::unprocessable);
  CHECK(one.amends(now, amendment("am_1", {used("a", "api_calls", "-1", now)}))
        == errc::unprocessable);
  CHECK(one.amends(now, amendment("am_1", {used("a", "api_calls", "1", "2025-01-01T00:00:00Z")}))
        == errc::unprocessable);
  auto untimed = good();
  untimed.items[0].event.at.reset();
  CHECK(one.amends(now, untimed) == errc::invalid_parameter);
  CHECK(one.amends(now, amendment("am_1", {used("a", "api_calls", "1", now),
                                           used("a", "api_calls", "2", now)}))
        == errc::conflict);
  CHECK(one.becomes(now, "am_9", amendment_status::applied) == errc::not_found);
  auto unknown = good();
  unknown.removed = {"never"};
  unknown.recount = one.recount(unknown);
  CHECK(one.says(now, usage_command{unknown}).error().code() == errc::unprocessable);
  auto stale = good();
  stale.recount = one.recount(stale);
  REQUIRE(one.amends(now, good()) == errc::none);
  auto twice = amendment("am_2", {}, {"a", "a"});
  CHECK(one.amends(now, twice) == errc::unprocessable);
  stale.amendment_id = "am_2";
  for (auto i = stale.recount->taken(); i < one.chain.size(); ++i) {
    stale.recount->take(i + 1, one.chain[i]);
  }
  CHECK(one.says(now, usage_command{stale}).error().code() == errc::shard_unavailable);
}

TEST_CASE("a meter that takes no late usage keeps what is billed", "[domain][usage_amendment]") {
  amended_organization one;
  one.sold.meters.at("api_calls").late_usage = late_usage_policy::reject;
  one.subscribes();
  REQUIRE(one.uses("2026-01-10T00:00:00Z", used("a", "api_calls", "9", "2026-01-10T00:00:00Z"))
          == errc::none);
  one.passes("2026-02-01T00:00:00Z");
  CHECK(one.billed_usage() == 45);
  auto wanted = amendment("am_1", {used("a", "api_calls", "90", "2026-01-10T00:00:00Z")});
  CHECK(one.amends("2026-02-02T00:00:00Z", wanted) == errc::unprocessable);
  one.sold.meters.at("api_calls").late_usage = late_usage_policy::next_invoice;
  CHECK(one.amends("2026-02-02T00:00:00Z", wanted) == errc::none);
  one.passes("2026-03-01T00:00:00Z");
  CHECK(one.billed_usage() == 450);
  REQUIRE(one.becomes("2026-03-02T00:00:00Z", "am_1", amendment_status::reverted) == errc::none);
  one.passes("2026-04-01T00:00:00Z");
  CHECK(one.billed_usage() == 45);
}

TEST_CASE("how many there were is billed like how much it was", "[domain][usage_amendment]") {
  amended_organization one;
  charge_model percentage;
  percentage.model = pricing_model::percentage;
  percentage.percent = 10;
  percentage.unit_amount = 30;
  one.terms.usage = {{"api_calls", percentage}};
  auto split = amendment("am_1",
                         {used("b", "api_calls", "40", "2026-01-10T00:00:00Z"),
                          used("c", "api_calls", "60", "2026-01-10T00:00:00Z")},
                         {"a"});
  SECTION("once, when it came to a draft") {
    one.draft_for = std::chrono::hours{2};
    one.subscribes();
    one.uses("2026-01-10T00:00:00Z", used("a", "api_calls", "100", "2026-01-10T00:00:00Z"));
    one.passes("2026-02-01T00:00:00Z");
    CHECK(one.billed_usage() == 40);
    REQUIRE(one.amends("2026-02-01T01:00:00Z", split) == errc::none);
    one.passes("2026-02-01T02:00:00Z");
    CHECK(one.billed_usage() == 70);
    one.passes("2026-03-02T00:00:00Z");
    CHECK(one.billed_usage() == 70);
    CHECK(one.state.billing.invoices.at("in_3").lines.size() == 1);
  }
  SECTION("and stays where its meter takes no late usage") {
    one.sold.meters.at("api_calls").late_usage = late_usage_policy::reject;
    one.subscribes();
    one.uses("2026-01-10T00:00:00Z", used("a", "api_calls", "100", "2026-01-10T00:00:00Z"));
    one.passes("2026-02-01T00:00:00Z");
    CHECK(one.amends("2026-02-01T01:00:00Z", split) == errc::unprocessable);
  }
}

TEST_CASE("an amendment may reach a quota", "[domain][usage_amendment]") {
  amended_organization one;
  override_entitlements limits{{{"api_calls", scalar{std::int64_t{10}}}}};
  REQUIRE(one.says("2026-03-10T00:00:00Z", usage_command{limits}).has_value());
  auto wanted = amendment("am_1", {used("a", "api_calls", "12", "2026-03-10T00:00:00Z")});
  REQUIRE(one.amends("2026-03-10T00:00:00Z", wanted) == errc::none);
  const auto* told = std::get_if<quota_reached>(&one.chain.back());
  REQUIRE(told != nullptr);
  CHECK((told->percent == 100 && told->used == 12));
}

TEST_CASE("a quota stays noticed when what reached it is gone", "[domain][usage_amendment]") {
  amended_organization one;
  override_entitlements limits{{{"api_calls", scalar{std::int64_t{10}}}}};
  REQUIRE(one.says("2026-03-10T00:00:00Z", usage_command{limits}).has_value());
  REQUIRE(one.uses("2026-03-10T01:00:00Z", used("a", "api_calls", "9", "2026-03-10T00:00:00Z"))
          == errc::none);
  REQUIRE(std::holds_alternative<quota_reached>(one.chain.back()));
  REQUIRE(one.amends("2026-03-10T02:00:00Z", amendment("am_1", {}, {"a"})) == errc::none);
  auto replayed = organization{};
  for (const auto& e : one.chain) {
    replayed = evolve(std::move(replayed), e);
  }
  CHECK(replayed == one.state);
  auto quota = quota_of(one.state, one.sold.meters.at("api_calls"), 10, at("2026-03-10T02:00:00Z"));
  CHECK(quota.used.events == 0);
}

TEST_CASE("a draft may wait until what it adds is old", "[domain][usage_amendment]") {
  amended_organization one;
  auto draft = amendment("am_1", {used("a", "stock", "7", "2026-02-01T00:00:00Z")});
  draft.becomes.reset();
  REQUIRE(one.amends("2026-03-01T00:00:00Z", draft) == errc::none);
  REQUIRE(one.becomes("2027-05-20T00:00:00Z", "am_1", amendment_status::applied) == errc::none);
  const auto& stock = one.state.usage.metrics.at("stock");
  auto level = level_before(stock, usage_granularity::day, at("2027-05-01T00:00:00Z"));
  CHECK(format_total(level) == "7");
}

TEST_CASE("who amended long ago may amend again", "[domain][usage_amendment]") {
  amended_organization one;
  auto draft = [&](std::string_view now, std::size_t n) {
    auto wanted = amendment("am_" + std::to_string(n), {});
    wanted.draft->replaced = usage_range{at(now) - std::chrono::days{1}, at(now), {}};
    wanted.becomes.reset();
    return one.amends(now, std::move(wanted));
  };
  auto then = "2026-03-10T00:00:00Z";
  for (std::size_t n = 0; n < usage_amendments_max; ++n) {
    REQUIRE(draft(then, n) == errc::none);
    auto id = "am_" + std::to_string(n);
    REQUIRE(one.becomes(then, id, amendment_status::reverted) == errc::none);
  }
  CHECK(draft("2026-03-11T00:00:00Z", usage_amendments_max) == errc::unprocessable);
  CHECK(draft("2027-12-01T00:00:00Z", usage_amendments_max) == errc::none);
}

// -- lives ---

namespace {

class amended_life {
 public:
  explicit amended_life(std::uint64_t seed) : random_{random_of(seed)} {
    one_.terms.price = by_unit(10'000'000);  // there is room for every credit note
    one_.draft_for = std::chrono::hours{chance(50) ? 0 : 30};
    if (chance(50)) {
      one_.terms.minimum = 10'000'000 + random_.below(200'000);
    }
    if (chance(50)) {
      one_.terms.usage->emplace("stock", by_unit(310));
    }
    one_.subscribes();
  }
  void live() {
    for (auto steps = 10 + random_.below(30); steps > 0; --steps) {
      now_ += std::chrono::seconds{random_.below(4 * 86'400)};
      step();
      check();
    }
    leave();
  }

 private:
  bool chance(std::int64_t percent) { return random_.below(100) < percent; }
  std::string time() const { return format_rfc3339(now_); }
  timestamp some_time() {
    auto latest = std::min(unix_seconds(now_) - unix_seconds(begun_), std::int64_t{34 * 86'400});
    return now_ - std::chrono::seconds{random_.below(latest + 1)};
  }
  usage_event some_usage(std::string id) {
    static const std::vector<std::string> metrics{"api_calls", "api_calls",    "seats",
                                                  "stock",     "active_users", "level"};
    auto metric = metrics[static_cast<std::size_t>(random_.below(std::ssize(metrics)))];
    auto quantity = std::to_string(1 + random_.below(50));
    auto who = "user_" + std::to_string(random_.below(20));
    return used(std::move(id), metric, quantity, format_rfc3339(some_time()),
                metric == "active_users" ? who : "");
  }
  std::string some_id() {
    bool is_new = said_.empty() || chance(40);
    auto number = static_cast<std::size_t>(random_.below(std::ssize(said_) + 1));
    return is_new || number >= said_.size() ? "use_" + std::to_string(++ids_)
                                            : said_[number].what.id;
  }
  static recorded_usage measured(const usage_event& x) {
    recorded_usage out{x.id, x.metric, x.quantity, *x.at, {}, {}, {}, {}};
    if (x.metric == "active_users") {
      out.distinct = std::get<std::string>(x.properties.at("user_id"));
    }
    return out;
  }

  void step() {
    if (chance(55)) {
      use();
    } else if (chance(60)) {
      amend();
    } else if (!amended_.empty() && chance(60)) {
      revert();
    } else if (chance(50)) {
      grow();
    } else {
      one_.passes(time());
    }
  }
  void use() {
    auto x = some_usage("use_" + std::to_string(++ids_));
    REQUIRE(one_.uses(time(), x) == errc::none);
    said_.push_back({++order_, {}, measured(x)});
  }
  // Bills what came late, and corrects what was billed, within the period.
  void grow() {
    change_subscription c;
    c.subscription_id = "sub_1";
    c.terms = one_.terms;
    c.terms.price = by_unit(10'000'000 + ++changes_);
    one_.is_told(time(), billing_command{c});
  }

  void amend() {
    amend_usage c;
    c.amendment_id = "am_" + std::to_string(amended_.size() + 1);
    c.draft = amend_usage::drafted{"why not", {}};
    c.becomes = amendment_status::applied;
    said_amendment known{0, true, {}, {}};
    if (chance(25)) {
      auto from = some_time(), to = some_time();
      if (from < to) {
        c.draft->replaced = usage_range{from, to, {}};
        if (chance(50)) {
          c.draft->replaced->metrics = {{"api_calls", "stock"}};
        }
        known.replaced = c.draft->replaced;
      }
    }
    std::vector<recorded_usage> added;
    for (auto n = random_.below(4); n > 0; --n) {
      auto x = some_usage(some_id());
      if (known.ids.insert(x.id).second) {
        added.push_back(measured(x));
        c.items.push_back(item_of(std::move(x), std::ssize(c.items)));
      }
    }
    if (!said_.empty() && chance(60)) {
      const auto& id = said_[static_cast<std::size_t>(random_.below(std::ssize(said_)))].what.id;
      if (known.ids.insert(id).second) {
        c.removed.push_back(id);
      }
    }
    if (known.ids.empty() && !known.replaced) {
      return;
    }
    auto id = c.amendment_id;
    REQUIRE(one_.amends(time(), std::move(c)) == errc::none);
    known.order = ++order_;
    applied_.push_back(now_);
    for (auto& x : added) {
      said_.push_back({known.order, id, std::move(x)});
    }
    amended_.emplace(id, std::move(known));
  }

  void revert() {
    auto number = random_.below(std::ssize(amended_));
    auto id = "am_" + std::to_string(number + 1);
    // What it said may be of periods that are settled else.
    if (!amended_.at(id).in_force
        || applied_[static_cast<std::size_t>(number)] < now_ - std::chrono::days{30}) {
      return;
    }
    REQUIRE(one_.becomes(time(), id, amendment_status::reverted) == errc::none);
    amended_.at(id).in_force = false;
  }

  bool counts(const said_usage& x) const {
    if (!x.amendment.empty() && !amended_.at(x.amendment).in_force) {
      return false;
    }
    return std::none_of(amended_.begin(), amended_.end(), [&](const auto& entry) {
      const auto& by = entry.second;
      const auto& range = by.replaced;
      bool in_range
        = range && x.what.at >= range->start && x.what.at < range->end
          && (!range->metrics
              || std::find(range->metrics->begin(), range->metrics->end(), x.what.metric)
                   != range->metrics->end());
      return by.in_force && by.order > x.order && (in_range || by.ids.contains(x.what.id));
    });
  }
  usage_aggregate counted(const std::string& metric, const billing_period& in) const {
    usage_aggregate out;
    for (const auto& x : said_) {
      if (x.what.metric == metric && x.what.at >= in.start && x.what.at < in.end && counts(x)) {
        add(out, x.what, in.start);
      }
    }
    return out;
  }

  void check() const {
    for (const auto& [metric, of] : one_.state.usage.metrics) {
      for (auto by : {usage_granularity::hour, usage_granularity::day, usage_granularity::month}) {
        std::int64_t events = 0;
        for (const auto& x : windows_of(of, by)) {
          CHECK(x.value.events > 0);
          CHECK(x.value == counted(metric, {x.start, end_of(x.start, by)}));
          events += x.value.events;
        }
        if (by == usage_granularity::month) {
          CHECK(events == counted(metric, {begun_, timestamp_max}).events);
        }
      }
    }
    auto periods = one_.state.usage.periods.find("sub_1");
    for (const auto& part : periods == one_.state.usage.periods.end() ? std::vector<period_usage>{}
                                                                      : periods->second) {
      for (const auto& [metric, value] : part.metrics) {
        CHECK(value == counted(metric, part.period));
      }
    }
    amend_usage nothing;
    nothing.amendment_id = "am_0";
    auto again = one_.recount(nothing)->counted(now_, {});
    auto is = evolve(one_.state, usage_recorded{now_, {}}).usage;
    CHECK(difference(is, again) == recounted_usage{});
  }

  // What the price comes to of the period that begins then, or of the minimum is billed still.
  std::int64_t billed(line_kind of, timestamp start) const {
    std::int64_t out = 0;
    for (const auto& [id, x] : one_.state.billing.invoices) {
      for (std::size_t i = 0; i < x.lines.size(); ++i) {
        const auto& line = x.lines[i];
        bool back = line.kind == line_kind::proration && of == line_kind::recurring;
        if (line.full.start == start && (line.kind == of || back)) {
          bool is_minimum = of == line_kind::minimum;
          out += !is_minimum ? line.amount : line.corrects ? 0 : rest_of(x, i).amount;
        }
      }
    }
    return out;
  }

  // What all invoices bill, less what was credited, is what was used, and what that misses.
  void leave() {
    now_ += std::chrono::seconds{1};
    one_.is_told(time(), billing_command{cancel_subscription{"sub_1", effective_at::now, false}});
    for (auto more = random_.below(4); more > 0; --more) {  // of before, and of after
      now_ += std::chrono::seconds{random_.below(4 * 86'400)};
      chance(50) ? use() : amend();
    }
    std::vector<billing_period> periods;
    for (const auto& e : one_.chain) {
      if (const auto* closed = std::get_if<usage_period_closed>(&e)) {
        periods.push_back(closed->period);
      }
    }
    now_ += std::chrono::days{40};
    one_.passes(time());
    std::int64_t expected = 0;
    for (const auto& period : periods) {
      std::int64_t came_to = 5 * ceiling(counted("api_calls", period).sum);
      auto seats = counted("seats", period);
      auto whole = unix_seconds(period.end) - unix_seconds(period.start);
      auto month = start_of(period.start, usage_granularity::month);
      auto full = unix_seconds(end_of(month, usage_granularity::month)) - unix_seconds(month);
      auto most = seats.events == 0 ? 0 : seats.max.coefficient;
      came_to += rounded(prorated(3100 * most, {whole, full})).value();
      if (one_.terms.usage->contains("stock")) {
        auto before = counted("stock", {begun_, period.start}).sum;
        auto level
          = value_of(counted("stock", period), meter_aggregation::weighted_sum, period, before);
        auto stood = rate(by_unit(310), {decimal_of(level), 1}).amount;
        came_to += rounded(prorated(stood, {whole, full})).value();
      }
      expected += came_to;
      auto agreed = one_.terms.minimum.value_or(0);
      auto price = billed(line_kind::recurring, month);
      CHECK(billed(line_kind::minimum, month)
            == std::max<std::int64_t>(agreed - price - came_to, 0));
    }
    CHECK(one_.billed_usage() == expected);
  }

  random_source random_;
  amended_organization one_;
  timestamp begun_ = at("2026-01-01T00:00:00Z"), now_ = begun_;
  std::vector<said_usage> said_;
  std::map<std::string, said_amendment> amended_;
  std::vector<timestamp> applied_;
  std::size_t order_ = 0;
  int ids_ = 0;
  std::int64_t changes_ = 0;
};

}  // namespace

TEST_CASE("what counts is what was said last and not taken back", "[domain][usage_amendment]") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    amended_life{seed}.live();
  }
}

TEST_CASE("the same of amendments, in many more lives", "[.amendments]") {
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    INFO("seed " << seed);
    amended_life{seed}.live();
  }
}
