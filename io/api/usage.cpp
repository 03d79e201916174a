// Usage: what is reported, how it adds up, and what an organization is entitled to.
#include "base/ids.hpp"
#include "io/api/ask_many.hpp"
#include "io/api/handlers.hpp"
#include "io/api/organization_calls.hpp"
#include "schemas/usage_question.hpp"
#include "schemas/usage_requests.hpp"
#include "schemas/usage_views.hpp"

namespace bursar::io::api {
namespace {

result<schemas::usage_question> question_of(const call& c, timestamp now) {
  auto query = query_of(c.request, {"metric", "start", "end", "granularity", "group_by"});
  if (!query) {
    return query.error();
  }
  auto said = [&query](const char* name) {
    auto found = query->find(name);
    return found == query->end() ? std::nullopt : std::optional{found->second};
  };
  return schemas::question_of(
    {said("metric"), said("start"), said("end"), said("granularity"), said("group_by")}, now);
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
    if (is_organization_id(x.organization) && reaches(*c.who, x.organization)) {
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
  // What it is grouped by is in the journal alone.
  if (!asked->group_by && asked->in.start >= domain::remembered_since(asked->by, now)) {
    auto looking = look(in, c, *asked);
    auto came = co_await std::move(looking);
    came.sequence = 0;  // no ETag: it changes with time alone
    co_return answer(c, std::move(came));
  }
  const auto& journal = *in.node().shared().journal;
  history_work work = [&journal, organization = c.parameter("org"), asked = *asked,
                       catalog = in.node().shared().catalog.get()]() -> result<std::string> {
    auto counted = schemas::recount(
      [&](std::uint64_t from, std::size_t most) { return journal.read(organization, from, most); },
      asked);
    return counted ? schemas::render_usage(asked, *catalog, *counted) : counted.error();
  };
  auto running = read_history(in, std::move(c), actors::node::extent::chain, std::move(work));
  auto out = co_await std::move(running);
  co_return out;
}

answering get_usage_trends(api& in, call c) {
  auto query = query_of(c.request, {"metric"});
  if (!query) {
    co_return refuse(c, query.error());
  }
  schemas::trend_question asked;
  if (auto metric = query->find("metric"); metric != query->end()) {
    asked.metric = metric->second;
  }
  auto looking = look(in, c, std::move(asked));
  auto came = co_await std::move(looking);
  came.sequence = 0;  // no ETag: it changes with time alone
  co_return answer(c, std::move(came));
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
