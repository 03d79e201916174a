// `bursar schema`: what the journal's events look like, by their names and versions, and the routes
// that are served.
#include <cstdio>

#include "app/command.hpp"
#include "app/table.hpp"
#include "io/api/api.hpp"
#include "schemas/catalog_of_events.hpp"
#include "schemas/json_writer.hpp"

namespace bursar::app {
namespace {

int show_events(bool json) {
  auto events = schemas::described_events();
  if (json) {
    std::printf("%s\n", schemas::render_described_events(events).c_str());
    return done;
  }
  std::vector<row> rows;
  for (const auto& event : events) {
    std::string members;
    for (const auto& member : event.members) {
      members += (members.empty() ? "" : ", ") + member;
    }
    rows.push_back({event.stream, event.name, std::to_string(event.version), members});
  }
  print_table({"STREAM", "EVENT", "VERSION", "MEMBERS"}, rows);
  return done;
}

int show_routes(bool json) {
  std::vector<row> rows;
  std::vector<std::vector<std::string>> listed;
  for (const auto& route : io::api::routes()) {
    row one{std::string{io::http::to_string(route.verb)}, std::string{route.pattern},
            std::string{route.operation_id}, std::string{route.alias_of}};
    listed.push_back(one);
    rows.push_back(std::move(one));
  }
  if (json) {
    std::printf("%s\n", schemas::to_json(listed).c_str());
  } else {
    print_table({"METHOD", "PATH", "OPERATION", "ALIAS OF"}, rows);
  }
  return done;
}

}  // namespace

void add_schema(CLI::App& root, chosen& run) {
  auto* command
    = root.add_subcommand("schema",
                          "List the events a journal can hold, or the routes that are served.\n"
                          "Example: bursar schema --routes");
  struct options {
    bool json = false;
    bool routes = false;
  };
  auto given = std::make_shared<options>();
  command->add_flag("--json", given->json, "answer as JSON, for programs");
  command->add_flag("--routes", given->routes, "the routes instead of the events");
  command->callback([given, &run] {
    run = [given] { return given->routes ? show_routes(given->json) : show_events(given->json); };
  });
}

}  // namespace bursar::app
