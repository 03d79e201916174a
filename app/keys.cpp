// `bursar keys create`: an API key on a stopped server's directory, judged as over HTTP.
#include <cstdio>

#include "app/command.hpp"
#include "app/stopped_server.hpp"
#include "base/encoding.hpp"
#include "base/ids.hpp"
#include "io/api/authentication.hpp"
#include "schemas/json_writer.hpp"
#include "schemas/requests.hpp"

namespace bursar::app {
namespace {

struct wanted_key {
  std::string role;
  std::optional<std::string> organization, name, expires_in;
  std::vector<std::string> scopes;
};

// The same body that POST /api/v1/api-keys takes, so that both are judged alike.
std::string body_of(const wanted_key& wanted) {
  std::string out = "{\"role\":";
  schemas::append_string(out, wanted.role);
  auto member = [&out](const char* name, const std::optional<std::string>& value) {
    if (value) {
      out += std::string{",\""} + name + "\":";
      schemas::append_string(out, *value);
    }
  };
  member("organization_id", wanted.organization);
  member("name", wanted.name);
  member("expires_in", wanted.expires_in);
  if (!wanted.scopes.empty()) {
    out += ",\"scopes\":" + schemas::to_json(wanted.scopes);
  }
  return out + "}";
}

int create(const common_options& common, const wanted_key& wanted) {
  auto settings = common.read();
  if (!settings) {
    return complain(settings.error());
  }
  auto parsed = schemas::parse_api_key_request(body_of(wanted));
  if (!parsed) {
    std::fprintf(stderr, "bursar: %s\n", parsed.error().text().c_str());
    return wrong_usage;
  }
  auto server = stopped_server::open(*settings);
  if (!server) {
    return complain(server.error());
  }
  auto text = io::api::make_api_key();
  domain::api_key key;
  key.created_at = (*server)->now();
  key.id = make_id("key_", key.created_at);
  key.role = parsed->role;
  key.organization_id = parsed->organization_id;
  key.name = parsed->name;
  key.scopes = parsed->scopes ? *parsed->scopes : domain::scopes_of(key.role);
  key.secret_sha256 = to_hex(sha256(text));
  key.prefix = text.substr(0, 13);
  key.last_four = text.substr(text.size() - 4);
  if (parsed->expires_in) {
    key.expires_at = key.created_at + *parsed->expires_in;
  }
  auto outcome = (*server)->ask<domain::access_command>(domain::create_api_key{key});
  if (outcome.problem) {
    std::fprintf(stderr, "bursar: %s\n", outcome.problem->text().c_str());
    return outcome.status < 500 ? wrong_usage : could_not;
  }
  if (common.json) {
    std::printf("{\"key\":\"%s\",%s\n", text.c_str(), outcome.body.substr(1).c_str());
  } else {
    std::printf("%s\n", text.c_str());
    std::fprintf(stderr, "This key is shown once: keep it. Id %s.\n", key.id.c_str());
  }
  return done;
}

}  // namespace

void add_keys(CLI::App& root, chosen& run) {
  auto* keys = root.add_subcommand("keys", "API keys, on a stopped server's directory.");
  keys->require_subcommand(1);
  auto* command
    = keys->add_subcommand("create",
                           "Make an API key and print it once.\n"
                           "Example: bursar keys create --data ./data --role platform_admin");
  auto common = std::make_shared<common_options>();
  auto wanted = std::make_shared<wanted_key>();
  common->add_with_json_to(*command);
  command
    ->add_option("--role", wanted->role,
                 "platform_admin, billing_admin, billing_viewer or customer")
    ->required();
  command->add_option("--organization", wanted->organization, "the organization it is for");
  command->add_option("--scopes", wanted->scopes, "some of read,write,admin")->delimiter(',');
  command->add_option("--expires-in", wanted->expires_in, "90d, 24h …");
  command->add_option("--name", wanted->name, "what people call it");
  command->callback([common, wanted, &run] { run = [=] { return create(*common, *wanted); }; });
}

}  // namespace bursar::app
