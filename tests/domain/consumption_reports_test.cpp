// The reports of credits and of usage: they come to what the organizations have.
#include "domain/credits/credit_report.hpp"
#include "domain/usage/usage_report.hpp"
#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

timestamp at(const char* text) {
  return *parse_rfc3339(text);
}

constexpr year_month january{2026, 1}, february{2026, 2}, march{2026, 3};

struct bank {
  credit_account account;
  credits_report_builder builder;

  void happens(const char* when, const credit_account_event& e) {
    builder.see(account, e, at(when));
    account = evolve(std::move(account), e);
  }
  void grants(const char* when, const char* id, credit_kind kind, std::int64_t amount,
              const char* from = nullptr) {
    credit_grant x;
    x.kind = kind;
    x.amount = amount;
    if (from != nullptr) {
      x.from_organization_id = from;
    }
    happens(when, credits_granted{id, x});
  }
};

recorded_usage used(const char* metric, std::int64_t quantity, const char* when) {
  recorded_usage out;
  out.metric = metric;
  out.quantity = decimal{quantity};
  out.at = at(when);
  out.distinct = "ann";
  return out;
}

}  // namespace

TEST_CASE("credits are reported by month and kind, and what is left of them", "[domain][credits]") {
  bank one;
  one.grants("2026-01-05T00:00:00Z", "a", credit_kind::purchased, 100);
  one.grants("2026-01-06T00:00:00Z", "b", credit_kind::promotional, 10);
  one.grants("2026-01-07T00:00:00Z", "c", credit_kind::promotional, 5, "org_other");
  one.happens("2026-01-31T23:59:59Z", credits_consumed{"t1", {12, {}, {}}, {{"b", 10}, {"a", 2}}});
  one.happens("2026-03-01T00:00:00Z", credit_consumption_reversed{"t2", "t1", {{"a", 1}}, {}});
  one.happens("2026-03-02T00:00:00Z", credits_transferred{"t3", "x", "org_b", {{"a", 30}}, {}});
  one.happens("2026-03-02T00:00:01Z", credit_transfer_returned{"t4", "x", {{"a", 30}}, "full"});
  one.happens("2026-03-03T00:00:00Z", credit_grant_reversed{"a", 9, {}});
  one.happens("2026-03-04T00:00:00Z", credits_expired{"c", 5});
  auto told = std::move(one.builder).finish(march);
  REQUIRE(told.size() == 3);
  const auto& bought = told[january][credit_kind::purchased];
  CHECK((bought.granted == 100 && bought.consumed == 2 && bought.outstanding == 98));
  const auto& given = told[january][credit_kind::promotional];
  CHECK((given.granted == 10 && given.transferred_in == 5 && given.consumed == 10));
  CHECK(given.outstanding == 5);
  CHECK(told[february].size() == 2);  // what is left goes on
  CHECK(told[february][credit_kind::purchased].outstanding == 98);
  const auto& last = told[march][credit_kind::purchased];
  CHECK((last.given_back == 1 && last.transferred_out == 0 && last.reversed == 9));
  CHECK(last.outstanding == balance_of(one.account, at("2026-03-31T00:00:00Z")));
  CHECK(told[march][credit_kind::promotional].outstanding == 0);
  CHECK(credits_report_builder{}.finish(march).empty());
}

TEST_CASE("usage is each organization's, added up by month", "[domain][usage]") {
  catalog sold;
  meter level;
  level.id = "seats";
  level.aggregation = meter_aggregation::weighted_sum;
  sold.meters[level.id] = level;
  usage_report_builder builder{sold};
  builder.end_organization(march);
  builder.see(
    {at("2026-01-10T00:00:00Z"),
     {used("messages", 2, "2026-01-10T00:00:00Z"), used("active_users", 1, "2026-01-10T00:00:00Z"),
      used("seats", 3, "2026-01-01T00:00:00Z")}});
  builder.see({at("2026-02-10T00:00:00Z"),
               {used("active_users", 1, "2026-02-01T00:00:00Z"),
                used("messages", 4, "2026-01-31T00:00:00Z")}});
  builder.end_organization(march);
  builder.see({at("2026-03-10T00:00:00Z"),
               {used("messages", 1, "2026-03-10T00:00:00Z"),
                used("active_users", 1, "2026-02-20T00:00:00Z")}});
  builder.end_organization(march);
  auto told = std::move(builder).finish();
  auto value
    = [&](year_month month, const char* metric) { return format_total(told[month][metric].value); };
  CHECK(value(january, "messages") == "6");
  CHECK(told[january]["messages"].events == 2);
  CHECK(told[january]["messages"].organizations == 1);
  CHECK_FALSE(told[february].contains("messages"));
  CHECK(value(february, "active_users") == "2");
  CHECK(told[february]["active_users"].organizations == 2);
  for (auto month : {january, february, march}) {  // nobody gave a seat back
    CHECK(value(month, "seats") == "3");
  }
  CHECK(told.size() == 3);
}
