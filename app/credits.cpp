// `bursar credits`: what an organization has, beside a running server or on a stopped one, and
// credits given and used on a stopped server's directory, judged as over HTTP.
#include <cstdio>

#include "app/command.hpp"
#include "app/stopped_server.hpp"
#include "app/stored.hpp"
#include "app/table.hpp"
#include "schemas/credit_requests.hpp"
#include "schemas/credit_views.hpp"
#include "schemas/json_writer.hpp"

namespace bursar::app {
namespace {

// The body that the API takes, so that both are judged alike.
struct credits_body {
  std::optional<std::int64_t> amount, priority, quantity;
  std::optional<std::string> kind, expires_at, reason, event_name;
};
BOOST_DESCRIBE_STRUCT(credits_body, (),
                      (amount, priority, quantity, kind, expires_at, reason, event_name))

struct credits_options : common_options {
  std::string organization;
  credits_body body;
};
using options_ptr = std::shared_ptr<credits_options>;

std::string text_of(const std::optional<timestamp>& at) {
  return at ? format_rfc3339(*at) : "-";
}

int print_balance(const persistence::journal& journal, const credits_options& given) {
  auto of = organization_in(journal, given.organization);
  if (!of) {
    return complain(of.error());
  }
  const auto& credits = of->credits;
  auto now = system_wall_clock{}.now();
  if (given.json) {
    std::printf("%s\n", schemas::render_credits(credits, now).c_str());
    return done;
  }
  std::vector<row> rows;
  for (const auto& id : credits.order) {
    const auto& x = credits.grants.at(id);
    if (!domain::has_expired(x.grant, now)) {
      rows.push_back({id, boost::describe::enum_to_string(x.grant.kind, "-"),
                      std::to_string(domain::priority_of(x.grant)),
                      std::to_string(domain::remaining(x)), std::to_string(x.held),
                      text_of(x.grant.expires_at)});
    }
  }
  std::printf("%lld credits may be used, %lld are held.\n",
              static_cast<long long>(domain::balance_of(credits, now)),
              static_cast<long long>(domain::held_of(credits, now)));
  print_table({"GRANT", "KIND", "PRIORITY", "REMAINING", "HELD", "EXPIRES"}, std::move(rows));
  return done;
}

int balance(const credits_options& given) {
  auto journal = given.open_read_only();
  return journal ? print_balance(**journal, given) : complain(journal.error());
}

// -- transactions ---

result<std::vector<schemas::credit_transaction>> transactions_in(
  const persistence::journal& journal, const std::string& organization) {
  constexpr std::size_t page_events = 512;
  std::vector<schemas::credit_transaction> out;
  for (std::uint64_t after = 0;;) {
    auto page = journal.read(organization, after + 1, page_events);
    if (!page) {
      return page.error();
    }
    for (const auto& stored : *page) {
      after = stored.sequence;
      auto one = schemas::transaction_of(stored.json);
      if (!one) {
        return one.error();
      }
      if (*one) {
        out.push_back(std::move(**one));
      }
    }
    if (page->size() < page_events) {
      return after > 0 ? result<std::vector<schemas::credit_transaction>>{std::move(out)}
                       : error{errc::not_found, "there is no organization " + organization};
    }
  }
}

int transactions(const credits_options& given) {
  auto journal = given.open_read_only();
  if (!journal) {
    return complain(journal.error());
  }
  auto all = transactions_in(**journal, given.organization);
  if (!all) {
    return complain(all.error());
  }
  if (given.json) {
    std::printf("%s\n", schemas::to_json<schemas::nulls::write>(*all).c_str());
    return done;
  }
  std::vector<row> rows;
  for (const auto& x : *all) {
    auto other = x.to_organization_id ? x.to_organization_id : x.from_organization_id;
    rows.push_back({x.transaction_id, format_rfc3339(x.at), x.type,
                    x.amount ? std::to_string(*x.amount) : "-", x.event_name.value_or("-"),
                    other.value_or("-"), x.reason.value_or("-")});
  }
  print_table({"TRANSACTION", "TIME", "WHAT", "AMOUNT", "EVENT", "ORGANIZATION", "REASON"},
              std::move(rows));
  return done;
}

// -- what is given and used ---

int tell(const credits_options& given, const result<domain::credit_command>& wanted) {
  return tell_organization(
    given, given.organization,
    wanted ? result<domain::command>{domain::command{*wanted}} : wanted.error(),
    [&](stopped_server& server, const actors::outcome& outcome) {
      if (given.json) {
        std::printf("%s\n", outcome.body.c_str());
        return static_cast<int>(done);
      }
      return print_balance(server.journal(), given);
    });
}

int grant(const credits_options& given) {
  auto what = schemas::parse_grant(schemas::to_json<schemas::nulls::omit>(given.body));
  auto now = system_wall_clock{}.now();
  return tell(given, what ? result<domain::credit_command>{domain::grant_credits{
                       make_id("grant_", now), std::move(*what)}}
                          : what.error());
}

int consume(const credits_options& given) {
  auto what = schemas::parse_consumption(schemas::to_json<schemas::nulls::omit>(given.body));
  return tell(given, what ? result<domain::credit_command>{*what} : what.error());
}

CLI::App& add(CLI::App& to, chosen& run, const char* name, const char* what,
              int (*function)(const credits_options&), const options_ptr& given) {
  auto* command = to.add_subcommand(name, what);
  given->add_with_json_to(*command);
  command->add_option("organization", given->organization, "org_…")->required();
  command->callback([given, function, &run] { run = [=] { return function(*given); }; });
  return *command;
}

options_ptr no_options() {
  return std::make_shared<credits_options>();
}

}  // namespace

void add_credits(CLI::App& root, chosen& run) {
  auto* to = root.add_subcommand("credits",
                                 "Prepaid credits of an organization.\n"
                                 "Example: bursar credits balance org_acme --data ./data");
  to->require_subcommand(1);
  add(*to, run, "balance", "What it has: the first is used first.", balance, no_options());
  add(*to, run, "transactions", "What happened to its credits.", transactions, no_options());
  auto giving = no_options();
  auto& give
    = add(*to, run, "grant", "Give credits, on a stopped server's directory.", grant, giving);
  give.add_option("amount", giving->body.amount, "how many")->required();
  give.add_option("--kind", giving->body.kind, "purchased, promotional or manual");
  give.add_option("--priority", giving->body.priority, "0 to 100, lower is used first");
  give.add_option("--expires-at", giving->body.expires_at, "as 2026-12-31T00:00:00Z");
  give.add_option("--reason", giving->body.reason, "for whoever reads the transactions");
  auto using_up = no_options();
  auto& use = add(*to, run, "consume", "Use credits, all or none, on a stopped server's directory.",
                  consume, using_up);
  use.add_option("amount", using_up->body.amount, "how many");
  use.add_option("--event", using_up->body.event_name, "what they are for, instead of an amount");
  use.add_option("--quantity", using_up->body.quantity, "how many events");
}

}  // namespace bursar::app
