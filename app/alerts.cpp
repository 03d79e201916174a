// `bursar alerts`: what operators are to look at, newest first, beside a running server or on a
// stopped one.
#include <cstdio>

#include <boost/mp11/algorithm.hpp>

#include "app/command.hpp"
#include "app/table.hpp"
#include "base/limits.hpp"
#include "schemas/records.hpp"
#include "schemas/views.hpp"

namespace bursar::app {
namespace {

struct alert_options : common_options {
  std::optional<std::string> type, organization, from, to;
  std::size_t limit = limits::page_size_default;
};

std::vector<std::string> names_of_types() {
  std::vector<std::string> out;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<domain::alert_type>>(
    [&](auto x) { out.emplace_back(x.name); });
  return out;
}

// The key of a moment that an option names.
result<std::string> key_of(const std::optional<std::string>& moment) {
  if (!moment) {
    return std::string{};
  }
  auto at = parse_rfc3339(*moment);
  return at ? result<std::string>{schemas::alerts_at(*at)}
            : error{errc::invalid_parameter, *moment + " is not a time, as 2026-12-31T00:00:00Z"};
}

void show(const schemas::alert_reference& which, const schemas::alert_record& what, bool as_json,
          std::vector<row>& to) {
  if (as_json) {
    std::printf("%s\n", schemas::render_alert(which, what).c_str());
    return;
  }
  to.push_back({format_rfc3339(which.at), boost::describe::enum_to_string(what.type, "?"),
                what.organization_id.value_or("-"), what.subject_id, what.message});
}

int list(const alert_options& given) {
  auto after = key_of(given.to);
  auto least = key_of(given.from);
  if (!after || !least) {
    complain(after ? least.error() : after.error());
    return wrong_usage;
  }
  auto journal = given.open_read_only();
  if (!journal) {
    return complain(journal.error());
  }
  std::vector<row> rows;
  for (std::size_t listed = 0, found = 1; found > 0 && listed < given.limit;) {
    auto page = (*journal)->scan(persistence::column::index, schemas::alert_prefix(), *after,
                                 limits::page_size_max, true);
    if (!page) {
      return complain(page.error());
    }
    found = page->size();
    for (const auto& record : *page) {
      *after = record.key;
      if (record.key < *least || listed == given.limit) {
        found = 0;
        break;
      }
      auto which = schemas::alert_of_key(record.key);
      auto what = schemas::decode_record<schemas::alert_record>(record.value);
      if (!which || !what) {
        return complain({errc::integrity_error, "a record of an alert is damaged"});
      }
      bool passes
        = (!given.organization || what->organization_id == given.organization)
          && (!given.type || boost::describe::enum_to_string(what->type, "") == *given.type);
      if (passes) {
        ++listed;
        show(*which, *what, given.json, rows);
      }
    }
  }
  if (!given.json) {
    print_table({"AT", "TYPE", "ORGANIZATION", "SUBJECT", "WHAT"}, rows);
  }
  return done;
}

}  // namespace

void add_alerts(CLI::App& root, chosen& run) {
  auto given = std::make_shared<alert_options>();
  auto* command = root.add_subcommand("alerts",
                                      "What operators are to look at, newest first.\n"
                                      "Example: bursar alerts --type payment_failed --data ./data");
  given->add_with_json_to(*command);
  command->add_option("--type", given->type, "of this type only")
    ->check(CLI::IsMember(names_of_types()));
  command->add_option("--organization", given->organization, "of this one only");
  command->add_option("--from", given->from, "not before, as 2026-12-31T00:00:00Z");
  command->add_option("--to", given->to, "before");
  command->add_option("--limit", given->limit, "at most so many; else 100");
  command->callback([given, &run] { run = [=] { return list(*given); }; });
}

}  // namespace bursar::app
