// `bursar schema`: what the journal's events look like, by their names and versions.
#include <cstdio>

#include "app/command.hpp"
#include "app/table.hpp"
#include "schemas/catalog_of_events.hpp"

namespace bursar::app {

void add_schema(CLI::App& root, chosen& run) {
  auto* command = root.add_subcommand(
    "schema", "List the events a journal can hold, with version and members.\n"
              "Example: bursar schema --json");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "answer as JSON, for programs");
  command->callback([json, &run] {
    run = [json] {
      auto events = schemas::described_events();
      if (*json) {
        std::printf("%s\n", schemas::render_described_events(events).c_str());
        return static_cast<int>(done);
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
      return static_cast<int>(done);
    };
  });
}

}  // namespace bursar::app
