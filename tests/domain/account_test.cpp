// The life of subscriptions that Bursar bills by itself: what is billed when, and never twice.
#include "domain/billing/account.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "domain/billing/explanation.hpp"
#include "domain/reports.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/random_source.hpp"

using namespace bursar;
using namespace bursar::domain;
using enum subscription_status;

namespace {

timestamp at(std::string_view text) {
  return parse_rfc3339(text).value();
}

plan_terms monthly(std::string id, std::int64_t amount, std::string currency = "usd") {
  plan_terms out;
  out.plan_id = out.name = std::move(id);
  out.currency = std::move(currency);
  out.price.model = pricing_model::per_unit;
  out.price.unit_amount = amount;
  return out;
}

plan_terms yearly(std::string id, std::int64_t amount) {
  auto out = monthly(std::move(id), amount);
  out.cadence.interval = billing_interval::year;
  return out;
}

// Of a provider whose rates nobody could guess.
taxation told_of(const tax_question& asked) {
  taxation out;
  out.treatment = tax_treatment::taxed;
  out.calculation = "calc_1";
  for (const auto& line : asked.lines) {
    auto percent = 1 + std::abs(line.amount) % 24;
    bool inclusive = line.amount % 3 == 0;
    auto amount = line.amount * percent / (inclusive ? 100 + percent : 100);
    auto taxable = line.amount - (inclusive ? amount : 0);
    out.lines.push_back({{"outside", "tax", decimal{percent}, inclusive, taxable, amount}});
  }
  return out;
}

// An account that is driven by commands, each at a time.
struct life {
  billing_account account;
  timestamp now{};
  std::vector<billing_event> events;
  catalog sold;
  int invoices = 0;
  bool has_gateway = true;
  bool is_taxed_outside = false;
  bool consolidate = false;
  std::string currency = "usd";
  std::optional<std::string> country;
  std::optional<domain::legal_entity> legal_entity;
  std::optional<std::string> vat_id;  // of the buyer
  std::chrono::seconds draft_for{0};
  std::chrono::seconds due_after = std::chrono::days{36'500};  // nobody is late, unless it says so

  result<void> is_told(const billing_command& command) {
    billing_context context;
    context.now = now;
    context.catalog = &sold;
    context.seller.country = context.buyer.country = country;
    context.buyer.vat_id = vat_id;
    context.legal_entity = legal_entity;
    if (legal_entity) {
      context.seller = party_of(*legal_entity);
    }
    context.draft_for = draft_for;
    context.has_gateway = has_gateway;
    context.consolidate = consolidate;
    context.due_after = due_after;
    context.new_invoice_id = [this] {
      auto number = std::to_string(++invoices);
      return "in_" + std::string(8 - std::min<std::size_t>(8, number.size()), '0') + number;
    };
    tax_inquiry inquiry;
    context.taxes = is_taxed_outside ? &inquiry : nullptr;
    auto decided = decide(account, command, context);
    while (inquiry.wanted) {
      auto asked = std::move(inquiry.wanted).value();
      inquiry.wanted.reset();
      CHECK(check(asked, told_of(asked)).has_value());
      inquiry.told.push_back({asked, told_of(asked)});
      decided = decide(account, command, context);
    }
    if (!decided) {
      return decided.error();
    }
    for (auto& event : decided->events) {
      if (const auto* created = std::get_if<invoice_created>(&event)) {
        CHECK(created->invoice.legal_entity == legal_entity);
      }
      account = evolve(std::move(account), event);
      events.push_back(std::move(event));
    }
    CHECK(account == decided->after);
    return {};
  }
  life& is_told_at(std::string_view time, const billing_command& command) {
    now = at(time);
    auto done = is_told(command);
    INFO((done ? "" : done.error().text()));
    REQUIRE(done.has_value());
    return *this;
  }
  errc refuses(const billing_command& command) {
    auto before = account;
    auto done = is_told(command);
    REQUIRE_FALSE(done.has_value());
    CHECK(account == before);
    return done.error().code();
  }
  life& reaches(std::string_view time) { return is_told_at(time, advance_time{}); }

  const subscription& sub() const { return account.subscriptions.at("sub_1"); }
  const native_invoice& last_invoice() const { return account.invoices.rbegin()->second; }
  std::vector<std::int64_t> last_amounts() const {
    std::vector<std::int64_t> out;
    for (const auto& line : last_invoice().lines) {
      out.push_back(line.amount);
    }
    return out;
  }
  std::int64_t billed() const {
    std::int64_t out = 0;
    for (const auto& [id, invoice] : account.invoices) {
      out += invoice.totals.total;
    }
    return out;
  }
  // The days on which invoices were made, "2026-01-31", in their order.
  std::vector<std::string> days() const {
    std::vector<std::string> out;
    for (const auto& [id, invoice] : account.invoices) {
      out.push_back(format_rfc3339(invoice.created_at).substr(0, 10));
    }
    return out;
  }
};

using amounts = std::vector<std::int64_t>;
using texts = std::vector<std::string>;

start_subscription start(plan_terms terms) {
  start_subscription out;
  out.id = "sub_1";
  out.terms = std::move(terms);
  return out;
}

change_subscription change(plan_terms terms, std::int64_t quantity = 1,
                           effective_at when = effective_at::now) {
  return {"sub_1", std::move(terms), quantity, when};
}

}  // namespace

TEST_CASE("a subscription is billed in advance, from its anchor, without drift",
          "[domain][account]") {
  life one;
  one.is_told_at("2026-01-31T10:00:00Z", start(monthly("basic", 1000)));
  CHECK(one.sub().status == active);
  CHECK(one.last_amounts() == amounts{1000});
  one.reaches("2026-05-01T00:00:00Z");
  CHECK(one.days() == texts{"2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"});
  CHECK(one.billed() == 4000);
}

TEST_CASE("what begins in an hour that comes twice is billed from its own moment on",
          "[domain][account]") {
  life one;
  auto wanted = start(monthly("basic", 1000));
  wanted.time_zone = "Europe/Berlin";
  one.is_told_at("2026-10-25T01:30:00.5Z", wanted);  // 02:30 for the second time
  CHECK(one.last_invoice().lines.at(0).period.start == one.now);
  CHECK(one.sub().period.end == at("2026-11-25T01:30:00Z"));
}

TEST_CASE("what fell due while nobody looked happens each at its time, once", "[domain][account]") {
  life at_once, in_steps;
  for (auto* one : {&at_once, &in_steps}) {
    auto wanted = start(monthly("basic", 1000));
    wanted.trial_days = 14;
    wanted.time_zone = "America/New_York";
    one->is_told_at("2026-02-20T18:30:00Z", put_payment_method{"pm_1"});
    one->is_told_at("2026-02-20T18:30:00Z", wanted);
  }
  at_once.reaches("2027-03-01T00:00:00Z");
  for (auto t = at("2026-02-20T18:30:00Z"); t <= at("2027-03-01T00:00:00Z");
       t += std::chrono::hours{7}) {
    in_steps.now = t;
    REQUIRE(in_steps.is_told(advance_time{}).has_value());
  }
  in_steps.reaches("2027-03-01T00:00:00Z");
  CHECK(at_once.account == in_steps.account);
  CHECK(at_once.events == in_steps.events);
  CHECK(at_once.account.invoices.size() == 12);
}

TEST_CASE("3.1: upgraded in the middle of a period, by the second and by the day",
          "[domain][account]") {
  struct row {
    const char* currency;
    std::int64_t before, after, credit, charge;
    proration_basis basis;
  };
  using enum proration_basis;
  for (const auto& x :
       {row{"usd", 1000, 2000, -500, 1000, second}, row{"usd", 1000, 2000, -516, 1032, day},
        row{"jpy", 1000, 2000, -500, 1000, second}, row{"jpy", 1001, 2001, -501, 1001, second},
        row{"bhd", 10000, 20000, -5161, 10323, day}}) {
    CAPTURE(x.currency, x.before);
    auto basic = monthly("basic", x.before, x.currency);
    basic.proration = x.basis;
    auto plus = monthly("plus", x.after, x.currency);
    plus.proration = x.basis;
    life one;
    one.is_told_at("2026-01-01T00:00:00Z", start(basic));
    one.is_told_at("2026-01-16T12:00:00Z", change(plus));
    CHECK(one.last_amounts() == amounts{x.credit, x.charge});
    CHECK(one.last_invoice().totals.total == x.credit + x.charge);
    one.reaches("2026-02-01T00:00:00Z");
    CHECK(one.last_amounts() == amounts{x.after});
  }
}

TEST_CASE("what is not prorated costs nothing until the period ends", "[domain][account]") {
  auto basic = monthly("basic", 1000);
  auto plus = monthly("plus", 2000);
  basic.proration = plus.proration = proration_basis::none;
  life one;
  one.is_told_at("2026-01-01T00:00:00Z", start(basic));
  one.is_told_at("2026-01-16T12:00:00Z", change(plus));
  CHECK(one.sub().terms.plan_id == "plus");
  CHECK(one.billed() == 1000);
  one.reaches("2026-02-01T00:00:00Z");
  CHECK(one.last_amounts() == amounts{2000});
}

TEST_CASE("a change that is undone at the same instant costs nothing", "[domain][account]") {
  for (auto basis : {proration_basis::second, proration_basis::day, proration_basis::day_30}) {
    for (const auto& other : {monthly("plus", 2999), monthly("tiny", 7), yearly("year", 9999)}) {
      CAPTURE(other.plan_id);
      auto basic = monthly("basic", 1001);
      basic.proration = basis;
      life one;
      one.is_told_at("2026-01-01T00:00:00Z", start(basic));
      one.is_told_at("2026-01-11T07:13:05.25Z", change(monthly("first", 1777), 3));
      auto before = one.account;
      one.is_told(change(other)).value();
      one.is_told(change(monthly("first", 1777), 3)).value();
      CHECK(one.billed()
            == before.invoices.begin()->second.totals.total
                 + before.invoices.rbegin()->second.totals.total);
      CHECK(one.sub().period == before.subscriptions.at("sub_1").period);
      CHECK(one.sub().anchor == before.subscriptions.at("sub_1").anchor);
      one.reaches("2026-02-01T00:00:00Z");
      CHECK(one.last_amounts() == amounts{3 * 1777});
      CHECK(one.last_invoice().created_at == at("2026-02-01T00:00:00Z"));
    }
  }
}

TEST_CASE("another cadence begins a period of its own", "[domain][account]") {
  life one;
  one.is_told_at("2026-01-01T00:00:00Z", start(monthly("basic", 3100)));
  one.is_told_at("2026-01-11T00:00:00Z", change(yearly("year", 30000)));
  CHECK(one.last_amounts() == amounts{-2100, 30000});
  CHECK(one.sub().period.end == at("2027-01-11T00:00:00Z"));
  one.reaches("2027-01-11T00:00:00Z");
  CHECK(one.last_amounts() == amounts{30000});
}

TEST_CASE("a downgrade waits for the end of the period, and a newer decision replaces it",
          "[domain][account]") {
  life one;
  one.is_told_at("2026-01-01T00:00:00Z", start(monthly("plus", 2000)));
  one.is_told_at("2026-01-10T00:00:00Z",
                 change(monthly("basic", 1000), 1, effective_at::period_end));
  CHECK(one.account.invoices.size() == 1);
  one.is_told_at("2026-01-12T00:00:00Z", change(monthly("tiny", 500), 2, effective_at::period_end));
  one.reaches("2026-02-01T00:00:00Z");
  CHECK(one.last_amounts() == amounts{1000});
  CHECK(one.last_invoice().lines.front().description == "tiny");
  CHECK(one.sub().terms.plan_id == "tiny");
  CHECK_FALSE(one.sub().scheduled);
  one.is_told_at("2026-02-02T00:00:00Z",
                 change(monthly("plus", 2000), 1, effective_at::period_end));
  one.is_told_at("2026-02-03T00:00:00Z", keep_subscription{"sub_1"});
  one.reaches("2026-03-01T00:00:00Z");
  CHECK(one.sub().terms.plan_id == "tiny");
}

TEST_CASE("a trial ends as its plan says", "[domain][account]") {
  auto wanted = start(monthly("basic", 1000));
  wanted.trial_days = 14;
  SECTION("with a payment method it is billed, and its end is the anchor") {
    life one;
    one.is_told_at("2026-01-17T09:00:00Z", wanted);
    CHECK(one.sub().status == trialing);
    CHECK(one.account.invoices.empty());
    one.is_told_at("2026-01-20T00:00:00Z", put_payment_method{"pm_1"});
    one.reaches("2026-03-01T00:00:00Z");
    CHECK(one.sub().status == active);
    CHECK(one.days() == texts{"2026-01-31", "2026-02-28"});
  }
  SECTION("without one it pauses, and begins when it is resumed") {
    life one;
    one.is_told_at("2026-01-17T09:00:00Z", wanted).reaches("2026-02-10T00:00:00Z");
    CHECK(one.sub().status == paused);
    CHECK(one.sub().paused_at == at("2026-01-31T09:00:00Z"));
    one.is_told_at("2026-02-15T12:00:00Z", resume_subscription{"sub_1"});
    CHECK(one.sub().period.end == at("2026-03-15T12:00:00Z"));
    CHECK(one.last_amounts() == amounts{1000});
  }
  SECTION("or is cancelled") {
    wanted.terms.trial_end = trial_without_payment_method::cancel;
    life one;
    one.is_told_at("2026-01-17T09:00:00Z", wanted).reaches("2026-02-10T00:00:00Z");
    CHECK(one.sub().status == cancelled);
    CHECK(one.sub().ended_at == at("2026-01-31T09:00:00Z"));
    CHECK(one.billed() == 0);
  }
  SECTION("or is billed nevertheless") {
    wanted.terms.trial_end = trial_without_payment_method::bill;
    life one;
    one.is_told_at("2026-01-17T09:00:00Z", wanted).reaches("2026-02-10T00:00:00Z");
    CHECK(one.sub().status == active);
    CHECK(one.billed() == 1000);
  }
  SECTION("what is changed in a trial is billed after it") {
    life one;
    one.is_told_at("2026-01-17T09:00:00Z", put_payment_method{"pm_1"});
    one.is_told_at("2026-01-17T09:00:00Z", wanted);
    one.is_told_at("2026-01-18T00:00:00Z", change(yearly("year", 9000), 2));
    CHECK(one.account.invoices.empty());
    one.reaches("2026-02-01T00:00:00Z");
    CHECK(one.last_amounts() == amounts{18000});
    CHECK(one.sub().period.end == at("2027-01-31T09:00:00Z"));
  }
}

TEST_CASE("cancelled: at the end of the period, undone, now, and with what was not used",
          "[domain][account]") {
  life one;
  one.is_told_at("2026-01-01T00:00:00Z", start(monthly("basic", 3100)));
  SECTION("at the end of the period") {
    one.is_told_at("2026-01-05T00:00:00Z", cancel_subscription{"sub_1"});
    CHECK(one.sub().status == active);
    one.reaches("2026-06-01T00:00:00Z");
    CHECK(one.sub().status == cancelled);
    CHECK(one.sub().ended_at == at("2026-02-01T00:00:00Z"));
    CHECK(one.billed() == 3100);
    CHECK(one.refuses(resume_subscription{"sub_1"}) == errc::invalid_transition);
    CHECK(one.refuses(cancel_subscription{"sub_1"}) == errc::invalid_transition);
    CHECK(one.refuses(change(monthly("plus", 1))) == errc::invalid_transition);
  }
  SECTION("undone") {
    one.is_told_at("2026-01-05T00:00:00Z", cancel_subscription{"sub_1"});
    one.is_told_at("2026-01-06T00:00:00Z", keep_subscription{"sub_1"});
    one.reaches("2026-02-01T00:00:00Z");
    CHECK(one.sub().status == active);
    CHECK(one.refuses(keep_subscription{"sub_1"}) == errc::invalid_transition);
  }
  SECTION("now, keeping what was billed") {
    one.is_told_at("2026-01-11T00:00:00Z", cancel_subscription{"sub_1", effective_at::now, false});
    CHECK(one.sub().status == cancelled);
    CHECK(one.billed() == 3100);
  }
  SECTION("now, giving back what was not used") {
    one.is_told_at("2026-01-11T00:00:00Z", cancel_subscription{"sub_1", effective_at::now, true});
    CHECK(one.last_amounts() == amounts{-2100});
    CHECK(one.billed() == 1000);
  }
}

TEST_CASE("a pause is not billed, what was billed before it is used up", "[domain][account]") {
  life one;
  one.is_told_at("2026-01-01T00:00:00Z", start(monthly("basic", 3100)));
  one.is_told_at("2026-01-10T00:00:00Z", pause_subscription{"sub_1"});
  CHECK(one.refuses(change(monthly("plus", 5000))) == errc::invalid_transition);
  CHECK(one.refuses(pause_subscription{"sub_1"}) == errc::invalid_transition);
  SECTION("resumed within the period") {
    one.is_told_at("2026-01-20T00:00:00Z", resume_subscription{"sub_1"});
    CHECK(one.billed() == 3100);
    one.reaches("2026-02-01T00:00:00Z");
    CHECK(one.billed() == 6200);
  }
  SECTION("resumed later: the rest of the period, on the same anchor") {
    one.is_told_at("2026-03-22T00:00:00Z", resume_subscription{"sub_1"});
    CHECK(one.last_amounts() == amounts{1000});
    CHECK(one.sub().period.end == at("2026-04-01T00:00:00Z"));
    one.reaches("2026-04-01T00:00:00Z");
    CHECK(one.last_amounts() == amounts{3100});
  }
}

TEST_CASE("a contract that is not renewed expires", "[domain][account]") {
  life one;
  auto wanted = start(monthly("basic", 1000));
  wanted.contract_end = at("2026-03-01T00:00:00Z");
  one.is_told_at("2026-01-01T00:00:00Z", wanted).reaches("2026-09-01T00:00:00Z");
  CHECK(one.sub().status == expired);
  CHECK(one.days() == texts{"2026-01-01", "2026-02-01"});
}

TEST_CASE("what cannot be is refused and changes nothing", "[domain][account]") {
  life one;
  one.now = at("2026-01-01T00:00:00Z");
  auto with = [](auto alter) {
    auto out = start(monthly("basic", 1000));
    alter(out);
    return out;
  };
  CHECK(one.refuses(with([](auto& x) { x.quantity = 0; })) == errc::unprocessable);
  CHECK(one.refuses(with([](auto& x) { x.quantity = -1; })) == errc::unprocessable);
  CHECK(one.refuses(with([](auto& x) { x.trial_days = -1; })) == errc::unprocessable);
  CHECK(one.refuses(with([](auto& x) { x.time_zone = "Mars/Base"; })) == errc::unprocessable);
  CHECK(one.refuses(with([](auto& x) { x.terms.cadence.count = 0; })) == errc::unprocessable);
  CHECK(one.refuses(with([&](auto& x) { x.contract_end = one.now; })) == errc::unprocessable);
  CHECK(one.refuses(with([](auto& x) {
    x.terms.price.unit_amount = amount_max;
    x.quantity = 2;
  })) == errc::unprocessable);
  CHECK(one.refuses(resume_subscription{"sub_1"}) == errc::not_found);
  REQUIRE(one.is_told(start(monthly("basic", 1000))).has_value());
  CHECK(one.refuses(start(monthly("basic", 1000))) == errc::already_exists);
  CHECK(one.refuses(change(monthly("basic", 1000, "eur"))) == errc::invalid_transition);
  CHECK(one.refuses(resume_subscription{"sub_1"}) == errc::invalid_transition);
}

TEST_CASE("a contract that ends within a period is billed until there", "[domain][account]") {
  life one;
  auto wanted = start(monthly("basic", 3100));
  wanted.contract_end = at("2026-03-11T00:00:00Z");
  one.is_told_at("2026-01-01T00:00:00Z", wanted);
  SECTION("by the second") {
    one.reaches("2026-09-01T00:00:00Z");
    CHECK(one.days() == texts{"2026-01-01", "2026-02-01", "2026-03-01"});
    CHECK(one.last_amounts() == amounts{1000});
    CHECK(one.last_invoice().lines.front().period.end == at("2026-03-11T00:00:00Z"));
    CHECK(one.sub().ended_at == at("2026-03-11T00:00:00Z"));
  }
  SECTION("what is left of it is given back, and no more") {
    one.is_told_at("2026-03-06T00:00:00Z", change(monthly("plus", 6200)));
    CHECK(one.last_amounts() == amounts{-500, 1000});
  }
  SECTION("whole, where the plan does not prorate") {
    life other;
    wanted.terms.proration = proration_basis::none;
    other.is_told_at("2026-01-01T00:00:00Z", wanted).reaches("2026-09-01T00:00:00Z");
    CHECK(other.last_amounts() == amounts{3100});
  }
}

TEST_CASE("3.1: who leaves by the day has used the day, by the second not", "[domain][account]") {
  struct row {
    const char* currency;
    std::int64_t price;
    proration_basis basis;
    std::int64_t credit;
  };
  using enum proration_basis;
  for (const auto& x : {row{"usd", 1000, day, -484}, row{"usd", 1000, second, -500},
                        row{"jpy", 1980, day, -958}, row{"bhd", 12500, day, -6048}}) {
    CAPTURE(x.currency, x.price);
    auto plan = monthly("basic", x.price, x.currency);
    plan.proration = x.basis;
    life one;
    one.is_told_at("2026-01-01T00:00:00Z", start(plan));
    one.is_told_at("2026-01-16T12:00:00Z", cancel_subscription{"sub_1", effective_at::now, true});
    CHECK(one.last_amounts() == amounts{x.credit});  // 15/31, 1/2
  }
}

TEST_CASE("3.3: a trial that is moved moves the periods after it", "[domain][account]") {
  life one;
  auto wanted = start(monthly("basic", 1000));
  wanted.trial_days = 14;
  one.is_told_at("2026-01-01T00:00:00Z", put_payment_method{"pm_1"});
  one.is_told_at("2026-01-01T00:00:00Z", wanted);
  SECTION("to a later day") {
    one.is_told(change_trial{"sub_1", at("2026-01-31T00:00:00Z")}).value();
    one.reaches("2026-04-01T00:00:00Z");
    CHECK(one.days() == texts{"2026-01-31", "2026-02-28", "2026-03-31"});
  }
  SECTION("to now") {
    one.is_told_at("2026-01-05T00:00:00Z", change_trial{"sub_1", {}});
    CHECK(one.sub().status == active);
    one.reaches("2026-03-01T00:00:00Z");
    CHECK(one.days() == texts{"2026-01-05", "2026-02-05"});
  }
  SECTION("with the cancellation that was to come there") {
    one.is_told(cancel_subscription{"sub_1"}).value();
    one.is_told(change_trial{"sub_1", at("2026-02-01T00:00:00Z")}).value();
    one.reaches("2026-01-31T00:00:00Z");
    CHECK(one.sub().status == trialing);
    one.reaches("2026-02-01T00:00:00Z");
    CHECK(one.sub().status == cancelled);
    CHECK(one.billed() == 0);
  }
  SECTION("but not to the past, nor once it is over") {
    one.now = at("2026-01-05T00:00:00Z");
    CHECK(one.refuses(change_trial{"sub_1", at("2026-01-04T00:00:00Z")}) == errc::unprocessable);
    CHECK(one.refuses(change_trial{"sub_1", at("2046-01-04T00:00:00Z")}) == errc::unprocessable);
    one.reaches("2026-02-01T00:00:00Z");
    CHECK(one.refuses(change_trial{"sub_1", {}}) == errc::invalid_transition);
  }
}

// -- several subscriptions ---

namespace {

start_subscription second(plan_terms terms) {
  auto out = start(std::move(terms));
  out.id = "sub_2";
  return out;
}

}  // namespace

TEST_CASE("each subscription has its own invoices", "[domain][account]") {
  life one;
  one.is_told_at("2026-01-01T00:00:00Z", start(monthly("basic", 1000)));
  one.is_told_at("2026-01-11T00:00:00Z", second(monthly("addon", 3100)));
  CHECK(one.last_amounts() == amounts{3100});
  one.reaches("2026-02-20T00:00:00Z");
  CHECK(one.days() == texts{"2026-01-01", "2026-01-11", "2026-02-01", "2026-02-11"});
}

TEST_CASE("consolidated, they share their periods and an invoice", "[domain][account]") {
  life one;
  one.consolidate = true;
  one.is_told_at("2026-01-01T00:00:00Z", start(monthly("basic", 1000)));
  SECTION("from the middle of a period on") {
    one.is_told_at("2026-01-11T00:00:00Z", second(monthly("addon", 3100)));
    CHECK(one.last_amounts() == amounts{2100});  // 21 of 31 days
    one.reaches("2026-03-01T00:00:00Z");
    CHECK(one.days() == texts{"2026-01-01", "2026-01-11", "2026-02-01", "2026-03-01"});
    CHECK(one.last_amounts() == amounts{1000, 3100});
    CHECK(one.last_invoice().lines[1].subscription_id == "sub_2");
    CHECK(one.last_invoice().totals.total == 4100);
  }
  SECTION("from the end of a trial on") {
    auto wanted = second(monthly("addon", 3100));
    wanted.trial_days = 10;
    one.is_told_at("2026-01-01T00:00:00Z", put_payment_method{"pm_1"});
    one.is_told_at("2026-01-01T00:00:00Z", wanted);
    one.reaches("2026-02-01T00:00:00Z");
    CHECK(one.days() == texts{"2026-01-01", "2026-01-11", "2026-02-01"});
    CHECK(one.last_amounts() == amounts{1000, 3100});
  }
  SECTION("as days of the place whose periods they are, and back again") {
    auto by_day = [](plan_terms terms) {
      terms.proration = proration_basis::day;
      return terms;
    };
    auto addon = start(by_day(yearly("addon", 36600)));  // in 367 days that have begun
    addon.id = "sub_2";
    addon.time_zone = "Europe/Berlin";
    one.is_told_at("2026-01-11T23:30:00Z", addon);
    change_subscription there{"sub_2", by_day(monthly("addon", 3100))};
    change_subscription back{"sub_2", addon.terms};
    one.is_told_at("2026-07-11T12:00:00Z", there);
    one.is_told_at("2026-07-11T12:00:00Z", back);
    CHECK(one.billed() - 1000 * 7 == 36600);
  }
  SECTION("another cadence or currency has its own") {
    one.is_told_at("2026-01-11T00:00:00Z", second(yearly("addon", 36500)));
    CHECK(one.last_amounts() == amounts{36500});
    auto third = start(monthly("abroad", 700, "eur"));
    third.id = "sub_3";
    one.is_told_at("2026-01-12T00:00:00Z", third);
    one.reaches("2026-02-12T00:00:00Z");
    CHECK(one.last_amounts() == amounts{700});
  }
  SECTION("who leaves is not on it, who stays is") {
    one.is_told_at("2026-01-01T00:00:00Z", second(monthly("addon", 3100)));
    one.is_told(cancel_subscription{"sub_1"}).value();
    one.reaches("2026-02-01T00:00:00Z");
    CHECK(one.last_amounts() == amounts{3100});
    CHECK(one.sub().status == cancelled);
  }
  SECTION("each with its own coupon, and a failed payment concerns both") {
    auto wanted = second(monthly("addon", 3000));
    coupon half;
    half.id = half.name = "half";
    half.percent_off = decimal{50};
    half.duration = coupon_duration::forever;
    wanted.coupon = half;
    one.is_told_at("2026-01-01T00:00:00Z", wanted);
    one.reaches("2026-02-01T00:00:00Z");
    CHECK(one.last_invoice().totals.discount == -1500);
    CHECK(one.last_invoice().totals.total == 2500);
    CHECK(is_reproduced(explain(one.last_invoice())));
    one.is_told(record_failed_payment{one.last_invoice().id, "declined"}).value();
    CHECK(one.sub().status == past_due);
    CHECK(one.account.subscriptions.at("sub_2").status == past_due);
  }
}

TEST_CASE("credit for what nobody paid pays nothing else", "[domain][account]") {
  life one;
  one.has_gateway = false;
  one.is_told_at("2026-01-01T00:00:00Z", start(monthly("basic", 1000)));
  one.is_told_at("2026-01-02T00:00:00Z", second(monthly("dear", 3100)));
  auto dear = one.last_invoice().id;
  one.is_told(change_subscription{"sub_2", monthly("free", 0), 1}).value();
  CHECK(amount_due(one.account.invoices.begin()->second) == 1000);
  CHECK(amount_due(one.account.invoices.at(dear)) == 0);
  CHECK(balance_of(one.account, "usd") == 0);
}

TEST_CASE("a change that is not prorated leaves what is billed to be given back",
          "[domain][account]") {
  life one;
  auto plan = monthly("basic", 3100);
  one.is_told_at("2026-01-01T00:00:00Z", start(plan));
  auto fewer = change(plan, 1);
  fewer.terms.price.unit_amount = 3000;
  fewer.proration = proration_basis::none;
  one.is_told_at("2026-01-16T00:00:00Z", fewer);
  CHECK(one.account.invoices.size() == 1);
  one.is_told_at("2026-01-16T12:00:00Z", cancel_subscription{"sub_1", effective_at::now, true});
  CHECK(one.last_amounts() == amounts{-1500});
}

// -- the first payment ---

TEST_CASE("who pays first is incomplete until then", "[domain][account]") {
  life one;
  auto wanted = start(monthly("basic", 1000));
  wanted.pay_first = true;
  one.draft_for = std::chrono::hours{1};
  one.is_told_at("2026-01-01T00:00:00Z", wanted);
  CHECK(one.sub().status == incomplete);
  CHECK(one.last_invoice().status == invoice_status::open);
  auto invoice = one.last_invoice().id;
  SECTION("and begins with the payment, from the day it was made") {
    one.is_told_at("2026-01-01T20:00:00Z", record_payment{invoice, "pay_1", {}});
    CHECK(one.sub().status == active);
    one.reaches("2026-02-01T00:00:00Z");
    CHECK(one.billed() == 2000);
  }
  SECTION("and ends after 23 hours without") {
    one.is_told_at("2026-01-01T01:00:00Z", record_failed_payment{invoice, "declined"});
    CHECK(one.sub().status == incomplete);
    CHECK(one.refuses(change(monthly("plus", 2000))) == errc::invalid_transition);
    one.reaches("2026-01-02T00:00:00Z");
    CHECK(one.sub().status == expired);
    CHECK(one.sub().ended_at == at("2026-01-01T23:00:00Z"));
    CHECK(one.account.invoices.at(invoice).status == invoice_status::voided);
  }
  SECTION("and what was paid of it is credit then") {
    one.is_told_at("2026-01-01T01:00:00Z", record_payment{invoice, "pay_1", 400});
    CHECK(one.sub().status == incomplete);
    one.reaches("2026-01-02T00:00:00Z");
    CHECK(one.sub().status == expired);
    CHECK(balance_of(one.account, "usd") == 400);
    CHECK(amount_due(one.account.invoices.at(invoice)) == 0);
  }
  SECTION("and may leave, which nobody has to pay for") {
    one.is_told_at("2026-01-01T01:00:00Z", cancel_subscription{"sub_1", effective_at::now});
    CHECK(one.sub().status == cancelled);
    CHECK(one.account.invoices.at(invoice).status == invoice_status::voided);
  }
  SECTION("and does not begin because nobody has to pay any more") {
    auto how = GENERATE(0, 1);
    if (how == 0) {
      one.is_told(void_invoice{invoice}).value();
    } else {
      one.is_told(issue_credit_note{invoice, "cn_1", {}, {}, {}}).value();
    }
    CHECK(one.sub().status == expired);
    CHECK(balance_of(one.account, "usd") == 0);
  }
  SECTION("and it is not written off while somebody waits") {
    CHECK(one.refuses(write_off_invoice{invoice}) == errc::invalid_transition);
  }
  SECTION("but what costs nothing begins at once") {
    auto gratis = second(monthly("free", 0));
    gratis.pay_first = true;
    one.is_told(gratis).value();
    CHECK(one.account.subscriptions.at("sub_2").status == active);
  }
}

TEST_CASE("a first payment that is under way is waited for", "[domain][account]") {
  life one;
  auto wanted = start(monthly("basic", 1000));
  wanted.pay_first = true;
  one.is_told_at("2026-01-01T00:00:00Z", put_payment_method{"pm_1"});
  one.is_told(wanted).value();
  auto invoice = one.last_invoice().id;
  one.reaches("2026-01-03T00:00:00Z");
  CHECK(one.sub().status == incomplete);
  CHECK(one.refuses(cancel_subscription{"sub_1", effective_at::now}) == errc::invalid_transition);
  SECTION("it came") {
    one.is_told(record_payment{invoice, "pay_1", 1000, true}).value();
    CHECK(one.sub().status == active);
  }
  SECTION("it came when the period was over: it is credit") {
    one.is_told_at("2026-02-02T00:00:00Z", record_payment{invoice, "pay_1", 1000, true});
    CHECK(one.sub().status == expired);
    CHECK(balance_of(one.account, "usd") == 1000);
    CHECK(one.account.invoices.size() == 1);
  }
  SECTION("it failed, and of what was tried again part came when the time was over") {
    life other;
    other.is_told_at("2026-01-01T00:00:00Z", put_payment_method{"pm_1"});
    other.is_told(wanted).value();
    other.is_told_at("2026-01-01T01:00:00Z", record_failed_payment{invoice, "declined"});
    other.is_told(put_payment_method{"pm_2"}).value();
    other.reaches("2026-01-03T00:00:00Z");
    CHECK(other.sub().status == incomplete);
    other.is_told(record_payment{invoice, "pay_1", 300, true}).value();
    other.reaches("2026-01-03T00:00:01Z");
    CHECK(other.sub().status == expired);
    CHECK(balance_of(other.account, "usd") == 300);
  }
  SECTION("it failed, and the time is over") {
    one.is_told(record_failed_payment{invoice, "declined"}).value();
    CHECK(one.sub().status == expired);
  }
}

// -- collection ---

namespace {

// Collected through a payment method, a trial-less life that begins with an open invoice.
life collected(dunning_policy policy = {}) {
  life one;
  auto wanted = start(monthly("basic", 1000));
  wanted.terms.dunning = std::move(policy);
  one.is_told_at("2026-01-01T00:00:00Z", put_payment_method{"pm_1"});
  one.is_told_at("2026-01-01T00:00:00Z", wanted);
  return one;
}

record_payment paying(const life& one, std::string payment, std::int64_t amount = 1000) {
  return {one.last_invoice().id, std::move(payment), amount, true};
}

std::size_t requests(const life& one) {
  return static_cast<std::size_t>(std::count_if(
    one.events.begin(), one.events.end(),
    [](const billing_event& e) { return std::holds_alternative<payment_requested>(e); }));
}

}  // namespace

TEST_CASE("the rest of what a retry brought in part is asked for at once", "[domain][account]") {
  auto one = collected();
  one.is_told(record_failed_payment{one.last_invoice().id, "declined"}).value();
  one.reaches("2026-01-02T00:00:00Z");
  CHECK(requests(one) == 2);
  one.is_told(paying(one, "pay_1", 400)).value();
  one.reaches("2026-01-02T00:00:01Z");
  CHECK(requests(one) == 3);
  one.is_told(paying(one, "pay_2", 600)).value();
  CHECK(one.last_invoice().status == invoice_status::paid);
}

TEST_CASE("an invoice opens, is asked for and is paid", "[domain][account]") {
  auto one = collected();
  CHECK(one.last_invoice().status == invoice_status::open);
  CHECK(requests(one) == 1);
  one.is_told_at("2026-01-01T00:01:00Z", paying(one, "pay_1", 400));
  CHECK(amount_due(one.last_invoice()) == 600);
  one.is_told(paying(one, "pay_1", 400)).value();  // told twice
  CHECK(amount_due(one.last_invoice()) == 600);
  CHECK(one.refuses(paying(one, "pay_2", 601)) == errc::unprocessable);
  CHECK(one.refuses(paying(one, "pay_2", 0)) == errc::unprocessable);
  CHECK(one.refuses(paying(one, "pay_2", -1)) == errc::unprocessable);
  one.is_told(paying(one, "pay_2", 600)).value();
  CHECK(one.last_invoice().status == invoice_status::paid);
  CHECK(one.last_invoice().paid_at == one.now);
  CHECK(one.refuses(paying(one, "pay_3", 1)) == errc::invalid_transition);
  CHECK(one.refuses(record_payment{"in_none", "pay_3", 1}) == errc::not_found);
}

TEST_CASE("a draft opens when its time to be changed is over", "[domain][account]") {
  life one;
  one.draft_for = std::chrono::hours{1};
  one.is_told_at("2026-01-01T00:00:00Z", start(monthly("basic", 1000)));
  CHECK(one.last_invoice().status == invoice_status::draft);
  CHECK(next_due(one.account) == at("2026-01-01T01:00:00Z"));
  one.reaches("2026-01-02T00:00:00Z");
  CHECK(one.last_invoice().status == invoice_status::open);
  CHECK(one.last_invoice().opened_at == at("2026-01-01T01:00:00Z"));
}

TEST_CASE("payments fail: +1, +3, +5, +7 days, suspended after three, active again once paid",
          "[domain][account]") {
  auto one = collected();
  auto fails = [&] {
    one.is_told(record_failed_payment{one.last_invoice().id, "declined"}).value();
  };
  fails();
  CHECK(one.sub().status == past_due);
  CHECK(one.last_invoice().failures
        == std::vector{failed_payment{1, 1000, "declined", at("2026-01-01T00:00:00Z")}});
  CHECK_FALSE(why_retries_stopped(one.last_invoice()));
  CHECK(next_due(one.account) == at("2026-01-02T00:00:00Z"));
  one.reaches("2026-01-02T00:00:00Z");
  CHECK(requests(one) == 2);
  fails();
  CHECK(one.sub().status == past_due);
  CHECK(next_due(one.account) == at("2026-01-04T00:00:00Z"));
  one.reaches("2026-01-04T00:00:00Z");
  fails();
  CHECK(one.sub().status == suspended);
  one.reaches("2026-01-06T00:00:00Z");
  fails();
  one.reaches("2026-01-08T00:00:00Z");
  CHECK(requests(one) == 5);
  fails();
  CHECK_FALSE(next_due(one.account));  // nothing more is tried
  CHECK(why_retries_stopped(one.last_invoice()) == retries_end::exhausted);
  one.reaches("2026-03-11T00:00:00Z");
  CHECK(one.account.invoices.size() == 1);  // and nothing is billed
  one.is_told(paying(one, "pay_1")).value();
  CHECK(one.sub().status == active);
  // From the day on which it can be used again: 21 of 31 days of its period.
  CHECK(one.last_amounts() == amounts{677});
  CHECK(one.sub().period.end == at("2026-04-01T00:00:00Z"));
}

TEST_CASE("a card that will never work is not tried again, a new one at once",
          "[domain][account]") {
  auto one = collected();
  one.is_told(record_failed_payment{one.last_invoice().id, "stolen_card", true}).value();
  CHECK(one.sub().status == suspended);
  CHECK(why_retries_stopped(one.last_invoice()) == retries_end::declined_for_good);
  one.reaches("2026-01-20T00:00:00Z");
  CHECK(requests(one) == 1);
  one.is_told(put_payment_method{"pm_2"}).value();
  CHECK(requests(one) == 2);
  CHECK_FALSE(why_retries_stopped(one.last_invoice()));
  one.is_told(paying(one, "pay_1")).value();
  CHECK(one.sub().status == active);
  CHECK(one.billed() == 1000);  // the period was billed already
}

TEST_CASE("who stays after all has the change that was to come", "[domain][account]") {
  life one;
  one.is_told_at("2026-01-01T00:00:00Z", start(monthly("basic", 2000)));
  one.is_told(change_subscription{"sub_1", monthly("tiny", 500), 1, effective_at::period_end})
    .value();
  one.is_told(cancel_subscription{"sub_1"}).value();
  one.is_told(keep_subscription{"sub_1"}).value();
  CHECK_FALSE(one.sub().cancel_at);
  REQUIRE(one.sub().scheduled);
  one.is_told(keep_subscription{"sub_1"}).value();  // that neither
  CHECK_FALSE(one.sub().scheduled);
}

TEST_CASE("who does not pay cannot pause it away", "[domain][account]") {
  auto one = collected();
  one.is_told(record_failed_payment{one.last_invoice().id, {}}).value();
  REQUIRE(one.sub().status == past_due);
  one.is_told(pause_subscription{"sub_1"}).value();
  for (auto day : {"2026-01-10T00:00:00Z", "2026-01-20T00:00:00Z"}) {
    one.now = at(day);
    CHECK(one.refuses(resume_subscription{"sub_1"}) == errc::invalid_transition);
  }
  one.is_told(paying(one, "pay_1")).value();
  CHECK(one.sub().status == paused);
  one.is_told(resume_subscription{"sub_1"}).value();
  CHECK(one.sub().status == active);
}

TEST_CASE("a card that will never work leaves the time to come with another one",
          "[domain][account]") {
  auto one = collected({{1, 3, 5}, 3, dunning_end::cancel});
  one.is_told(record_failed_payment{one.last_invoice().id, "stolen_card", true}).value();
  CHECK(one.sub().status == suspended);
  SECTION("and nobody came") {
    one.reaches("2026-01-05T23:59:59Z");
    CHECK(one.sub().status == suspended);
    one.reaches("2026-01-06T00:00:00Z");
    CHECK(one.sub().status == cancelled);
    CHECK(requests(one) == 1);
  }
  SECTION("which is tried at once") {
    one.is_told_at("2026-01-04T00:00:00Z", put_payment_method{"pm_2"});
    CHECK(requests(one) == 2);
    one.is_told(paying(one, "pay_1")).value();
    CHECK(one.sub().status == active);
  }
}

TEST_CASE("where the plan says so, what is not paid in the end is cancelled", "[domain][account]") {
  auto one = collected({{1}, 5, dunning_end::cancel});
  one.is_told(record_failed_payment{one.last_invoice().id, {}}).value();
  CHECK(one.sub().status == past_due);
  one.reaches("2026-01-02T00:00:00Z");
  one.is_told(record_failed_payment{one.last_invoice().id, {}}).value();
  CHECK(one.sub().status == cancelled);
  CHECK(one.refuses(record_failed_payment{"in_none", {}}) == errc::not_found);
}

TEST_CASE("what is given back is credit, which pays the next invoices", "[domain][account]") {
  life one;
  one.is_told_at("2026-01-01T00:00:00Z", start(monthly("plus", 3100)));
  one.is_told(paying(one, "pay_1", 3100)).value();
  one.is_told_at("2026-01-11T00:00:00Z", change(monthly("tiny", 310)));
  CHECK(one.last_amounts() == amounts{-2100, 210});
  CHECK(one.last_invoice().status == invoice_status::paid);
  CHECK(balance_of(one.account, "usd") == 1890);
  one.reaches("2026-02-01T00:00:00Z");
  CHECK(one.last_invoice().status == invoice_status::paid);
  CHECK(one.last_invoice().from_balance == 310);
  CHECK(balance_of(one.account, "usd") == 1580);
}

TEST_CASE("invoices are voided and written off, but not what is settled", "[domain][account]") {
  auto one = collected();
  one.has_gateway = false;  // which would be asked already
  auto id = one.last_invoice().id;
  SECTION("void") {
    one.is_told(void_invoice{id}).value();
    CHECK(one.last_invoice().status == invoice_status::voided);
    CHECK(amount_due(one.last_invoice()) == 0);
    CHECK(one.refuses(paying(one, "pay_1")) == errc::invalid_transition);
    CHECK(one.refuses(write_off_invoice{id}) == errc::invalid_transition);
  }
  SECTION("written off, and paid after all") {
    one.is_told(write_off_invoice{id}).value();
    CHECK(one.last_invoice().status == invoice_status::uncollectible);
    one.is_told(paying(one, "pay_1")).value();
    CHECK(one.last_invoice().status == invoice_status::paid);
  }
  SECTION("partly paid") {
    one.is_told(paying(one, "pay_1", 1)).value();
    CHECK(one.refuses(void_invoice{id}) == errc::invalid_transition);
  }
}

// -- random lives ---

namespace {

const char* random_currency(std::uint64_t seed) {
  return std::array{"usd", "jpy", "bhd"}[seed % 3];
}

coupon random_coupon(random_source& random, const std::string& currency) {
  coupon out;
  out.id = out.name = "coupon";
  out.duration = static_cast<coupon_duration>(random.below(3));
  if (out.duration == coupon_duration::repeating) {
    out.periods = 1 + random.below(4);
  }
  if (random.below(2) == 0) {
    out.percent_off = decimal{1 + random.below(1000), 1};
  } else {
    out.amount_off = 1 + random.below(3000);
    out.currency = currency;
  }
  return out;
}

tax_rate random_rate(random_source& random, const std::string& id) {
  tax_rate out;
  out.id = out.name = id;
  out.country = "DE";
  out.percent = decimal{random.below(250), 1};
  out.inclusive = random.below(2) == 0;
  out.rounding = static_cast<tax_rounding>(random.below(2));
  return out;
}

// None, or one of the union or from elsewhere.
std::optional<legal_entity> random_entity(random_source& random) {
  constexpr std::array countries{"DE", "FR", "US"};
  const auto* country = countries.at(static_cast<std::size_t>(random.below(3)));
  if (random.below(4) == 0) {
    return std::nullopt;
  }
  return legal_entity{country, country, country, {}, {}, country, true};
}

// Some of the lines, some whole, or all that is left.
issue_credit_note random_note(random_source& random, const std::string& invoice) {
  issue_credit_note out{invoice, "cn_" + std::to_string(random.below(1000)), {}, {}, {}};
  for (auto n = random.below(3); n > 0; --n) {
    auto amount = random.below(2) == 0 ? std::nullopt : std::optional{1 + random.below(2000)};
    out.lines.push_back({random.below(3), amount});
  }
  if (random.below(2) == 0) {
    out.refund_id = "re_1";
  }
  return out;
}

// Of all models that price a quantity.
charge_model random_price(random_source& random) {
  charge_model out;
  out.model = static_cast<pricing_model>(random.below(5));
  out.unit_amount = decimal{random.below(50'000), 1};
  if (out.model == pricing_model::graduated || out.model == pricing_model::volume) {
    out.tiers = {{decimal{1 + random.below(3)}, out.unit_amount, random.below(500)},
                 {{}, decimal{random.below(50'000), 1}, random.below(500)}};
  } else if (out.model == pricing_model::package) {
    out.unit_size = decimal{1 + random.below(3)};
    out.free_units = random.below(2);
  }
  return out;
}

plan_terms random_terms(random_source& random, const std::string& currency) {
  auto out = monthly("plan_" + std::to_string(random.below(4)), random.below(5000), currency);
  if (random.below(2) == 0) {
    out.price = random_price(random);
  }
  if (random.below(3) == 0) {
    out.minimum = random.below(20'000);
  }
  if (random.below(3) == 0) {
    out.maximum = out.minimum.value_or(0) + random.below(5000);
  }
  out.cadence.interval = static_cast<billing_interval>(random.below(4));
  out.cadence.count = 1 + random.below(3);
  out.proration = static_cast<proration_basis>(random.below(4));
  return out;
}

billing_command random_command(random_source& random, const life& one) {
  auto when = static_cast<effective_at>(random.below(2));
  std::string invoice = one.account.invoices.empty() ? "in_none" : one.last_invoice().id;
  std::string id = random.below(3) == 0 ? "sub_2" : "sub_1";
  switch (random.below(19)) {
    case 18: {
      auto end = one.now + std::chrono::hours{random.below(2000) - 100};
      return change_trial{id, random.below(3) == 0 ? std::nullopt : std::optional{end}};
    }
    case 16: return random_note(random, invoice);
    case 17:
      return random_note(
        random, one.account.invoices.empty() ? "in_none" : one.account.invoices.begin()->first);
    case 0:
      return start_subscription{
        id,
        random_terms(random, one.currency),
        1 + random.below(5),
        random.below(2) * random.below(40),
        random.below(2) == 0 ? "UTC" : "Europe/Berlin",
        random.below(4) == 0 ? std::optional{one.now + std::chrono::days{random.below(900)}}
                             : std::nullopt,
        random.below(2) == 0 ? std::optional{random_coupon(random, one.currency)} : std::nullopt,
        random.below(4) == 0};
    case 1:
    case 2:
    case 3:
      return change_subscription{id, random_terms(random, one.currency), 1 + random.below(5), when};
    case 4:
      return random.below(8) == 0 ? cancel_subscription{id, when, random.below(2) == 0}
                                  : cancel_subscription{id};
    case 5:
    case 6: return keep_subscription{id};
    case 7: return pause_subscription{id};
    case 8: return resume_subscription{id};
    case 9:
      return put_payment_method{random.below(3) == 0 ? std::nullopt
                                                     : std::optional<std::string>{"pm_1"}};
    case 10:
      return record_payment{invoice, "pay_" + std::to_string(random.below(1000)),
                            1 + random.below(3000), random.below(4) == 0};
    case 11:
      return one.account.invoices.empty()
               ? record_payment{invoice, "pay", 1}
               : record_payment{invoice, "pay_all", amount_due(one.last_invoice())};
    case 12:
    case 13: return record_failed_payment{invoice, "declined", random.below(4) == 0};
    case 14:
      return random.below(2) == 0 ? billing_command{void_invoice{invoice}}
                                  : billing_command{write_off_invoice{invoice}};
    default: return advance_time{};
  }
}

// What was billed, told by the lines alone: no instant of a subscription twice, none left out while
// it was live.
class coverage {
 public:
  void sees(const billing_event& event) {
    if (const auto* created = std::get_if<subscription_created>(&event)) {
      until_[created->subscription.id] = created->subscription.ledger.begin;
    } else if (const auto* moved = std::get_if<subscription_trial_changed>(&event)) {
      until_[moved->subscription_id] = moved->trial_end;
    } else if (const auto* changed = std::get_if<subscription_status_changed>(&event)) {
      if (changed->status == active) {  // not billed while it was paused
        auto& until = until_[changed->subscription_id];
        until = std::max(until, changed->at);
      }
    } else if (const auto* invoice = std::get_if<invoice_created>(&event)) {
      for (const auto& line : invoice->invoice.lines) {
        sees(line);
        CHECK(amount_of(line).value() == line.amount);
        CHECK_FALSE(line.description.empty());
      }
      CHECK(totals_of(invoice->invoice.lines).value() == invoice->invoice.totals);
    }
  }
  timestamp until(const std::string& id) const { return until_.at(id); }

 private:
  void sees(const line_item& line) {
    if (line.kind == line_kind::minimum) {
      CHECK((line.amount < 0) == line.corrects.has_value());
      return;
    }
    auto& until = until_.at(line.subscription_id.value());
    auto& billed = billed_[*line.subscription_id];
    if (line.basis.given_back) {
      CHECK(line.period.end == until);
      CHECK(line.amount <= 0);
      CHECK(-line.amount <= billed);
      until = line.period.start;
    } else {
      CHECK(line.period.start == until);
      CHECK(line.period.end > until);
      CHECK(line.amount >= 0);
      until = line.period.end;
    }
    billed += line.amount;
  }
  std::map<std::string, timestamp> until_;
  std::map<std::string, std::int64_t> billed_;
};

// Nothing can be given back that is not left of the line that billed it.
void check_intervals(const billing_account& of) {
  for (const auto& [id, s] : of.subscriptions) {
    for (const auto& x : s.ledger.intervals) {
      const auto& invoice = of.invoices.at(x.invoice_id);
      auto line = static_cast<std::size_t>(x.line);
      CHECK(x.billed.amount <= rest_of(invoice, line).amount);
      if (invoice.status != invoice_status::voided) {
        CHECK(total_of(x.billed) <= total_of(rest_of(invoice, line)));
      }
    }
  }
}

// Debit and credit of each account, by month.
using account_sums = std::map<ledger_account, std::pair<std::int64_t, std::int64_t>>;
using books = std::map<year_month, account_sums>;

books books_of(const std::map<year_month, month_report>& of) {
  books out;
  for (const auto& [month, report] : of) {
    for (const auto& [account, sums] : report.ledger.accounts) {
      out[month][account] = {sums.debit, sums.credit};
    }
  }
  return out;
}

// The general ledger of a life: each entry balances, by months they are what the report says, and
// together they say what the account says.
void check_books(const std::vector<billing_event>& events, const life& one) {
  const auto& of = one.account;
  books booked;
  std::map<ledger_account, std::int64_t> sums;
  organization then;
  report_builder report;
  for (const auto& event : events) {
    for (const auto& entry : bookings_of(then.billing, event, one.now)) {
      CHECK(entry.currency == one.currency);
      CHECK_FALSE(entry.lines.empty());
      for (const auto& x : postings_of(entry.lines)) {
        CHECK(x.amount > 0);
        booked[entry.month][x.debit].first += x.amount;
        booked[entry.month][x.credit].second += x.amount;
        sums[x.debit] += x.amount;
        sums[x.credit] -= x.amount;
      }
    }
    auto happened = std::visit([](const auto& x) { return domain::event{x}; }, event);
    report.see_before(then, happened, one.now);
    then = evolve(std::move(then), happened);
    report.see_after(then, happened, one.now);
  }
  CHECK(booked == books_of(std::move(report).finish({})[one.currency]));
  std::map<ledger_account, std::int64_t> expected;
  for (const auto& [id, invoice] : of.invoices) {
    bool lost = invoice.status == invoice_status::uncollectible;
    auto account = lost ? ledger_account::bad_debt : ledger_account::accounts_receivable;
    expected[account] += amount_due(invoice);
    for (const auto& payment : invoice.payments) {
      expected[ledger_account::cash] += payment.amount;
    }
    for (const auto& note : invoice.credit_notes) {
      expected[ledger_account::cash] -= note.refunded;
    }
  }
  for (const auto& [currency, balance] : of.balances) {
    expected[ledger_account::customer_balance] -= balance;
  }
  using enum ledger_account;
  for (auto account : {accounts_receivable, bad_debt, cash, customer_balance}) {
    CAPTURE(static_cast<int>(account));
    CHECK(sums[account] == expected[account]);
  }
}

std::int64_t billed_for(const billing_account& of, const std::string& subscription) {
  std::int64_t out = 0;
  for (const auto& [id, invoice] : of.invoices) {
    for (const auto& line : invoice.lines) {
      out += line.subscription_id == subscription ? total_of(line) : 0;
    }
  }
  return out;
}

// A change and its reversal at the same instant come to nothing, with any coupon and tax.
void check_reversal(const life& one, random_source& random) {
  auto found = one.account.subscriptions.find("sub_1");
  if (found == one.account.subscriptions.end() || !is_billed(found->second.status)) {
    return;
  }
  auto other = one;
  auto [terms, quantity] = std::pair{found->second.terms, found->second.quantity};
  auto before = billed_for(other.account, "sub_1");
  auto there = change(random_terms(random, one.currency), 1 + random.below(5));
  if (other.is_told(there)) {
    REQUIRE(other.is_told(change(terms, quantity)).has_value());
    CHECK(billed_for(other.account, "sub_1") == before);
    const auto& again = other.sub();
    CHECK(again.terms == terms);
    CHECK(again.period == found->second.period);
    CHECK(billed_until(again.ledger) == billed_until(found->second.ledger));
  }
}

void lives(std::uint64_t seed) {
  CAPTURE(seed);
  auto random = random_of(seed);
  life one;
  one.now = at("2026-01-01T00:00:00Z") + std::chrono::seconds{random.below(80'000'000)};
  coverage covered;
  one.currency = random_currency(seed);
  one.country = random.below(2) == 0 ? "DE" : "US";
  one.is_taxed_outside = random.below(4) == 0;
  one.consolidate = random.below(2) == 0;
  random_source sellers{seed * 0x9e3779b97f4a7c15 + 2};  // what else happens is the same without
  one.vat_id = sellers.below(2) == 0 ? std::nullopt : std::optional{"DE123456789"};
  for (int step = 0; step < 12; ++step) {
    if (random.below(3) == 0) {  // rates change while it is billed
      auto id = "rate_" + std::to_string(random.below(2));
      one.sold = evolve(std::move(one.sold), tax_rate_published{random_rate(random, id)});
    }
    if (sellers.below(4) == 0) {  // and so does the seller
      one.legal_entity = random_entity(sellers);
    }
    auto seen = one.events.size();
    auto before = one.account;
    if (!one.is_told(random_command(random, one))) {
      CHECK(one.account == before);
    }
    for (; seen < one.events.size(); ++seen) {
      covered.sees(one.events[seen]);
    }
    if (random.below(3) > 0) {
      one.now += std::chrono::microseconds{random.below(5'000'000'000'000)};
    }
    REQUIRE(one.is_told(advance_time{}).has_value());
    for (; seen < one.events.size(); ++seen) {
      covered.sees(one.events[seen]);
    }
    if (random.below(4) == 0) {
      check_reversal(one, random);
    }
    for (const auto& [id, s] : one.account.subscriptions) {
      if (s.status == incomplete) {  // it does not wait for ever
        const auto& first = one.account.invoices.at(s.ledger.intervals.back().invoice_id);
        CHECK((first.requested_at || one.now < first.due_at));
      }
      if (is_billed(s.status)) {
        CHECK(covered.until(id) > one.now);
        CHECK(covered.until(id) == billed_until(s.ledger));
        CHECK(covered.until(id) == std::min(s.period.end, s.contract_end.value_or(s.period.end)));
      }
    }
  }
  billing_account replayed;
  for (const auto& event : one.events) {
    replayed = evolve(std::move(replayed), event);
  }
  CHECK(replayed == one.account);
  for (const auto& [currency, credit] : one.account.balances) {
    CHECK(credit >= 0);
  }
  for (const auto& [id, invoice] : one.account.invoices) {
    auto settled = invoice.paid + invoice.from_balance + invoice.credited;
    CHECK(settled <= std::max<std::int64_t>(invoice.totals.total, 0));
    CHECK((invoice.status != invoice_status::paid || settled == invoice.totals.total));
    // What waits is not waiting beside a credit that could pay it.
    CHECK((amount_due(invoice) == 0 || invoice.requested_at
           || balance_of(one.account, invoice.currency) == 0));
    CHECK(is_reproduced(explain(invoice)));
    for (std::size_t i = 0; i < invoice.lines.size(); ++i) {
      auto rest = rest_of(invoice, i);
      CHECK((rest.amount >= 0 || invoice.lines[i].corrects));
      CHECK(std::abs(rest.amount) <= std::abs(invoice.lines[i].amount));
    }
  }
  check_intervals(one.account);
  check_books(one.events, one);
}

}  // namespace

TEST_CASE("each instant of a random life is billed at most once, and while live exactly once",
          "[domain][account]") {
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    lives(seed);
  }
}

TEST_CASE("the same of a hundred thousand lives", "[.lives]") {
  for (std::uint64_t seed = 1; seed <= 100'000; ++seed) {
    lives(seed);
  }
}
