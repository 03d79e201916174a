// Native billing: an invoice run, previews and upgrades. Prints one line of JSON.
//   billing_bench run|decide DIRECTORY SUBSCRIPTIONS
// `run` does it all on a node, durably; `decide` makes the same invoices without actors or disk,
// on one thread, which is the limit of the run.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <future>
#include <vector>

#include "base/ids.hpp"
#include "bench/bench_node.hpp"

namespace {

using namespace bursar;
using namespace bursar::bench;

class standing_clock final : public wall_clock {
 public:
  timestamp now() const override { return timestamp{std::chrono::microseconds{now_.load()}}; }
  void advance(std::chrono::microseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_{1'767'225'600'000'000};  // 2026-01-01
};

domain::plan plan_named(const std::string& name, std::int64_t amount) {
  domain::plan out;
  out.id = out.name = name;
  out.provider = domain::billing_provider::native;
  domain::plan_price price;
  price.currency = "usd";
  price.amount = amount;
  out.prices.push_back(price);
  return out;
}

domain::command subscription(std::size_t organization) {
  domain::subscribe out;
  out.subscription_id = "sub_" + std::to_string(organization);
  out.plan_id = "basic";
  out.payment_method = "pm_1";
  return domain::billing_command{std::move(out)};
}

void publish(actors::node& node, const domain::plan& plan) {
  auto r = std::make_shared<actors::basic_request<domain::catalog_command>>();
  r->command = domain::put_plan{plan};
  std::promise<actors::outcome> came;
  r->reply = actors::reply_to{[&came](actors::outcome what) { came.set_value(std::move(what)); }};
  node.ask(std::move(r));
  expect(came.get_future().get());
}

// Answers once all that is due has happened.
void move_clock(actors::node& node) {
  std::promise<void> done;
  node.clock_moved(actors::reply_to{[&done](const actors::outcome&) { done.set_value(); }});
  done.get_future().get();
}

double percentile(std::vector<double>& of, std::size_t percent) {
  std::sort(of.begin(), of.end());
  return of[of.size() * percent / 100];
}

void run(const std::string& directory, std::size_t subscriptions) {
  standing_clock clock;
  bench_node on{directory, std::chrono::minutes{30}, &clock};
  publish(on.node(), plan_named("basic", 1000));
  publish(on.node(), plan_named("plus", 2000));
  for (std::size_t i = 0; i < subscriptions; ++i) {
    on.ask(i, creation(i), "", expect);
  }
  on.wait();
  for (std::size_t i = 0; i < subscriptions; ++i) {
    on.ask(i, subscription(i), "", expect);
  }
  on.wait();
  move_clock(on.node());
  clock.advance(std::chrono::days{31});
  auto start = steady::now();
  move_clock(on.node());
  auto invoicing = seconds_since(start);

  clock.advance(std::chrono::days{10});
  constexpr std::size_t previews = 10'000;
  std::vector<double> took(previews);
  on.outstanding_max(1);
  for (std::size_t i = 0; i < previews; ++i) {
    schemas::billing_request wanted;
    wanted.what = schemas::billing_view::preview;
    wanted.wanted = domain::change_plan{"plus", {}, domain::effective_at::now, {}};
    auto asked = steady::now();
    on.ask(i % subscriptions, wanted, "", [&took, i, asked](const actors::outcome& what) {
      expect(what);
      took[i] = seconds_since(asked) * 1000;
    });
  }
  on.wait();

  on.outstanding_max(256);
  start = steady::now();
  for (std::size_t i = 0; i < subscriptions; ++i) {
    domain::billing_command wanted = domain::change_plan{"plus", {}, domain::effective_at::now, {}};
    on.ask(i, domain::command{std::move(wanted)}, "key-" + std::to_string(i), expect);
  }
  on.wait();
  auto upgrading = seconds_since(start);
  auto count = static_cast<double>(subscriptions);
  std::printf(R"({"name":"run","subscriptions":%zu,"invoices_per_second":%.0f,)"
              R"("preview_p50_ms":%.3f,"preview_p99_ms":%.3f,"upgrades_per_second":%.0f})"
              "\n",
              subscriptions, count / invoicing, percentile(took, 50), percentile(took, 99),
              count / upgrading);
}

void decide(std::size_t subscriptions) {
  standing_clock clock;
  domain::catalog catalog;
  catalog = evolve(std::move(catalog), domain::plan_published{plan_named("basic", 1000)});
  domain::billing_context billing;
  billing.new_invoice_id = [&clock] { return make_id("in_", clock.now()); };
  std::vector<domain::organization> all(subscriptions);
  auto tell = [&](domain::organization& to, const domain::command& wanted) {
    auto decided = domain::decide(to, wanted, {clock.now(), &catalog, &billing}).value();
    for (const auto& event : decided) {
      to = evolve(std::move(to), event);
    }
  };
  for (std::size_t i = 0; i < subscriptions; ++i) {
    tell(all[i], creation(i));
    tell(all[i], subscription(i));
  }
  clock.advance(std::chrono::days{31});
  auto start = steady::now();
  for (auto& one : all) {
    tell(one, domain::command{domain::billing_command{domain::advance_time{}}});
  }
  std::printf(R"({"name":"decide","subscriptions":%zu,"invoices_per_second":%.0f})"
              "\n",
              subscriptions, static_cast<double>(subscriptions) / seconds_since(start));
}

}  // namespace

int main(int argc, char** argv) {
  std::string what = argc == 4 ? argv[1] : "";
  auto subscriptions = argc == 4 ? std::strtoul(argv[3], nullptr, 10) : 0;
  if (what == "run" && subscriptions > 0) {
    run(argv[2], subscriptions);
  } else if (what == "decide" && subscriptions > 0) {
    decide(subscriptions);
  } else {
    std::cerr << "billing_bench run|decide DIRECTORY SUBSCRIPTIONS\n";
    return 2;
  }
  return 0;
}
