// `bursar config`: the settings in force, and the commented default file.
#include <cstdio>

#include "app/command.hpp"
#include "io/http/server.hpp"

namespace bursar::app {
namespace {

// What the server would read before it listens.
result<void> check_files(const settings& from) {
  return from.server.tls_certificate.empty()
           ? result<void>{}
           : io::http::check_tls({from.server.tls_certificate, from.server.tls_private_key});
}

}  // namespace

void add_config(CLI::App& root, chosen& run) {
  auto* config = root.add_subcommand("config", "Settings.");
  config->require_subcommand(1);
  auto common = std::make_shared<common_options>();
  auto* check = config->add_subcommand(
    "check",
    "Read the settings as the server would; say what is in force and where from.\n"
    "Example: bursar config check --config config/bursar.toml");
  common->add_to(*check);
  check->callback([common, &run] {
    run = [common] {
      auto settings = common->read();
      if (!settings) {
        return complain(settings.error());
      }
      if (auto usable = check_files(*settings); !usable) {
        return complain(usable.error());
      }
      std::printf("%s", describe_settings(*settings).c_str());
      return static_cast<int>(done);
    };
  });
  auto* defaults = config->add_subcommand("defaults",
                                          "Print the commented default file.\n"
                                          "Example: bursar config defaults");
  defaults->callback([&run] {
    run = [] {
      std::printf("%s", default_settings_file().c_str());
      return static_cast<int>(done);
    };
  });
}

}  // namespace bursar::app
