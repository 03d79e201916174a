// `bursar list`: what an organization has, as the lists over HTTP, beside a running server or on a
// stopped one.
#include <cstdio>
#include <string_view>

#include "app/command.hpp"
#include "app/stored.hpp"
#include "app/table.hpp"
#include "base/limits.hpp"
#include "schemas/strict_json.hpp"
#include "schemas/views.hpp"

namespace bursar::app {
namespace {

// A member of a row; Stripe's objects have some of them elsewhere, by JSON pointer.
struct column {
  column(const char* member, const char* pointer = nullptr) : name{member}, of_stripe{pointer} {}
  std::string_view name;
  const char* of_stripe;
};

// Of each row what a table has room for.
struct list_kind {
  const char* name;
  const char* what;
  schemas::listing of;
  std::vector<column> columns;
};

const std::vector<list_kind>& kinds() {
  using enum schemas::listing;
  static const std::vector<list_kind> all{
    {"subscriptions",
     "Subscriptions, Stripe's and those billed here.",
     subscriptions,
     {"id",
      "provider",
      "status",
      {"plan_id", "/items/0/price"},
      {"quantity", "/items/0/quantity"},
      "currency",
      "amount",
      "current_period_end"}},
    {"invoices",
     "Invoices made here.",
     invoices,
     {"id", "number", "status", "currency", "total", "amount_due", "created_at", "due_at"}},
    {"credit-notes",
     "Credit notes.",
     credit_notes,
     {"id", "provider", "invoice_id", "number", "currency", "total", "issued_at"}},
    {"payments",
     "Payments, and attempts that failed.",
     payments,
     {"id", "provider", "invoice_id", "status", "currency", "amount", "failure_code", "at"}},
    {"refunds",
     "What was given back.",
     refunds,
     {"id", "provider", "invoice_id", "currency", "amount", "reason"}},
    {"disputes",
     "Charges that are disputed at Stripe.",
     disputes,
     {"id", "status", "charge", "currency", "amount", "reason"}},
    {"balances", "What is the customer's, by currency.", balances, {"currency", "amount"}},
  };
  return all;
}

// Stripe's times are Unix seconds.
std::string cell_of(simdjson::dom::element of, const column& what) {
  simdjson::dom::element value;
  bool is_there = of[what.name].get(value) == simdjson::SUCCESS
                  || (what.of_stripe != nullptr
                      && of.at_pointer(what.of_stripe).get(value) == simdjson::SUCCESS);
  if (!is_there || value.is_null()) {
    return "-";
  }
  std::int64_t seconds = 0;
  bool is_time = what.name.ends_with("_end") || what.name.ends_with("_at") || what.name == "at";
  if (is_time && value.get(seconds) == simdjson::SUCCESS) {
    return format_rfc3339(from_unix_seconds(seconds));
  }
  std::string_view text;
  return value.get(text) == simdjson::SUCCESS ? std::string{text} : simdjson::minify(value);
}

result<row> cells_of(const std::string& json, const list_kind& kind) {
  auto parsed = schemas::parse_strict(json);
  if (!parsed) {
    return parsed.error();
  }
  row out;
  for (const auto& column : kind.columns) {
    out.push_back(cell_of(*parsed, column));
  }
  return out;
}

struct list_options : common_options {
  std::string organization;
};

int print(const list_options& given, const list_kind& kind) {
  auto journal = given.open_read_only();
  auto of = journal ? organization_in(**journal, given.organization)
                    : result<domain::organization>{journal.error()};
  if (!of) {
    return complain(of.error());
  }
  std::vector<row> rows;
  schemas::list_request wanted{kind.of, {}, limits::page_size_max};
  for (bool more = true; more;) {
    auto page = schemas::render(wanted, *of, system_wall_clock{}.now());
    for (const auto& json : page.rows) {
      if (given.json) {
        std::printf("%s\n", json.c_str());
        continue;
      }
      auto cells = cells_of(json, kind);
      if (!cells) {
        return complain(cells.error());
      }
      rows.push_back(std::move(*cells));
    }
    more = page.next_after.has_value();
    wanted.after = page.next_after.value_or("");
  }
  if (!given.json) {
    row heading;
    for (const auto& column : kind.columns) {
      heading.push_back(heading_of(column.name));
    }
    print_table(heading, std::move(rows));
  }
  return done;
}

}  // namespace

void add_list(CLI::App& root, chosen& run) {
  auto* to = root.add_subcommand("list",
                                 "What an organization has: its invoices, payments and more.\n"
                                 "Example: bursar list invoices org_acme --data ./data");
  to->require_subcommand(1);
  for (const auto& kind : kinds()) {
    auto given = std::make_shared<list_options>();
    auto* command = to->add_subcommand(kind.name, kind.what);
    given->add_with_json_to(*command);
    command->add_option("organization", given->organization, "org_…")->required();
    command->callback([given, &kind, &run] { run = [=, &kind] { return print(*given, kind); }; });
  }
}

}  // namespace bursar::app
