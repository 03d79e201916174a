// Health, metrics and the test clock.
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "io/api/ask.hpp"
#include "io/api/handlers.hpp"
#include "schemas/open_api.hpp"
#include "schemas/requests.hpp"

namespace bursar::io::api {
namespace {

using families = std::vector<prometheus::MetricFamily>;

void add(families& to, const char* name, const char* help, prometheus::MetricType type,
         std::uint64_t value) {
  prometheus::MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = type;
  prometheus::ClientMetric metric;
  auto shown = static_cast<decltype(metric.counter.value)>(value);
  metric.counter.value = shown;
  metric.gauge.value = shown;
  family.metric.push_back(metric);
  to.push_back(std::move(family));
}

}  // namespace

answering get_live(api&, call) {
  co_return json("{\"status\":\"live\"}");
}

answering get_open_api(api&, call) {
  co_return json(std::string{schemas::open_api_document});
}

answering get_ready(api& in, call c) {
  auto health = in.node().shared().journal->state();
  if (in.draining()) {
    error why{errc::draining, "the server is shutting down"};
    co_return refuse(c, why);
  }
  if (!health.writable) {
    error why{errc::read_only, "the journal stopped after a failed write"};
    co_return refuse(c, why);
  }
  std::string body = "{\"status\":\"ready\",\"storage_low\":";
  body += health.storage_low ? "true" : "false";
  co_return json(body + ",\"position\":" + std::to_string(health.position) + "}");
}

// Fires what is due by now; when the next thing is due, if anything waits.
http::awaitable<std::optional<timestamp>> fire_due(api& in) {
  std::function<void(actors::reply_to)> look
    = [&in](actors::reply_to done) { in.node().clock_moved(std::move(done)); };
  auto looking = ask(std::move(look));
  auto fired = co_await std::move(looking);
  co_return parse_rfc3339(fired.body);
}

// Stops wherever something falls due on the way, so that it fires at its time and in its order.
http::awaitable<result<void>> move_clock(api& in, timestamp to) {
  auto& clock = *in.options().test_clock;
  for (;;) {
    auto firing = fire_due(in);
    auto next = co_await std::move(firing);
    bool on_the_way = next && *next > clock.now() && *next < to;
    if (auto set = clock.set(on_the_way ? *next : to); !set) {
      co_return set.error();
    }
    if (!on_the_way) {
      break;
    }
  }
  auto firing = fire_due(in);
  co_await std::move(firing);
  co_return result<void>{};
}

answering set_test_clock(api& in, call c) {
  auto now = schemas::parse_test_clock(c.request.body);
  if (!now) {
    co_return refuse(c, now.error());
  }
  auto moving = move_clock(in, *now);
  auto moved = co_await std::move(moving);
  if (!moved) {
    co_return refuse(c, moved.error());
  }
  co_return json("{\"now\":\"" + format_rfc3339(*now) + "\"}");
}

std::string metrics_text(api& in, const std::string& more) {
  using prometheus::MetricType;
  auto& shared = in.node().shared();
  const auto& x = shared.counts;
  auto health = shared.journal->state();
  families all;
  auto counter = [&](const char* name, const char* help, std::uint64_t value) {
    add(all, name, help, MetricType::Counter, value);
  };
  auto gauge = [&](const char* name, const char* help, std::uint64_t value) {
    add(all, name, help, MetricType::Gauge, value);
  };
  counter("bursar_commands_total", "Commands decided.", x.commands);
  counter("bursar_rejections_total", "Commands rejected.", x.rejections);
  counter("bursar_events_total", "Events decided.", x.events);
  counter("bursar_appends_total", "Appends handed to the journal.", x.appends);
  counter("bursar_append_groups_total", "Synced writes of the journal.", x.groups);
  counter("bursar_webhooks_duplicate_total", "Webhooks delivered again.", x.webhooks_duplicate);
  counter("bursar_webhooks_ignored_total", "Webhooks recorded as received.", x.webhooks_ignored);
  counter("bursar_webhooks_parked_total", "Webhooks that had to wait.", x.webhooks_parked);
  counter("bursar_webhooks_dead_total", "Webhooks given up on.", x.webhooks_dead);
  counter("bursar_organization_restarts_total", "Organizations that failed.", x.restarts);
  counter("bursar_messages_set_aside_total", "Messages that failed repeatedly.", x.set_aside);
  gauge("bursar_organizations_awake", "Organizations in memory.",
        static_cast<std::uint64_t>(x.organizations_awake.load()));
  gauge("bursar_webhooks_waiting", "Webhooks parked right now.", shared.waiting.size());
  gauge("bursar_journal_position", "Events in the journal.", health.position);
  gauge("bursar_journal_free_bytes", "Free space of the journal's disk.", health.free_bytes);
  gauge("bursar_journal_writable", "Whether the journal takes writes.",
        health.writable && !health.storage_low ? 1 : 0);
  return prometheus::TextSerializer{}.Serialize(all) + more;
}

}  // namespace bursar::io::api
