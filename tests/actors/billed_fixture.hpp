// A node whose organizations subscribe to a plan that Bursar bills.
#pragma once

#include <string>
#include <vector>

#include "tests/actors/node_fixture.hpp"

namespace bursar::actors::testing {

using persistence::column;

struct billed_fixture : node_fixture {
  explicit billed_fixture(node_options options = {}) : node_fixture{std::move(options)} {
    publish_plan();
  }

  void publish_plan() {
    domain::plan basic;
    basic.id = basic.name = "basic";
    basic.provider = domain::billing_provider::native;
    domain::plan_price price;
    price.currency = "usd";
    price.amount = 1000;
    basic.prices.push_back(price);
    REQUIRE(put(domain::put_plan{basic}).status == 201);
  }
  outcome put(domain::catalog_command wanted) {
    auto r = std::make_shared<basic_request<domain::catalog_command>>();
    r->command = std::move(wanted);
    auto [reply, answer] = way_back();
    r->reply = std::move(reply);
    node->ask(std::move(r));
    return answer.get();
  }
  pending bill(const std::string& stream, domain::billing_command wanted) {
    return command(stream, domain::command{std::move(wanted)});
  }
  void subscribe(const std::string& stream) {
    REQUIRE(create(stream).get().status == 201);
    domain::subscribe wanted;
    wanted.subscription_id = "sub_" + stream;
    wanted.plan_id = "basic";
    wanted.payment_method = "pm_1";
    REQUIRE(bill(stream, wanted).get().status == 201);
  }
  std::vector<std::string> keys(column in, const std::string& prefix) const {
    std::vector<std::string> out;
    for (const auto& record : journal.scan(in, prefix, "", 1000, false).value()) {
      out.push_back(record.key);
    }
    return out;
  }
  std::vector<std::string> timers() const { return keys(column::timers, ""); }
  std::vector<std::string> unnumbered() const {
    return keys(column::outbox, schemas::unnumbered_prefix());
  }
  bool all_numbered() const {
    return eventually([this] { return unnumbered().empty(); });
  }
  // Of all invoices that have one, in the order of their ids.
  std::vector<std::string> numbers() const {
    std::vector<std::string> out;
    for (const auto& record :
         journal.scan(column::index, schemas::invoice_number_key(""), "", 1000, false).value()) {
      out.push_back(record.value);
    }
    return out;
  }
};

}  // namespace bursar::actors::testing
