// Usage: what is reported, how it adds up, and what an organization is entitled to.
#include "base/ids.hpp"
#include "io/api/ask_many.hpp"
#include "io/api/handlers.hpp"
#include "io/api/organization_calls.hpp"
#include "schemas/usage_requests.hpp"
#include "schemas/usage_views.hpp"

namespace bursar::io::api {
namespace {

constexpr std::int64_t windows_max = 1'000;

error wrong(const char* parameter, std::string what) {
  return {errc::invalid_parameter,
          "the usage cannot be shown",
          {{std::string{"?"} + parameter, std::move(what)}}};
}

result<timestamp> time_of(const char* name, const std::string& text) {
  auto parsed = parse_rfc3339(text);
  return parsed ? result<timestamp>{*parsed} : wrong(name, "must be an RFC 3339 time");
}

// From the window that `start` is in to the one that `end` is in or that ends there; by default
// what is remembered, until now.
result<schemas::usage_question> question_of(const call& c, timestamp now) {
  auto query = query_of(c.request, {"metric", "start", "end", "granularity"});
  if (!query) {
    return query.error();
  }
  schemas::usage_question out;
  if (auto metric = query->find("metric"); metric != query->end()) {
    out.metric = metric->second;
  }
  auto by = query->find("granularity");
  if (by != query->end() && !boost::describe::enum_from_string(by->second.c_str(), out.by)) {
    return wrong("granularity", "must be hour, day or month");
  }
  auto start = query->find("start"), end = query->find("end");
  auto first = start == query->end() ? domain::remembered_since(out.by, now)
                                     : time_of("start", start->second);
  auto last = end == query->end() ? end_of(domain::start_of(now, out.by), out.by)
                                  : time_of("end", end->second);
  if (!first || !last) {
    return first ? last.error() : first.error();
  }
  if (*last < *first) {
    return wrong("end", "must not be before start");
  }
  out.in.start = domain::start_of(*first, out.by);
  out.in.end = domain::start_of(*last, out.by);
  if (out.in.end < *last || out.in.end == out.in.start) {
    out.in.end = domain::end_of(out.in.end, out.by);
  }
  constexpr std::chrono::microseconds shortest{std::chrono::hours{1}};
  auto length = out.by == domain::usage_granularity::hour  ? shortest
                : out.by == domain::usage_granularity::day ? shortest * 24
                                                           : shortest * 24 * 28;
  if ((out.in.end - out.in.start) / length > windows_max) {
    return wrong("start", "must be at most 1000 windows before the end");
  }
  return out;
}

// Counted again from the organization's events.
result<std::string> recount(const persistence::journal& journal, const std::string& organization,
                            const schemas::usage_question& asked, const domain::catalog& catalog) {
  std::map<std::string, domain::counted_usage> counted;
  persistence::sequence_number sequence = 0;
  for (;;) {
    auto page = journal.read(organization, sequence + 1, limits::replay_page_events);
    if (!page) {
      return page.error();
    }
    for (const auto& stored : *page) {
      auto usage = schemas::usage_in(stored.json);
      if (!usage) {
        return usage.error();
      }
      if (*usage) {
        count(**usage, asked.by, asked.in, counted);
      }
      sequence = stored.sequence;
    }
    if (page->size() < limits::replay_page_events) {
      return schemas::render_usage(asked, catalog, counted);
    }
  }
}

const error no_organization{errc::not_found, "no such organization"};

// What each organization said, as one answer.
result<std::string> joined(const std::vector<domain::record_usage>& asked,
                           std::vector<actors::outcome> came, std::vector<std::string> answers) {
  for (std::size_t i = 0; i < came.size(); ++i) {
    const auto& problem = came[i].problem;
    answers.push_back(problem ? schemas::render(schemas::all_rejected(asked[i], *problem))
                              : std::move(came[i].body));
  }
  return schemas::merged_usage(answers);
}

template <class Command>
result<domain::command> command_of_usage(result<Command> read) {
  return read ? result<domain::command>{domain::usage_command{std::move(*read)}} : read.error();
}

}  // namespace

answering record_usage(api& in, call c) {
  auto wanted = command_of_usage(schemas::parse_usage(c.request.body));
  return send_command(in, std::move(c), std::move(wanted));
}

answering record_usage_of_many(api& in, call c) {
  auto key = idempotency_of(c);
  auto wanted = schemas::parse_usage_of_many(c.request.body);
  if (!wanted || !key) {
    co_return refuse(c, wanted ? key.error() : wanted.error());
  }
  std::vector<std::string> answers;
  std::vector<domain::record_usage> asked;
  std::vector<command_of> commands;
  bool is_one = wanted->size() == 1 && wanted->front().usage.items.size() == 1;
  for (auto& x : *wanted) {
    x.usage.part_of_more = !is_one;
    if (is_organization_id(x.organization) && c.who.reaches(x.organization)) {
      asked.push_back(x.usage);
      commands.push_back(
        {x.organization, domain::command{domain::usage_command{std::move(x.usage)}}});
    } else {
      answers.push_back(schemas::render(schemas::all_rejected(x.usage, no_organization)));
    }
  }
  if (is_one && commands.empty()) {
    co_return refuse(c, wanted->front().usage.items.front().problem.value_or(no_organization));
  }
  auto asking = ask_many(in.node(), c, std::move(*key), std::move(commands));
  auto came = co_await std::move(asking);
  if (!came) {
    co_return refuse(c, came.error());
  }
  if (is_one) {
    co_return answer(c, std::move(came->front()));
  }
  auto body = joined(asked, std::move(*came), std::move(answers));
  if (!body) {
    co_return refuse(c, body.error());
  }
  co_return json(std::move(*body));
}

answering get_usage(api& in, call c) {
  auto now = in.clock().now();
  auto asked = question_of(c, now);
  if (!asked) {
    co_return refuse(c, asked.error());
  }
  if (asked->in.start >= domain::remembered_since(asked->by, now)) {
    auto looking = look(in, c, *asked);
    auto came = co_await std::move(looking);
    came.sequence = 0;  // no ETag: it changes with time alone
    co_return answer(c, std::move(came));
  }
  const auto& journal = *in.node().shared().journal;
  history_work work = [&journal, organization = c.parameter("org"), asked = *asked,
                       catalog = in.node().shared().catalog.get()]() -> result<std::string> {
    auto head = journal.head(organization);
    if (!head || !*head) {
      return head ? no_organization : head.error();
    }
    return recount(journal, organization, asked, *catalog);
  };
  auto running = read_history(in, std::move(c), actors::node::extent::chain, std::move(work));
  auto out = co_await std::move(running);
  co_return out;
}

answering check_access(api& in, call c) {
  auto checks = schemas::parse_checks(c.request.body);
  if (!checks) {
    co_return refuse(c, checks.error());
  }
  schemas::access_question asked{std::move(*checks)};
  auto looking = look(in, c, std::move(asked));
  auto came = co_await std::move(looking);
  came.sequence = 0;  // no ETag: periods end, and meters change
  co_return answer(c, std::move(came));
}

answering get_entitlements(api& in, call c) {
  if (auto query = query_of(c.request, {}); !query) {
    co_return refuse(c, query.error());
  }
  auto looking = look(in, c, schemas::view::entitlements);
  auto came = co_await std::move(looking);
  came.sequence = 0;  // no ETag: periods end, and meters change
  co_return answer(c, std::move(came));
}

answering update_entitlements(api& in, call c) {
  auto wanted = command_of_usage(schemas::parse_entitlements(c.request.body));
  return send_command(in, std::move(c), std::move(wanted));
}

}  // namespace bursar::io::api
