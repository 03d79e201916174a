// What an organization makes of Stripe's events, where the stories do not go.
#include "domain/organization.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::domain;

namespace {

template <class Object>
apply_stripe_event seen(const std::string& event_id, std::int64_t created, const std::string& type,
                        const std::string& id, Object after) {
  apply_stripe_event out;
  out.event.id = event_id;
  out.event.type = type;
  out.event.created = created;
  out.event.seen = stripe::observation{id, std::move(after), {}};
  return out;
}

organization someone() {
  organization out;
  out.id = "org_a";
  return out;
}

apply_stripe_event session(const std::string& event_id, const std::string& paid) {
  stripe::checkout_session shown;
  shown.mode = "payment";
  shown.status = "complete";
  shown.payment_status = paid;
  shown.pack = "credits_500";
  shown.amount_total = 5000;
  shown.currency = "usd";
  return seen(event_id, 100, "checkout.session.completed", "cs_1", std::move(shown));
}

}  // namespace

TEST_CASE("a paid pack that the catalog does not know is refused, not ignored", "[domain]") {
  catalog empty;
  decision_context context{timestamp{}, &empty};
  auto unpaid = decide(someone(), session("evt_1", "unpaid"), context);
  CHECK(unpaid.has_value());
  auto paid = decide(someone(), session("evt_2", "paid"), context);
  REQUIRE(paid.has_error());
  CHECK(paid.error().code() == errc::unprocessable);

  catalog filled;
  filled.credit_products["credits_500"] = {"credits_500", "500", 500, {}, true};
  context.catalog = &filled;
  auto again = decide(someone(), session("evt_2", "paid"), context);
  REQUIRE(again.has_value());
  CHECK(std::holds_alternative<credits_granted>(again->back()));
}

TEST_CASE("who is deleted has no access, in whatever order it is told", "[domain]") {
  catalog empty;
  decision_context context{timestamp{}, &empty};
  stripe::subscription running;
  running.customer = "cus_1";
  running.status = "active";
  auto subscribed = seen("evt_1", 100, "customer.subscription.created", "sub_1", running);
  stripe::customer gone;
  gone.deleted = true;
  auto deleted = seen("evt_2", 200, "customer.deleted", "cus_1", gone);
  for (bool subscription_first : {true, false}) {
    auto state = someone();
    for (const auto* wanted : {subscription_first ? &subscribed : &deleted,
                               subscription_first ? &deleted : &subscribed}) {
      for (const auto& event : decide(state, *wanted, context).value()) {
        state = evolve(std::move(state), event);
      }
    }
    CHECK(state.standing.subscription_status == "cancelled");
    CHECK_FALSE(state.standing.read);
  }
}

TEST_CASE("a status of an invoice that we do not know does not outrank paid", "[domain]") {
  catalog empty;
  decision_context context{timestamp{}, &empty};
  auto state = someone();
  stripe::invoice shown;
  shown.status = "quarantined";
  for (const auto& event :
       decide(state, seen("evt_1", 100, "invoice.updated", "in_1", shown), context).value()) {
    state = evolve(std::move(state), event);
  }
  shown.status = "paid";
  auto paid = decide(state, seen("evt_2", 101, "invoice.paid", "in_1", shown), context).value();
  CHECK(std::holds_alternative<invoice_paid>(paid.back()));
}

TEST_CASE("of the snapshots of one second the one that shows more refunded is the last",
          "[domain]") {
  catalog empty;
  decision_context context{timestamp{}, &empty};
  auto charge = [](const std::string& event_id, const std::string& type, std::int64_t refunded) {
    stripe::charge shown;
    shown.status = "succeeded";
    shown.amount = shown.amount_captured = 1000;
    shown.amount_refunded = refunded;
    return seen(event_id, 100, type, "ch_1", shown);
  };
  std::vector deliveries{
    charge("evt_z", "charge.succeeded", 0), charge("evt_y", "charge.refunded", 100),
    charge("evt_a", "charge.refunded", 300), charge("evt_x", "charge.updated", 0)};
  auto by_id = [](const auto& a, const auto& b) { return a.event.id < b.event.id; };
  std::sort(deliveries.begin(), deliveries.end(), by_id);
  do {
    auto state = someone();
    for (const auto& delivery : deliveries) {
      for (const auto& event : decide(state, delivery, context).value()) {
        state = evolve(std::move(state), event);
      }
    }
    REQUIRE(state.stripe.charges.at("ch_1").value().amount_refunded == 300);
  } while (std::next_permutation(deliveries.begin(), deliveries.end(), by_id));
}
