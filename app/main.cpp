// bursar: wiring only. What each command does stands in the file of its name.
#include <malloc.h>

#include <cstdio>
#include <exception>

#include "app/command.hpp"

int main(int argc, char** argv) {
  using namespace bursar::app;
  // Memory that goes from thread to thread with the requests is kept, not given back and taken
  // again with every burst.
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  mallopt(M_TOP_PAD, 4 << 20);
  CLI::App root{
    "Bursar: an event-sourced billing engine.\n"
    "Example: bursar serve --config config/bursar.toml --data ./data",
    "bursar"};
  root.require_subcommand(1);
  root.set_version_flag("--version", std::string{BURSAR_VERSION});
  chosen run;
  add_serve(root, run);
  add_demo(root, run);
  add_keys(root, run);
  add_audit(root, run);
  add_webhook(root, run);
  add_config(root, run);
  add_schema(root, run);
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& wrong) {
    return root.exit(wrong) == 0 ? done : wrong_usage;
  }
  try {
    return run();
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bursar: unexpected: %s\n", problem.what());
    return could_not;
  }
}
