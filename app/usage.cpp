// `bursar usage`: what an organization used and what is left of its quotas, beside a running server
// or on a stopped one, and usage recorded on a stopped server's directory, judged as over HTTP.
#include <cstdio>

#include "app/command.hpp"
#include "app/stopped_server.hpp"
#include "app/stored.hpp"
#include "app/table.hpp"
#include "schemas/json_writer.hpp"
#include "schemas/usage_question.hpp"
#include "schemas/usage_requests.hpp"

namespace bursar::app {
namespace {

// The body that the API takes, so that both are judged alike.
struct event_body {
  std::string id, metric;
  std::optional<std::string> quantity, timestamp;
  std::map<std::string, std::string> properties;
};
BOOST_DESCRIBE_STRUCT(event_body, (), (id, metric, quantity, timestamp, properties))

struct usage_body {
  std::vector<event_body> events;
};
BOOST_DESCRIBE_STRUCT(usage_body, (), (events))

struct usage_options : common_options {
  std::string organization;
  schemas::usage_question_texts asked;
  event_body event;
  std::vector<std::string> properties;
};
using options_ptr = std::shared_ptr<usage_options>;

std::string text_of(const std::optional<std::int64_t>& x) {
  return x ? std::to_string(*x) : "-";
}

std::string text_of(const domain::scalar& x) {
  return schemas::to_json(x);
}

int complain_of_usage(const error& why) {
  std::fprintf(stderr, "bursar: %s\n", why.text().c_str());
  return wrong_usage;
}

struct read_organization {
  domain::organization of;
  domain::catalog catalog;
};

result<read_organization> read(const usage_options& given) {
  auto journal = given.open_read_only();
  if (!journal) {
    return journal.error();
  }
  auto of = organization_in(**journal, given.organization);
  auto catalog = of ? catalog_in(**journal) : result<domain::catalog>{of.error()};
  if (!catalog) {
    return catalog.error();
  }
  return read_organization{std::move(*of), std::move(*catalog)};
}

// -- what was used ---

result<schemas::usage_view> usage_in(const persistence::journal& journal,
                                     const std::string& organization,
                                     const schemas::usage_question& asked) {
  auto catalog = catalog_in(journal);
  if (!catalog) {
    return catalog.error();
  }
  auto counted = schemas::recount(
    [&](std::uint64_t from, std::size_t most) { return journal.read(organization, from, most); },
    asked);
  if (!counted) {
    return counted.error();
  }
  return schemas::view_of_usage(asked, *catalog, *counted);
}

int show(const usage_options& given) {
  auto asked = schemas::question_of(given.asked, system_wall_clock{}.now());
  if (!asked) {
    return complain_of_usage(asked.error());
  }
  auto journal = given.open_read_only();
  if (!journal) {
    return complain(journal.error());
  }
  auto of = usage_in(**journal, given.organization, *asked);
  if (!of) {
    return of.error().code() == errc::invalid_parameter ? complain_of_usage(of.error())
                                                        : complain(of.error());
  }
  if (given.json) {
    std::printf("%s\n", schemas::to_json<schemas::nulls::write>(*of).c_str());
    return done;
  }
  std::vector<row> rows;
  for (const auto& metric : of->metrics) {
    for (const auto& x : metric.windows) {
      if (x.events > 0) {
        rows.push_back({metric.metric, format_rfc3339(x.start), std::to_string(x.events),
                        (x.estimated ? "about " : "") + x.value.value_or("-")});
        if (asked->group_by) {
          rows.back().push_back(metric.group.value_or("-"));
        }
      }
    }
  }
  row heading{"METRIC", "FROM", "EVENTS", "USED"};
  if (asked->group_by) {
    heading.push_back(*asked->group_by);
  }
  print_table(heading, std::move(rows));
  return done;
}

// -- trends ---

// As long as it is a part of the greatest.
std::string bar_of(const domain::total& x, const domain::total& greatest) {
  constexpr domain::wide_integer columns = 40;
  auto length = greatest.millionths > 0 && x.millionths > 0
                  ? x.millionths * columns / greatest.millionths
                  : domain::wide_integer{0};
  return std::string(static_cast<std::size_t>(length), '#');
}

void add_rows(const schemas::metric_trend& of, std::vector<row>& to) {
  auto value = [](const auto& day) { return domain::parse_total(day.value.value_or("0")).value(); };
  domain::total greatest;
  for (const auto& day : of.days) {
    greatest = std::max(greatest, value(day));
  }
  for (const auto& day : of.days) {
    to.push_back({of.metric, format_rfc3339(day.start).substr(0, 10), day.value.value_or("-"),
                  day.baseline ? format_total(day.baseline->mean) : "-",
                  day.anomaly ? boost::describe::enum_to_string(*day.anomaly, "") : "",
                  bar_of(value(day), greatest)});
  }
}

int trends(const usage_options& given) {
  auto known = read(given);
  if (!known) {
    return complain(known.error());
  }
  auto view = schemas::view_of_trends({given.asked.metric}, known->catalog, known->of.usage,
                                      system_wall_clock{}.now());
  if (!view) {
    return complain_of_usage(view.error());
  }
  if (given.json) {
    std::printf("%s\n", schemas::to_json<schemas::nulls::write>(*view).c_str());
    return done;
  }
  std::vector<row> rows;
  for (const auto& metric : view->metrics) {
    add_rows(metric, rows);
  }
  print_table({"METRIC", "DAY", "USED", "MEAN BEFORE", "ANOMALY", ""}, std::move(rows));
  return done;
}

// -- amendments ---

int amendments(const usage_options& given) {
  auto known = read(given);
  if (!known) {
    return complain(known.error());
  }
  std::vector<row> rows;
  for (const auto& [id, x] : known->of.usage.amendments) {
    if (given.json) {
      std::printf("%s\n", schemas::render_amendment(id, x).c_str());
    } else {
      rows.push_back({id, boost::describe::enum_to_string(x.status, "-"),
                      format_rfc3339(x.created_at), std::to_string(x.events),
                      std::to_string(x.removals), std::to_string(x.removed), x.reason});
    }
  }
  if (!given.json) {
    print_table({"AMENDMENT", "STATUS", "CREATED", "EVENTS", "REMOVALS", "REMOVED", "REASON"},
                std::move(rows));
  }
  return done;
}

// -- meters ---

int meters(const usage_options& given) {
  auto journal = given.open_read_only();
  auto catalog = journal ? catalog_in(**journal) : result<domain::catalog>{journal.error()};
  if (!catalog) {
    return complain(catalog.error());
  }
  std::vector<domain::meter> all;
  std::vector<row> rows;
  for (const auto& [id, x] : catalog->meters) {
    all.push_back(x);
    rows.push_back(
      {id, boost::describe::enum_to_string(x.aggregation, "-"), x.property.value_or("-"),
       boost::describe::enum_to_string(x.quota.value_or(domain::quota_limit::soft), "-"),
       x.active ? "yes" : "no"});
  }
  if (given.json) {
    std::printf("%s\n", schemas::to_json<schemas::nulls::write>(all).c_str());
  } else {
    print_table({"METER", "COUNTS", "PROPERTY", "QUOTA", "ACTIVE"}, std::move(rows));
  }
  return done;
}

// -- quotas ---

int quotas(const usage_options& given) {
  auto known = read(given);
  if (!known) {
    return complain(known.error());
  }
  const auto& [of, catalog] = *known;
  auto now = system_wall_clock{}.now();
  if (given.json) {
    std::printf("%s\n", schemas::render_entitlements(of, catalog, now).c_str());
    return done;
  }
  std::vector<row> rows;
  for (const auto& [feature, x] : domain::entitlements_of(of, catalog, now)) {
    auto left = x.limit ? std::optional{std::max<std::int64_t>(*x.limit - x.used.value_or(0), 0)}
                        : std::nullopt;
    rows.push_back({feature, text_of(x.value), text_of(x.used), text_of(left)});
  }
  print_table({"FEATURE", "ENTITLED TO", "USED", "REMAINING"}, std::move(rows));
  return done;
}

// -- what is recorded ---

result<domain::record_usage> usage_of(const usage_options& given) {
  auto event = given.event;
  for (const auto& text : given.properties) {
    auto equals = text.find('=');
    if (equals == std::string::npos
        || !event.properties.emplace(text.substr(0, equals), text.substr(equals + 1)).second) {
      return error{errc::invalid_parameter,
                   "--property takes NAME=VALUE, each name once, and not " + text};
    }
  }
  usage_body body{{std::move(event)}};
  auto out = schemas::parse_usage(schemas::to_json<schemas::nulls::omit>(body));
  if (out && out->items.front().problem) {
    return *out->items.front().problem;
  }
  return out;
}

int record(const usage_options& given) {
  auto what = usage_of(given);
  return tell_organization(
    given, given.organization,
    what ? result<domain::command>{domain::command{domain::usage_command{std::move(*what)}}}
         : what.error(),
    [&](stopped_server&, const actors::outcome& outcome) {
      bool is_new = outcome.body.starts_with("{\"accepted\":1,");
      const char* told = is_new ? "Recorded." : "It was recorded before; it counts once.";
      std::printf("%s\n", given.json ? outcome.body.c_str() : told);
      return static_cast<int>(done);
    });
}

CLI::App& add(CLI::App& to, chosen& run, const char* name, const char* what,
              int (*function)(const usage_options&), const options_ptr& given) {
  auto* command = to.add_subcommand(name, what);
  given->add_with_json_to(*command);
  command->callback([given, function, &run] { run = [=] { return function(*given); }; });
  return *command;
}

CLI::App& add_of_one(CLI::App& to, chosen& run, const char* name, const char* what,
                     int (*function)(const usage_options&), const options_ptr& given) {
  auto& command = add(to, run, name, what, function, given);
  command.add_option("organization", given->organization, "org_…")->required();
  return command;
}

options_ptr no_options() {
  return std::make_shared<usage_options>();
}

}  // namespace

void add_usage(CLI::App& root, chosen& run) {
  auto* to = root.add_subcommand("usage",
                                 "What an organization used, and its quotas.\n"
                                 "Example: bursar usage show org_acme --data ./data");
  to->require_subcommand(1);
  auto showing = no_options();
  auto& one
    = add_of_one(*to, run, "show", "What it used, by hour, day or month of UTC.", show, showing);
  one.add_option("--metric", showing->asked.metric, "of this one only");
  one.add_option("--start", showing->asked.start, "in the first window, as 2026-12-31T00:00:00Z");
  one.add_option("--end", showing->asked.end, "in the last window, or its end; else now");
  one.add_option("--granularity", showing->asked.granularity, "hour, day or month; else day");
  one.add_option("--group-by", showing->asked.group_by, "a property, each value of it apart");
  auto looking = no_options();
  add_of_one(*to, run, "trends", "The last 28 days beside the days before each of them.", trends,
             looking)
    .add_option("--metric", looking->asked.metric, "of this one only");
  add_of_one(*to, run, "amendments", "What was put right of it.", amendments, no_options());
  add(*to, run, "meters", "What is metered, and how it counts.", meters, no_options());
  add_of_one(*to, run, "quotas", "What it is entitled to, and what is left of it.", quotas,
             no_options());
  auto giving = no_options();
  auto& give = add_of_one(*to, run, "record", "Record usage, on a stopped server's directory.",
                          record, giving);
  give.add_option("--id", giving->event.id, "yours; it counts once, for ever")->required();
  give.add_option("--metric", giving->event.metric, "the id of a meter")->required();
  give.add_option("--quantity", giving->event.quantity, "how much; else 1");
  give.add_option("--timestamp", giving->event.timestamp, "when it was used; else now");
  give.add_option("--property", giving->properties, "NAME=VALUE, as often as needed");
}

}  // namespace bursar::app
