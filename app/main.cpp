// bursar: wiring only. What each command does stands in the file of its name.
#include <cstdio>
#include <exception>

#include "app/command.hpp"

int main(int argc, char** argv) {
  using namespace bursar::app;
  CLI::App root{
    "Bursar: an event-sourced billing engine.\n"
    "Example: bursar serve --config config/bursar.toml --data ./data",
    "bursar"};
  root.require_subcommand(1);
  root.set_version_flag("--version", std::string{BURSAR_VERSION});
  chosen run;
  add_serve(root, run);
  add_demo(root, run);
  add_credits(root, run);
  add_usage(root, run);
  add_list(root, run);
  add_keys(root, run);
  add_audit(root, run);
  add_webhook(root, run);
  add_alerts(root, run);
  add_catalog(root, run);
  add_config(root, run);
  add_report(root, run);
  add_schema(root, run);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return root.exit(wrong) == 0 ? done : wrong_usage;
  }
  try {
    int code = run();
    // What nobody could write down was not said: a cut export must not look like a whole one.
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      std::fprintf(stderr, "bursar: the output could not be written: the disk may be full\n");
      return code == done ? could_not : code;
    }
    return code;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bursar: unexpected: %s\n", problem.what());
    return could_not;
  }
}
