// Subscriptions and their items.
#include "io/stripe/mirrored_kinds.hpp"

namespace bursar::io::stripe {
namespace {

using domain::stripe::subscription_item;

void read_price(const json_view& in, subscription_item& out) {
  if (!in.has("price") && in.has("plan")) {
    out.price = in.id_at("plan");
    out.product = in.id_at("plan.product");
    out.interval = in.text_at("plan.interval");
    out.interval_count = in.count_at("plan.interval_count");
    out.unit_amount = in.owed_amount_at("plan.amount");
    return;
  }
  out.price = in.id_at("price");
  if (in.is_text("price")) {
    return;
  }
  out.price_key = in.text_at("price.lookup_key");
  out.product = in.id_at("price.product");
  out.interval = in.text_at("price.recurring.interval");
  out.interval_count = in.count_at("price.recurring.interval_count");
  out.unit_amount = in.owed_amount_at("price.unit_amount");
}

subscription_item read_item(const json_view& in) {
  subscription_item out;
  auto id = in.id_at("id");
  if (!id) {
    in.fail("id", "is missing");
  }
  out.id = std::move(id).value_or("");
  out.quantity = in.count_at("quantity");
  read_price(in, out);
  return out;
}

}  // namespace

domain::stripe::object read_subscription(const json_view& in) {
  domain::stripe::subscription out;
  out.customer = in.customer();
  out.status = in.text_at("status");
  out.currency = in.currency_at("currency");
  out.latest_invoice = in.id_at("latest_invoice");
  out.default_payment_method = in.id_at("default_payment_method");
  out.cancel_at_period_end = in.flag_at("cancel_at_period_end");
  out.cancel_at = in.time_at("cancel_at");
  out.canceled_at = in.time_at("canceled_at");
  out.ended_at = in.time_at("ended_at");
  out.trial_end = in.time_at("trial_end");
  if (in.has("pause_collection")) {
    auto& pause = out.pause_collection.emplace();
    pause.behavior = in.text_at("pause_collection.behavior");
    pause.resumes_at = in.time_at("pause_collection.resumes_at");
  }
  in.each("items.data", [&](const json_view& item) { out.items.push_back(read_item(item)); });
  // The period moved from the subscription to its items with 2025-03-31.basil.
  auto start_of = [](const json_view& item) { return item.time_at("current_period_start"); };
  auto end_of = [](const json_view& item) { return item.time_at("current_period_end"); };
  out.current_period_start
    = either(in.first("items.data", start_of), in.time_at("current_period_start"));
  out.current_period_end = either(in.first("items.data", end_of), in.time_at("current_period_end"));
  return out;
}

}  // namespace bursar::io::stripe
