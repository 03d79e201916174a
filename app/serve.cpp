// `bursar serve`: the server, until a signal or a failed journal ends it.
#include "app/command.hpp"
#include "app/instance.hpp"

namespace bursar::app {

void add_serve(CLI::App& root, chosen& run) {
  struct options : common_options {
    std::optional<std::string> listen;
    bool test_clock = false;
  };
  auto* command
    = root.add_subcommand("serve",
                          "Serve the API and the webhooks.\n"
                          "Example: bursar serve --config config/bursar.toml --data ./data");
  auto given = std::make_shared<options>();
  given->add_to(*command);
  command->add_option("--listen", given->listen, "HOST:PORT");
  command->add_flag("--test-clock", given->test_clock,
                    "time stands still until PUT /test/clock moves it (loopback only)");
  command->callback([given, &run] {
    run = [given] {
      if (given->listen) {
        given->overrides.push_back("server.listen=" + *given->listen);
      }
      auto settings = given->read();
      if (!settings) {
        return complain(settings.error());
      }
      if (given->test_clock && !is_loopback(settings->server.listen)) {
        return complain({errc::invalid_parameter, "--test-clock needs a loopback address"});
      }
      auto made = instance::start(*settings, given->test_clock);
      return made ? (*made)->run() : complain(made.error());
    };
  });
}

}  // namespace bursar::app
