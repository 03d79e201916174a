// Webhooks on a stopped server's directory (list also beside a running one).
#include <cstdio>

#include "actors/node.hpp"
#include "app/command.hpp"
#include "app/stopped_server.hpp"
#include "app/table.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "io/api/stored_webhook.hpp"
#include "schemas/records.hpp"
#include "schemas/views.hpp"

namespace bursar::app {
namespace {

struct webhook_options : common_options {
  std::optional<std::string> status;
  std::string event_id;
};

int list(const webhook_options& given) {
  auto journal = given.open_read_only();
  if (!journal) {
    return complain(journal.error());
  }
  std::vector<row> rows;
  std::string after;
  const std::string prefix = std::string{"stripe"} + '\0';
  for (;;) {
    auto page = (*journal)->scan(persistence::column::inbox, prefix, after, limits::page_size_max);
    if (!page) {
      return complain(page.error());
    }
    for (const auto& record : *page) {
      after = record.key;
      auto x = schemas::decode_record<schemas::inbox_row>(record.value);
      if (!x) {
        return complain(x.error());
      }
      std::string status = boost::describe::enum_to_string(x->status, "?");
      if (given.status && status != *given.status) {
        continue;
      }
      if (given.json) {
        std::printf("%s\n", schemas::render_inbox_row(*x).c_str());
      } else {
        rows.push_back({x->event_id, x->type, status, x->organization_id.value_or("-"),
                        format_rfc3339(x->received_at), x->reason.value_or("")});
      }
    }
    if (page->size() < limits::page_size_max) {
      break;
    }
  }
  if (!given.json) {
    print_table({"EVENT", "TYPE", "STATUS", "ORGANIZATION", "RECEIVED", "REASON"}, rows);
  }
  return done;
}

int replay(const webhook_options& given) {
  auto settings = given.read();
  if (!settings) {
    return complain(settings.error());
  }
  auto server = stopped_server::open(*settings);
  if (!server) {
    return complain(server.error());
  }
  auto event = io::api::read_webhook_again((*server)->journal(), given.event_id,
                                           {settings->stripe.metadata_keys});
  if (!event) {
    return complain(event.error());
  }
  auto outcome = (*server)->ask<domain::inbox_command>(
    domain::replay_webhook{given.event_id, std::move(*event)});
  if (outcome.problem) {
    std::fprintf(stderr, "bursar: %s\n", outcome.problem->text().c_str());
    return could_not;
  }
  if (given.json) {
    std::printf("%s\n", outcome.body.c_str());
  } else {
    std::printf("%s is tried again when the server runs\n", given.event_id.c_str());
  }
  return done;
}

}  // namespace

void add_webhook(CLI::App& root, chosen& run) {
  auto* webhook = root.add_subcommand("webhook", "Webhooks that came in.");
  webhook->require_subcommand(1);
  auto listing = std::make_shared<webhook_options>();
  auto* show = webhook->add_subcommand(
    "list", "Where each webhook stands.\nExample: bursar webhook list --status dead");
  listing->add_with_json_to(*show);
  show->add_option("--status", listing->status, "applied, ignored, parked or dead")
    ->check(CLI::IsMember({"applied", "ignored", "parked", "dead"}));
  show->callback([listing, &run] { run = [=] { return list(*listing); }; });
  auto replaying = std::make_shared<webhook_options>();
  auto* again
    = webhook->add_subcommand("replay",
                              "Try a dead letter again, on a stopped server's directory.\n"
                              "Example: bursar webhook replay evt_1 --data ./data");
  replaying->add_with_json_to(*again);
  again->add_option("event", replaying->event_id, "evt_…")->required();
  again->callback([replaying, &run] { run = [=] { return replay(*replaying); }; });
}

}  // namespace bursar::app
