// `bursar report`: what all organizations together come to, beside a running server or on a stopped
// one.
#include <array>
#include <cstdio>
#include <type_traits>

#include <boost/mp11/algorithm.hpp>

#include "actors/reporting.hpp"
#include "app/command.hpp"
#include "app/stored.hpp"
#include "app/table.hpp"
#include "schemas/json_writer.hpp"
#include "schemas/report_views.hpp"

namespace bursar::app {
namespace {

struct report_options : common_options {
  std::optional<std::string> from, to, currency;
};

std::string cell_of(const std::string& x) {
  return x;
}
std::string cell_of(std::int64_t x) {
  return std::to_string(x);
}
std::string cell_of(bool x) {
  return x ? "yes" : "no";
}
template <class Enum>
requires std::is_enum_v<Enum> std::string cell_of(Enum x) {
  return boost::describe::enum_to_string(x, "-");
}
std::string cell_of(const std::optional<decimal>& x) {
  return x ? format_decimal(*x) : "-";
}

template <class Row>
void print(const std::vector<Row>& of) {
  using members = boost::describe::describe_members<Row, boost::describe::mod_public>;
  row heading;
  boost::mp11::mp_for_each<members>([&](auto d) { heading.push_back(heading_of(d.name)); });
  std::vector<row> cells;
  for (const auto& x : of) {
    cells.emplace_back();
    boost::mp11::mp_for_each<members>(
      [&](auto d) { cells.back().push_back(cell_of(x.*d.pointer)); });
  }
  print_table(heading, std::move(cells));
}

result<std::optional<domain::year_month>> month_of(const std::optional<std::string>& text) {
  auto out = text ? schemas::parse_month(*text) : std::nullopt;
  if (text && !out) {
    return error{errc::invalid_parameter, *text + " is no month; say 2026-01"};
  }
  return out;
}

using filter = schemas::report_filter;
template <class Row>
using reading = result<std::vector<Row>> (*)(const persistence::journal&, timestamp, const filter&);

template <class Row>
result<std::vector<Row>> of_money(const persistence::journal& journal, timestamp now,
                                  const filter& wanted) {
  auto reports = actors::read_reports(journal, now);
  return reports ? result<std::vector<Row>>{schemas::report_rows<Row>(*reports, wanted)}
                 : reports.error();
}

result<std::vector<schemas::credits_row>> of_credits(const persistence::journal& journal,
                                                     timestamp now, const filter& wanted) {
  auto report = actors::read_credits_report(journal, now);
  return report ? result<std::vector<schemas::credits_row>>{schemas::report_rows(*report, wanted)}
                : report.error();
}

result<std::vector<schemas::usage_row>> of_usage(const persistence::journal& journal, timestamp now,
                                                 const filter& wanted) {
  auto catalog = catalog_in(journal);
  if (!catalog) {
    return catalog.error();
  }
  auto report = actors::read_usage_report(journal, *catalog, now);
  return report ? result<std::vector<schemas::usage_row>>{schemas::report_rows(*report, *catalog,
                                                                               wanted)}
                : report.error();
}

template <class Row>
int report(const report_options& options, reading<Row> read) {
  auto from = month_of(options.from), to = month_of(options.to);
  if (!from || !to) {
    std::fprintf(stderr, "bursar: %s\n", (from ? to : from).error().text().c_str());
    return wrong_usage;
  }
  auto journal = options.open_read_only();
  if (!journal) {
    return complain(journal.error());
  }
  auto now = system_wall_clock{}.now();
  auto rows = read(**journal, now, {options.currency, *from, *to, domain::month_of(now)});
  if (!rows) {
    return complain(rows.error());
  }
  if (options.json) {
    std::printf("%s\n", schemas::to_json<schemas::nulls::write>(*rows).c_str());
  } else {
    print(*rows);
  }
  return done;
}

template <class Row>
CLI::App& add(CLI::App& to, chosen& run, const char* name, const char* what, reading<Row> read,
              const std::shared_ptr<report_options>& options) {
  auto* command = to.add_subcommand(name, what);
  options->add_with_json_to(*command);
  command->add_option("--from", options->from, "the first month, as 2026-01");
  command->add_option("--to", options->to, "the last month");
  command->callback([options, read, &run] { run = [=] { return report<Row>(*options, read); }; });
  return *command;
}

template <class Row>
void add_of_money(CLI::App& to, chosen& run, const char* name, const char* what) {
  auto options = std::make_shared<report_options>();
  add<Row>(to, run, name, what, of_money<Row>, options)
    .add_option("--currency", options->currency, "of this currency only, as usd");
}

}  // namespace

void add_report(CLI::App& root, chosen& run) {
  auto* to = root.add_subcommand("report",
                                 "What all organizations come to, month by month.\n"
                                 "Example: bursar report mrr --data ./data --from 2026-01");
  to->require_subcommand(1);
  add_of_money<schemas::mrr_row>(*to, run, "mrr", "Monthly recurring revenue and what moved it.");
  add_of_money<schemas::churn_row>(*to, run, "churn", "Customers won and lost.");
  add_of_money<schemas::revenue_row>(*to, run, "revenue",
                                     "What was billed, is earned in each month, and is deferred.");
  add_of_money<schemas::payments_row>(*to, run, "payments",
                                      "Payments that succeeded, failed and were given back.");
  add_of_money<schemas::ledger_row>(*to, run, "ledger",
                                    "The general ledger: each account by month.");
  add<schemas::credits_row>(*to, run, "credits", "Credits granted, used and lost, by kind.",
                            of_credits, std::make_shared<report_options>());
  add<schemas::usage_row>(*to, run, "usage", "What was used of each metric.", of_usage,
                          std::make_shared<report_options>());
}

}  // namespace bursar::app
