// The commands of the program. Each adds itself to the command line and answers an exit code when
// it is the one that was asked for.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "actors/node.hpp"
#include "app/settings.hpp"
#include "base/error.hpp"
#include "persistence/rocks_journal.hpp"

namespace bursar::app {

// api.md, "Running it".
enum exit_code : int { done = 0, found_a_problem = 1, wrong_usage = 2, could_not = 3 };

// What ran; set by the callback of the subcommand that was given.
using chosen = std::function<int()>;

// Options that every command about a data directory has.
struct common_options {
  std::optional<std::string> config;
  std::optional<std::string> data;
  std::vector<std::string> overrides;
  bool json = false;

  void add_to(CLI::App& command);
  void add_with_json_to(CLI::App& command);  // where there is an answer that a program may read
  // The settings in force.
  result<settings> read() const;
  // The journal that they name, beside a running server or of a stopped one.
  result<std::unique_ptr<persistence::journal>> open_read_only() const;
};

void add_serve(CLI::App& root, chosen& run);
void add_demo(CLI::App& root, chosen& run);
void add_alerts(CLI::App& root, chosen& run);
void add_credits(CLI::App& root, chosen& run);
void add_list(CLI::App& root, chosen& run);
void add_keys(CLI::App& root, chosen& run);
void add_audit(CLI::App& root, chosen& run);
void add_webhook(CLI::App& root, chosen& run);
void add_catalog(CLI::App& root, chosen& run);
void add_config(CLI::App& root, chosen& run);
void add_report(CLI::App& root, chosen& run);
void add_usage(CLI::App& root, chosen& run);
void add_schema(CLI::App& root, chosen& run);

persistence::rocks_options journal_options(const settings& from);
actors::node_options node_options(const settings& from);

// Prints "bursar: …" with what to do next on standard error.
int complain(const error& why);

}  // namespace bursar::app
