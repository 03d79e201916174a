// Whole lives of organizations that Bursar bills, month after month: the clock moves, and what
// happens is listed as it is expected, line by line. A gateway that is told beforehand what it will
// say answers each charge at the moment it is asked.
#include <deque>
#include <map>

#include "domain/billing/sale.hpp"
#include "domain/overloaded.hpp"
#include "tests/support/billed_organization.hpp"

using namespace bursar;
using namespace bursar::domain;
using bursar::testing::at;

namespace {

using lines = std::vector<std::string>;

template <class Enum>
std::string word(Enum x) {
  return boost::describe::enum_to_string(x, "?");
}

std::string date(timestamp t) {
  auto text = format_rfc3339(t);
  return text.substr(11, 8) == "00:00:00" ? text.substr(0, 10) : text.substr(0, 16);
}

std::string amounts_of(const native_invoice& x) {
  std::string out;
  for (const auto& line : x.lines) {
    out += (out.empty() ? "" : " ") + std::to_string(line.amount);
  }
  return out;
}

// What an event says, in a few words; empty: nothing that these lists are about.
std::string told(const event& happened) {
  return std::visit(
    overloaded{
      [](const subscription_created& e) { return "subscribed to " + e.subscription.terms.name; },
      [](const subscription_status_changed& e) { return word(e.status) + ": " + e.reason; },
      [](const subscription_terms_changed& e) {
        return "now " + e.terms.name + " x " + std::to_string(e.quantity);
      },
      [](const subscription_schedule_changed& e) {
        auto out = e.change ? "then " + e.change->terms.name : std::string{};
        out += e.cancel_at ? "ends on " + date(*e.cancel_at) : "";
        return out.empty() ? "goes on" : out;
      },
      [](const invoice_created& e) { return "invoice of " + amounts_of(e.invoice); },
      [](const invoice_opened& e) {
        return e.from_balance == 0 ? "" : "from credit " + std::to_string(e.from_balance);
      },
      [](const balance_applied& e) { return "set off " + std::to_string(e.amount); },
      [](const credit_note_issued& e) { return "credited " + std::to_string(e.credit_note.total); },
      [](const payment_requested& e) { return "charge " + std::to_string(e.amount); },
      [](const invoice_payment_recorded& e) { return "paid " + std::to_string(e.amount); },
      [](const invoice_payment_failed& e) {
        const auto& next = e.collection.next_attempt_at;
        return "declined" + (next ? ", again on " + date(*next) : std::string{});
      },
      [](const invoice_closed& e) {
        return e.status == invoice_status::paid ? "" : "invoice " + word(e.status);
      },
      [](const standing_changed& e) {
        std::string what = e.standing.write ? "write" : e.standing.read ? "read" : "nothing";
        return e.standing.subscription_status == e.previous_status ? "" : "may " + what;
      },
      [](const auto&) { return std::string{}; }},
    happened);
}

enum class says { yes, no, never };

struct world : bursar::testing::billed_organization {
  std::deque<says> gateway;  // what it will say; then yes
  std::size_t seen = 0;

  world() {
    chain.clear();
    publish("Basic", "usd", 1000);
    publish("Plus", "usd", 2000);
    publish("Yen", "jpy", 1980);
    publish("Dinar", "bhd", 12500);
    publish("Year", "usd", 120000, billing_interval::year);
    publish("Fortnight", "usd", 700, billing_interval::week, 2);
  }
  plan& publish(const std::string& name, const std::string& currency, std::int64_t amount,
                billing_interval interval = billing_interval::month, std::int64_t count = 1) {
    plan out;
    out.id = out.name = name;
    out.provider = billing_provider::native;
    out.prices.push_back({currency, amount, interval, count, {}});
    sold = evolve(std::move(sold), plan_published{out});
    return sold.plans.at(name);
  }

  // What happened since the last look, with the moment where it is another one than before.
  lines look(timestamp now) {
    lines out;
    for (; seen < chain.size(); ++seen) {
      if (auto text = told(chain[seen]); !text.empty()) {
        out.push_back(date(now) + " " + text);
      }
    }
    return out;
  }

  // Something is told, and the gateway answers what that asks it.
  lines does(timestamp now, const command& wanted) {
    is_told(format_rfc3339(now), wanted);
    for (std::size_t i = seen; i < chain.size(); ++i) {
      if (const auto* asked = std::get_if<payment_requested>(&chain[i])) {
        answer(now, *asked);
      }
    }
    return look(now);
  }
  lines does(std::string_view now, const command& wanted) { return does(at(now), wanted); }

  // Time passes: each thing that falls due does so at its moment.
  lines until(std::string_view end) {
    lines out;
    while (auto due = next_due(state.billing)) {
      if (*due > at(end)) {
        break;
      }
      auto more = does(*due, billing_command{advance_time{}});
      out.insert(out.end(), more.begin(), more.end());
    }
    return out;
  }

  subscribe to(const std::string& plan, std::int64_t quantity = 1) {
    subscribe out;
    out.subscription_id = "sub_" + std::to_string(state.billing.subscriptions.size());
    out.plan_id = plan;
    out.quantity = quantity;
    out.payment_method = "pm_1";
    return out;
  }
  const native_invoice& last_invoice() const { return state.billing.invoices.rbegin()->second; }

 private:
  void answer(timestamp now, payment_requested asked) {
    auto said = says::yes;
    if (!gateway.empty()) {
      said = gateway.front();
      gateway.pop_front();
    }
    auto time = format_rfc3339(now);
    if (said == says::yes) {
      auto payment = "pay_" + std::to_string(chain.size());
      is_told(time, billing_command{record_payment{asked.invoice_id, payment, asked.amount, true}});
    } else {
      is_told(time, billing_command{record_failed_payment{asked.invoice_id, "card_declined",
                                                          said == says::never}});
    }
  }
};

change_plan change(std::optional<std::string> plan, std::optional<std::int64_t> quantity = {},
                   effective_at when = effective_at::now) {
  return {std::move(plan), quantity, when};
}

}  // namespace

TEST_CASE("world: a trial, then months", "[domain][world]") {
  world x;
  auto wanted = x.to("Basic");
  wanted.trial_days = 14;
  CHECK(x.does("2026-01-01T00:00:00Z", wanted)
        == lines{"2026-01-01 subscribed to Basic", "2026-01-01 may write"});
  CHECK(x.until("2026-03-20T00:00:00Z")
        == lines{"2026-01-15 active: trial ended", "2026-01-15 invoice of 1000",
                 "2026-01-15 charge 1000", "2026-01-15 may write", "2026-01-15 paid 1000",
                 "2026-02-15 invoice of 1000", "2026-02-15 charge 1000", "2026-02-15 paid 1000",
                 "2026-03-15 invoice of 1000", "2026-03-15 charge 1000", "2026-03-15 paid 1000"});
}

TEST_CASE("world: a trial without a payment method waits for one", "[domain][world]") {
  world x;
  auto wanted = x.to("Basic");
  wanted.trial_days = 14;
  wanted.payment_method.reset();
  x.does("2026-01-01T00:00:00Z", wanted);
  CHECK(x.until("2026-03-01T00:00:00Z")
        == lines{"2026-01-15 paused: trial ended without payment method", "2026-01-15 may read"});
  x.does("2026-03-05T00:00:00Z", billing_command{put_payment_method{"pm_1"}});
  CHECK(x.does("2026-03-05T00:00:00Z", billing_command{resume_subscription{}})
        == lines{"2026-03-05 active: resumed", "2026-03-05 invoice of 1000",
                 "2026-03-05 charge 1000", "2026-03-05 may write", "2026-03-05 paid 1000"});
  CHECK(x.until("2026-04-05T00:00:00Z").front() == "2026-04-05 invoice of 1000");
}

TEST_CASE("world: an upgrade is prorated by the second, a downgrade waits", "[domain][world]") {
  world x;
  x.does("2026-01-01T00:00:00Z", x.to("Basic"));
  CHECK(x.does("2026-01-16T12:00:00Z", change("Plus"))
        == lines{"2026-01-16T12:00 invoice of -500 1000", "2026-01-16T12:00 now Plus x 1",
                 "2026-01-16T12:00 charge 500", "2026-01-16T12:00 paid 500"});
  CHECK(x.does("2026-01-20T00:00:00Z", change("Basic", {}, effective_at::period_end))
        == lines{"2026-01-20 then Basic"});
  CHECK(x.until("2026-02-01T00:00:00Z")
        == lines{"2026-02-01 invoice of 1000", "2026-02-01 now Basic x 1", "2026-02-01 charge 1000",
                 "2026-02-01 paid 1000"});
}

TEST_CASE("world: failed, suspended, paid, active again", "[domain][world]") {
  world x;
  x.does("2026-01-01T00:00:00Z", x.to("Basic"));
  x.gateway = {says::no, says::no, says::no, says::yes};
  CHECK(x.until("2026-02-06T00:00:00Z")
        == lines{"2026-02-01 invoice of 1000", "2026-02-01 charge 1000",
                 "2026-02-01 declined, again on 2026-02-02", "2026-02-01 past_due: payment failed",
                 "2026-02-01 may write", "2026-02-02 charge 1000",
                 "2026-02-02 declined, again on 2026-02-04", "2026-02-04 charge 1000",
                 "2026-02-04 declined, again on 2026-02-06", "2026-02-04 suspended: payment failed",
                 "2026-02-04 may read", "2026-02-06 charge 1000", "2026-02-06 paid 1000",
                 "2026-02-06 active: paid", "2026-02-06 may write"});
  CHECK(x.until("2026-03-01T00:00:00Z").front() == "2026-03-01 invoice of 1000");
}

TEST_CASE("world: a card that will never work is not tried again, a new one at once",
          "[domain][world]") {
  world x;
  x.gateway = {says::never};
  CHECK(x.does("2026-01-01T00:00:00Z", x.to("Basic"))
        == lines{"2026-01-01 subscribed to Basic", "2026-01-01 invoice of 1000",
                 "2026-01-01 charge 1000", "2026-01-01 may write", "2026-01-01 declined",
                 "2026-01-01 suspended: payment failed", "2026-01-01 may read"});
  CHECK(x.until("2026-01-31T00:00:00Z").empty());
  CHECK(x.does("2026-01-31T00:00:00Z", billing_command{put_payment_method{"pm_2"}})
        == lines{"2026-01-31 charge 1000", "2026-01-31 paid 1000", "2026-01-31 active: paid",
                 "2026-01-31 may write"});
}

TEST_CASE("world: cancelled at the end of the period, after a change of mind", "[domain][world]") {
  world x;
  x.does("2026-01-01T00:00:00Z", x.to("Basic"));
  billing_command leave = cancel_subscription{};
  CHECK(x.does("2026-01-10T00:00:00Z", leave) == lines{"2026-01-10 ends on 2026-02-01"});
  CHECK(x.does("2026-01-11T00:00:00Z", billing_command{keep_subscription{}})
        == lines{"2026-01-11 goes on"});
  x.does("2026-01-12T00:00:00Z", leave);
  CHECK(x.until("2026-12-31T00:00:00Z")
        == lines{"2026-02-01 cancelled: cancelled", "2026-02-01 may nothing"});
}

TEST_CASE("world: cancelled now, with what is left given back as credit", "[domain][world]") {
  world x;
  x.does("2026-01-01T00:00:00Z", x.to("Basic"));
  CHECK(x.does("2026-01-16T12:00:00Z",
               billing_command{cancel_subscription{{}, effective_at::now, true}})
        == lines{"2026-01-16T12:00 invoice of -500", "2026-01-16T12:00 cancelled: cancelled",
                 "2026-01-16T12:00 from credit -500", "2026-01-16T12:00 may nothing"});
  CHECK(x.does("2026-02-01T00:00:00Z", x.to("Plus"))
        == lines{"2026-02-01 subscribed to Plus", "2026-02-01 invoice of 2000",
                 "2026-02-01 from credit 500", "2026-02-01 charge 1500", "2026-02-01 may write",
                 "2026-02-01 paid 1500"});
}

TEST_CASE("world: the thirty-first, through a leap year", "[domain][world]") {
  world x;
  x.does("2027-12-31T00:00:00Z", x.to("Basic"));
  lines invoices;
  for (const auto& line : x.until("2028-05-31T00:00:00Z")) {
    if (line.ends_with("invoice of 1000")) {
      invoices.push_back(line.substr(0, 10));
    }
  }
  CHECK(invoices == lines{"2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30", "2028-05-31"});
}

TEST_CASE("world: a year that began on a leap day", "[domain][world]") {
  world x;
  x.does("2024-02-29T00:00:00Z", x.to("Year"));
  lines invoices;
  for (const auto& line : x.until("2028-12-31T00:00:00Z")) {
    if (line.ends_with("invoice of 120000")) {
      invoices.push_back(line.substr(0, 10));
    }
  }
  CHECK(invoices == lines{"2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"});
}

TEST_CASE("world: local midnight through both changes of the clock", "[domain][world]") {
  world x;
  x.state.timezone = "Europe/Berlin";
  x.does("2026-02-28T23:00:00Z", x.to("Basic"));  // 1 March, 00:00 in Berlin
  lines moments;
  for (const auto& line : x.until("2026-12-01T00:00:00Z")) {
    if (line.find("invoice of") != std::string::npos) {
      moments.push_back(line.substr(0, 16));
    }
  }
  CHECK(moments
        == lines{"2026-03-31T22:00", "2026-04-30T22:00", "2026-05-31T22:00", "2026-06-30T22:00",
                 "2026-07-31T22:00", "2026-08-31T22:00", "2026-09-30T22:00", "2026-10-31T23:00",
                 "2026-11-30T23:00"});
}

TEST_CASE("world: yen have no decimals, dinars have three", "[domain][world]") {
  auto changes = [](const std::string& from, const std::string& currency, std::int64_t more) {
    world x;
    x.publish("More", currency, more);
    for (const auto* plan : {from.c_str(), "More"}) {
      x.sold.plans.at(plan).proration = proration_basis::day;
    }
    x.does("2026-01-01T00:00:00Z", x.to(from));
    return x.does("2026-01-16T12:00:00Z", change("More")).front();
  };
  CHECK(changes("Yen", "jpy", 3960) == "2026-01-16T12:00 invoice of -1022 2044");
  CHECK(changes("Dinar", "bhd", 25000) == "2026-01-16T12:00 invoice of -6452 12903");
}

TEST_CASE("world: seats join and leave in the middle of a year", "[domain][world]") {
  world x;
  x.does("2026-01-01T00:00:00Z", x.to("Year", 10));
  // 184 of 365 days are left.
  CHECK(x.does("2026-07-01T00:00:00Z", change({}, 15))
        == lines{"2026-07-01 invoice of -604932 907397", "2026-07-01 now Year x 15",
                 "2026-07-01 charge 302465", "2026-07-01 paid 302465"});
  CHECK(x.does("2026-10-01T00:00:00Z", change({}, 12)).front()
        == "2026-10-01 invoice of -453699 362959");
  CHECK(balance_of(x.state.billing, "usd") == 453699 - 362959);
  CHECK(x.until("2027-01-01T00:00:00Z")
        == lines{"2027-01-01 invoice of 1440000", "2027-01-01 from credit 90740",
                 "2027-01-01 charge 1349260", "2027-01-01 paid 1349260"});
}

TEST_CASE("world: a change that is undone at once costs nothing", "[domain][world]") {
  world x;
  x.does("2026-01-01T00:00:00Z", x.to("Basic"));
  x.does("2026-01-10T07:31:00Z", change("Plus"));
  auto credit = balance_of(x.state.billing, "usd");
  CHECK(x.does("2026-01-10T07:31:00Z", change("Basic")).front()
        == "2026-01-10T07:31 invoice of -1399 700");
  CHECK(balance_of(x.state.billing, "usd") == credit + 699);
  CHECK(x.until("2026-02-01T00:00:00Z")
        == lines{"2026-02-01 invoice of 1000", "2026-02-01 from credit 699",
                 "2026-02-01 charge 301", "2026-02-01 paid 301"});
}

TEST_CASE("world: a pause is not billed", "[domain][world]") {
  world x;
  x.does("2026-01-01T00:00:00Z", x.to("Basic"));
  CHECK(x.does("2026-01-20T00:00:00Z", billing_command{pause_subscription{}})
        == lines{"2026-01-20 paused: paused", "2026-01-20 may read"});
  CHECK(x.until("2026-04-11T00:00:00Z").empty());
  // 20 of April's 30 days are left.
  CHECK(x.does("2026-04-11T00:00:00Z", billing_command{resume_subscription{}})
        == lines{"2026-04-11 active: resumed", "2026-04-11 invoice of 667", "2026-04-11 charge 667",
                 "2026-04-11 may write", "2026-04-11 paid 667"});
  CHECK(x.until("2026-05-01T00:00:00Z").front() == "2026-05-01 invoice of 1000");
}

TEST_CASE("world: a contract ends without renewal", "[domain][world]") {
  world x;
  auto wanted = x.to("Basic");
  wanted.contract_end = at("2026-03-01T00:00:00Z");
  x.does("2026-01-01T00:00:00Z", wanted);
  CHECK(x.until("2026-12-01T00:00:00Z")
        == lines{"2026-02-01 invoice of 1000", "2026-02-01 charge 1000", "2026-02-01 paid 1000",
                 "2026-03-01 expired: contract ended", "2026-03-01 may nothing"});
}

TEST_CASE("world: dunning gives up as the plan says", "[domain][world]") {
  world x;
  auto& plan = x.sold.plans.at("Basic");
  plan.dunning = dunning_policy{{2, 4}, 2, dunning_end::cancel};
  x.gateway = {says::no, says::no, says::no};
  CHECK(x.does("2026-01-01T00:00:00Z", x.to("Basic"))
        == lines{"2026-01-01 subscribed to Basic", "2026-01-01 invoice of 1000",
                 "2026-01-01 charge 1000", "2026-01-01 may write",
                 "2026-01-01 declined, again on 2026-01-03", "2026-01-01 past_due: payment failed",
                 "2026-01-01 may write"});
  CHECK(x.until("2026-12-01T00:00:00Z")
        == lines{"2026-01-03 charge 1000", "2026-01-03 declined, again on 2026-01-05",
                 "2026-01-03 suspended: payment failed", "2026-01-03 may read",
                 "2026-01-05 charge 1000", "2026-01-05 declined",
                 "2026-01-05 cancelled: payment failed", "2026-01-05 may nothing"});
  CHECK(x.last_invoice().status == invoice_status::open);  // it is still owed
}

TEST_CASE("world: nobody pays, and nothing can be charged", "[domain][world]") {
  world x;
  x.due_after = std::chrono::days{14};
  auto wanted = x.to("Basic");
  wanted.payment_method.reset();
  x.does("2026-01-01T00:00:00Z", wanted);
  CHECK(x.until("2026-01-31T00:00:00Z")
        == lines{"2026-01-15 declined, again on 2026-01-16", "2026-01-15 past_due: payment failed",
                 "2026-01-15 may write", "2026-01-16 declined, again on 2026-01-18",
                 "2026-01-18 declined, again on 2026-01-20", "2026-01-18 suspended: payment failed",
                 "2026-01-18 may read", "2026-01-20 declined, again on 2026-01-22",
                 "2026-01-22 declined"});
  CHECK(x.until("2026-06-01T00:00:00Z").empty());  // nothing more is billed
  // The money comes by bank, and the rest of June is billed.
  CHECK(x.does("2026-06-16T00:00:00Z",
               billing_command{record_payment{x.last_invoice().id, "transfer", {}}})
        == lines{"2026-06-16 paid 1000", "2026-06-16 active: paid", "2026-06-16 invoice of 500",
                 "2026-06-16 may write"});
}

TEST_CASE("world: a charge that is under way is not asked for again", "[domain][world]") {
  world x;
  x.is_told("2026-01-01T00:00:00Z", billing_command{x.to("Basic")});  // the gateway is silent
  x.look(at("2026-01-01T00:00:00Z"));
  x.is_told("2026-01-02T00:00:00Z", billing_command{put_payment_method{"pm_2"}});
  x.is_told("2026-02-01T00:00:00Z", billing_command{advance_time{}});
  CHECK(x.look(at("2026-02-01T00:00:00Z"))
        == lines{"2026-02-01 invoice of 1000", "2026-02-01 charge 1000"});
}

TEST_CASE("world: from months to a year in the middle of one", "[domain][world]") {
  world x;
  x.does("2026-01-01T00:00:00Z", x.to("Basic"));
  CHECK(x.does("2026-01-16T12:00:00Z", change("Year")).front()
        == "2026-01-16T12:00 invoice of -500 120000");
  CHECK(x.until("2027-01-16T12:00:00Z").front() == "2027-01-16T12:00 invoice of 120000");
}

TEST_CASE("world: whoever leaves, and changes to a year, leaves when it is over",
          "[domain][world]") {
  world x;
  x.does("2026-01-01T00:00:00Z", x.to("Basic"));
  x.does("2026-01-10T00:00:00Z", billing_command{cancel_subscription{}});
  CHECK(x.does("2026-01-16T12:00:00Z", change("Year"))
        == lines{"2026-01-16T12:00 invoice of -500 120000", "2026-01-16T12:00 now Year x 1",
                 "2026-01-16T12:00 ends on 2027-01-16T12:00", "2026-01-16T12:00 charge 119500",
                 "2026-01-16T12:00 paid 119500"});
  CHECK(x.until("2028-01-01T00:00:00Z")
        == lines{"2027-01-16T12:00 cancelled: cancelled", "2027-01-16T12:00 may nothing"});
}

TEST_CASE("world: a fortnight is two weeks, whatever the month", "[domain][world]") {
  world x;
  x.does("2026-02-20T00:00:00Z", x.to("Fortnight"));
  lines invoices;
  for (const auto& line : x.until("2026-04-05T00:00:00Z")) {
    if (line.ends_with("invoice of 700")) {
      invoices.push_back(line.substr(0, 10));
    }
  }
  CHECK(invoices == lines{"2026-03-06", "2026-03-20", "2026-04-03"});
}

TEST_CASE("world: a coupon for two months, a minimum, and a note that takes something back",
          "[domain][world]") {
  world x;
  auto& plan = x.publish("Least", "usd", 1000);
  plan.prices.front().minimum = 1500;
  coupon half;
  half.id = half.name = "half";
  half.percent_off = 50;
  half.duration = coupon_duration::repeating;
  half.periods = 2;
  x.sold = evolve(std::move(x.sold), coupon_published{half});
  auto wanted = x.to("Least");
  wanted.coupon_id = "half";
  CHECK(x.does("2026-01-01T00:00:00Z", wanted)
        == lines{"2026-01-01 subscribed to Least", "2026-01-01 invoice of 1000",
                 "2026-01-01 charge 500", "2026-01-01 may write", "2026-01-01 paid 500"});
  CHECK(
    x.until("2026-02-15T00:00:00Z")
    == lines{"2026-02-01 invoice of 500 1000", "2026-02-01 charge 1000", "2026-02-01 paid 1000"});
  CHECK(x.does("2026-02-15T00:00:00Z",
               billing_command{issue_credit_note{x.last_invoice().id, "cn_1", {{1, 400}}, {}, {}}})
        == lines{"2026-02-15 credited 200"});
  CHECK(x.until("2026-03-15T00:00:00Z")
        == lines{"2026-03-01 invoice of 500 1000", "2026-03-01 from credit 200",
                 "2026-03-01 charge 1300", "2026-03-01 paid 1300"});
}

TEST_CASE("world: a downgrade before anybody paid is set off", "[domain][world]") {
  world x;
  auto wanted = x.to("Plus");
  wanted.payment_method.reset();
  x.does("2026-01-01T00:00:00Z", wanted);
  CHECK(x.does("2026-01-16T12:00:00Z", change("Basic"))
        == lines{"2026-01-16T12:00 invoice of -1000 500", "2026-01-16T12:00 now Basic x 1",
                 "2026-01-16T12:00 from credit -500", "2026-01-16T12:00 set off 500"});
  CHECK(x.does("2026-01-20T00:00:00Z", billing_command{put_payment_method{"pm_1"}})
        == lines{"2026-01-20 charge 1500", "2026-01-20 paid 1500"});
}
