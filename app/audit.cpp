// What an auditor asks of a data directory, beside a running server or on a stopped one.
#include <cstdio>

#include "app/command.hpp"
#include "app/table.hpp"
#include "base/encoding.hpp"
#include "base/ids.hpp"
#include "schemas/event_codec.hpp"
#include "schemas/explanation.hpp"
#include "schemas/history.hpp"
#include "schemas/json_writer.hpp"
#include "schemas/rating_view.hpp"
#include "schemas/state_codec.hpp"

namespace bursar::app {
namespace {

struct audit_options : common_options {
  std::string organization;
  std::optional<std::string> at, type, status, invoice;
  std::optional<std::uint64_t> sequence;
};
using options_ptr = std::shared_ptr<audit_options>;

std::unique_ptr<persistence::journal> open(const common_options& common, int& code) {
  auto journal = common.open_read_only();
  if (!journal) {
    code = complain(journal.error());
    return nullptr;
  }
  return std::move(*journal);
}

// -- verify ---

int verify_all(const audit_options& given) {
  auto settings = given.read();
  if (!settings) {
    return complain(settings.error());
  }
  progress_bar bar{"verifying"};
  auto found = persistence::verify(journal_options(*settings),
                                   [&](std::uint64_t n, std::uint64_t all) { bar.show(n, all); });
  if (!found.exists) {
    return complain({errc::io_error, found.faults.front().what});
  }
  bool verified = found.faults.empty();
  if (given.json) {
    std::string out = std::string{"{\"verified\":"} + (verified ? "true" : "false")
                      + ",\"streams\":" + std::to_string(found.streams)
                      + ",\"events\":" + std::to_string(found.events) + ",\"faults\":[";
    for (std::size_t i = 0; i < found.faults.size(); ++i) {
      out += i == 0 ? "{\"organization\":" : ",{\"organization\":";
      schemas::append_string(out, found.faults[i].stream);
      out += ",\"sequence\":" + std::to_string(found.faults[i].sequence) + ",\"problem\":";
      schemas::append_string(out, found.faults[i].what);
      out += '}';
    }
    std::printf("%s]}\n", out.c_str());
  } else if (verified) {
    std::printf("verified: %llu events in %llu streams\n",
                static_cast<unsigned long long>(found.events),
                static_cast<unsigned long long>(found.streams));
  } else {
    std::vector<row> rows;
    for (const auto& fault : found.faults) {
      rows.push_back({fault.stream.empty() ? "(journal)" : fault.stream,
                      fault.sequence == 0 ? "-" : std::to_string(fault.sequence), fault.what});
    }
    print_table({"ORGANIZATION", "SEQUENCE", "PROBLEM"}, rows);
    std::printf("NOT VERIFIED: %zu problems\n", found.faults.size());
  }
  return verified ? done : found_a_problem;
}

// -- timeline, explain ---

template <class Visit>
int each_event(const audit_options& given, Visit visit) {
  int code = done;
  auto journal = open(given, code);
  if (!journal) {
    return code;
  }
  constexpr std::size_t page_events = 512;
  persistence::sequence_number next = 1;
  for (;;) {
    auto page = journal->read(given.organization, next, page_events);
    if (!page) {
      return complain(page.error());
    }
    for (const auto& stored : *page) {
      auto about = schemas::decode_envelope(stored.json);
      if (!about) {
        return complain(about.error());
      }
      visit(*about, stored);
      next = stored.sequence + 1;
    }
    if (page->size() < page_events) {
      break;
    }
  }
  if (next == 1) {
    return complain({errc::not_found, "there is no organization " + given.organization});
  }
  return done;
}

std::string who(const schemas::event_actor& actor) {
  return std::string{boost::describe::enum_to_string(actor.kind, "?")} + " " + actor.id;
}

int timeline(const audit_options& given) {
  std::vector<row> rows;
  int code = each_event(given, [&](const auto& about, const auto& stored) {
    if (given.type && about.type != *given.type) {
      return;
    }
    if (given.json) {
      std::printf("%s\n", schemas::render_event(stored.json, stored.previous, stored.hash).c_str());
    } else {
      rows.push_back({std::to_string(about.sequence), format_rfc3339(about.recorded_at), about.type,
                      who(about.actor), to_hex(stored.hash).substr(0, 12)});
    }
  });
  if (code == done && !given.json) {
    print_table({"SEQUENCE", "RECORDED", "EVENT", "BY", "HASH"}, rows);
  }
  return code;
}

// -- replaying ---

result<void> is_organization(const audit_options& given) {
  return is_organization_id(given.organization)
           ? result<void>{}
           : error{errc::invalid_parameter, given.organization + " is no organization: org_…"};
}

// The organization as it was then, from its events alone.
result<schemas::past_state> replayed(const audit_options& given,
                                     const schemas::history_point& until) {
  auto journal = given.open_read_only();
  if (!journal) {
    return journal.error();
  }
  if (auto good = is_organization(given); !good) {
    return good.error();
  }
  auto past = schemas::replay_until(
    [&](std::uint64_t from, std::size_t limit) {
      return (*journal)->read(given.organization, from, limit);
    },
    until);
  if (past && past->state.id.empty()) {
    return error{errc::not_found, "there is no organization " + given.organization};
  }
  return past;
}

void print_lines(const schemas::explained_invoice& of) {
  std::vector<row> rows;
  for (std::size_t i = 0; i < of.invoice.lines.size(); ++i) {
    const auto& line = of.invoice.lines[i];
    const auto& told = of.told.lines[i];
    for (const auto& step : told.price.steps) {
      rows.push_back({line.description, step.rule,
                      domain::text_of(step.units) + " x " + domain::text_of(step.unit_amount),
                      domain::text_of(step.amount), "", ""});
    }
    const auto& catalog = of.catalog_same[i];
    rows.push_back({line.description, "price",
                    "version " + std::to_string(line.basis.price_version),
                    domain::text_of(told.price.amount), "",
                    !catalog   ? "agreed on"
                    : *catalog ? "as in the catalog"
                               : "NOT AS IN THE CATALOG"});
    rows.push_back({line.description, line.basis.given_back ? "given back" : "billed",
                    schemas::text_of(line.basis.share), domain::text_of(told.unrounded),
                    std::to_string(line.amount),
                    told.same ? "same" : "NOT " + std::to_string(told.recomputed)});
  }
  print_table({"LINE", "STEP", "OF", "EXACTLY", "AMOUNT", "AGAIN"}, rows);
}

// The amounts of an invoice, computed again from the events alone.
int explain_invoice(const audit_options& given) {
  auto journal = given.open_read_only();
  if (!journal) {
    return complain(journal.error());
  }
  if (auto good = is_organization(given); !good) {
    return complain(good.error());
  }
  auto read = schemas::explain_invoice(
    [&](const std::string& stream, std::uint64_t from, std::size_t limit) {
      return (*journal)->read(stream, from, limit);
    },
    given.organization, *given.invoice);
  if (!read) {
    return complain(read.error());
  }
  const auto& invoice = read->invoice;
  bool same = schemas::is_reproduced(*read);
  if (given.json) {
    std::printf("%s\n", schemas::render_explanation(*read).c_str());
    return same ? done : found_a_problem;
  }
  print_lines(*read);
  for (std::size_t i = 0; i < invoice.credit_notes.size(); ++i) {
    const auto& note = invoice.credit_notes[i];
    const auto& told = read->notes[i].told;
    std::printf("credit note %s of event %llu takes back %lld: %s\n", note.id.c_str(),
                static_cast<unsigned long long>(read->notes[i].sequence),
                static_cast<long long>(note.total),
                told.lines_same && told.total_same ? "same" : "NOT WHAT WAS BILLED");
  }
  const auto& totals = invoice.totals;
  std::printf("%s: subtotal %lld, discount %lld, tax %lld, total %lld %s, of event %llu\n",
              same ? "reproduced" : "NOT REPRODUCED", static_cast<long long>(totals.subtotal),
              static_cast<long long>(totals.discount), static_cast<long long>(totals.tax),
              static_cast<long long>(totals.total), invoice.currency.c_str(),
              static_cast<unsigned long long>(read->sequence));
  if (invoice.legal_entity) {
    std::printf("sold by %s, legal entity %s\n", invoice.legal_entity->name.c_str(),
                invoice.legal_entity->id.c_str());
  }
  if (invoice.tax_calculation) {
    std::printf("the taxes are as the tax provider said, in its calculation %s\n",
                invoice.tax_calculation->c_str());
  }
  return same ? done : found_a_problem;
}

// Which events led to today's status: every change of standing, with the observation before it.
int explain(const audit_options& given) {
  if (given.invoice) {
    return explain_invoice(given);
  }
  std::vector<row> rows;
  std::string cause;
  std::string lines;
  std::optional<error> damaged;
  int code = each_event(given, [&](const auto& about, const auto& stored) {
    auto event = schemas::decode_event<domain::event>(stored.json);
    if (!event) {
      damaged = damaged
                  ? damaged
                  : error{errc::integrity_error, "event " + std::to_string(about.sequence)
                                                   + " cannot be read: " + event.error().detail()};
      return;
    }
    if (const auto* seen = std::get_if<domain::stripe_object_observed>(&event->event)) {
      cause = seen->object.event_type + " " + seen->object.event_id;
    } else if (const auto* own = std::get_if<domain::subscription_status_changed>(&event->event)) {
      cause = own->reason;
    } else if (const auto* sold = std::get_if<domain::subscription_created>(&event->event)) {
      cause = "subscribed to " + sold->subscription.terms.plan_id;
    }
    const auto* changed = std::get_if<domain::standing_changed>(&event->event);
    if (changed == nullptr
        || (given.status && changed->standing.subscription_status != *given.status)) {
      return;
    }
    rows.push_back({std::to_string(about.sequence), format_rfc3339(about.recorded_at),
                    changed->previous_status, changed->standing.subscription_status, cause});
    lines += std::string{stored.json} + "\n";
  });
  if (code != done) {
    return code;
  }
  if (damaged) {
    return complain(*damaged);
  }
  if (given.json) {
    std::printf("%s", lines.c_str());
  } else if (rows.empty()) {
    std::printf("no event changed the status of %s%s%s\n", given.organization.c_str(),
                given.status ? " to " : "", given.status ? given.status->c_str() : "");
  } else {
    print_table({"SEQUENCE", "RECORDED", "FROM", "TO", "BECAUSE OF"}, rows);
  }
  return done;
}

// -- state ---

int state(const audit_options& given) {
  schemas::history_point point;
  point.sequence = given.sequence;
  if (given.at) {
    point.at = parse_rfc3339(*given.at);
    if (!point.at) {
      return complain({errc::invalid_parameter, "--at must be an RFC 3339 time"});
    }
  }
  auto past = replayed(given, point);
  if (!past) {
    return complain(past.error());
  }
  if (given.json) {
    std::printf("%s\n",
                schemas::render(schemas::view::state, past->state, past->position, {}, {}).c_str());
    return done;
  }
  const auto& s = past->state.standing;
  auto then = point.at.value_or(system_wall_clock{}.now());
  auto credits = domain::balance_of(past->state.credits, then);
  print_table({"WHAT", "VALUE"}, {{"organization", past->state.id},
                                  {"name", past->state.name},
                                  {"status", s.subscription_status},
                                  {"tier", s.billing_tier.value_or("-")},
                                  {"credits", std::to_string(credits)},
                                  {"events", std::to_string(past->position.sequence)},
                                  {"head hash", to_hex(past->position.hash)},
                                  {"state hash", to_hex(schemas::state_hash(past->state))}});
  return done;
}

CLI::App* subcommand(CLI::App& audit, const char* name, const char* text, options_ptr given,
                     bool of_one) {
  auto* command = audit.add_subcommand(name, text);
  given->add_with_json_to(*command);
  if (of_one) {
    command->add_option("organization", given->organization, "org_…")->required();
  }
  return command;
}

}  // namespace

void add_audit(CLI::App& root, chosen& run) {
  auto* audit = root.add_subcommand("audit", "Look at the chain of events.");
  audit->require_subcommand(1);
  auto add
    = [&](const char* name, const char* text, bool of_one, int (*action)(const audit_options&)) {
        auto given = std::make_shared<audit_options>();
        auto* command = subcommand(*audit, name, text, given, of_one);
        command->callback([given, action, &run] { run = [=] { return action(*given); }; });
        return std::pair{command, given};
      };
  add("verify",
      "Verify every chain, the log and the head file.\n"
      "Example: bursar audit verify --data ./data",
      false, verify_all);
  auto [line, line_options]
    = add("timeline", "What happened, event by event.\nExample: bursar audit timeline org_acme",
          true, timeline);
  line->add_option("--type", line_options->type, "only events of this type");
  auto [past, past_options] = add("state",
                                  "The state now, or as of a moment.\n"
                                  "Example: bursar audit state org_acme --at 2026-01-31T00:00:00Z",
                                  true, state);
  auto* at
    = past->add_option("--at", past_options->at, "RFC 3339 time; what had been recorded by then");
  past->add_option("--sequence", past_options->sequence, "the number of an event")
    ->check([](const std::string& text) {
      bool counts = text.find_first_not_of('0') != std::string::npos && text.front() != '-';
      return counts ? "" : "must be 1 or more";
    })
    ->excludes(at);
  auto [why, why_options] = add("explain",
                                "Which events led to the subscription status; or how the amounts\n"
                                "of an invoice came about, computed again.\n"
                                "Example: bursar audit explain org_acme --status past_due\n"
                                "Example: bursar audit explain org_acme --invoice in_01a2",
                                true, explain);
  auto* status = why->add_option("--status", why_options->status, "only changes to this status");
  why->add_option("--invoice", why_options->invoice, "the amounts of this invoice")
    ->excludes(status);
}

}  // namespace bursar::app
