// What happened to an organization: its chain, its state as of a moment, its verification. Read
// from the journal alone, on a thread that may block.
#include "schemas/history.hpp"

#include <charconv>

#include "actors/audit.hpp"
#include "base/encoding.hpp"
#include "io/api/ask.hpp"
#include "io/api/handlers.hpp"
#include "io/api/organization_calls.hpp"
#include "io/api/timeline.hpp"
#include "schemas/event_codec.hpp"
#include "schemas/explanation.hpp"

namespace bursar::io::api {
namespace {

error no_organization() {
  return {errc::not_found, "no such organization"};
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  bool whole = problem == std::errc{} && end == text.data() + text.size();
  return whole ? std::optional{out} : std::nullopt;
}

struct timeline_filter {
  std::optional<std::string> type;
  std::optional<timestamp> from, to;
  result<std::optional<std::string>> row_of(const persistence::stored_event& stored) const {
    auto e = schemas::decode_envelope(stored.json);
    if (!e) {
      return e.error();
    }
    bool passes = (!type || e->type == *type) && (!from || e->recorded_at >= *from)
                  && (!to || e->recorded_at < *to);
    return passes ? std::optional{schemas::render_event(stored.json, stored.previous, stored.hash)}
                  : std::nullopt;
  }
};

}  // namespace

answering list_events(api& in, call c) {
  auto query = query_of(c.request, {"limit", "cursor", "after", "type", "from", "to"});
  if (!query) {
    co_return refuse(c, query.error());
  }
  timeline_filter filter;
  std::uint64_t after = 0;
  std::string filters;
  for (const auto& [name, value] : *query) {
    error wrong{
      errc::invalid_parameter,
      "a filter is not valid",
      {{"?" + name, name == "after" ? "must be a sequence" : "must be an RFC 3339 time"}}};
    if (name == "after") {
      auto sequence = number(value);
      if (!sequence) {
        co_return refuse(c, wrong);
      }
      after = *sequence;
    } else if (name == "from" || name == "to") {
      auto moment = parse_rfc3339(value);
      if (!moment) {
        co_return refuse(c, wrong);
      }
      (name == "from" ? filter.from : filter.to) = *moment;
    } else if (name == "type") {
      filter.type = value;
    }
    if (name != "cursor" && name != "limit") {
      filters += name + '=' + value + '\n';
    }
  }
  auto wanted = numbered(page_of(c, *query, filters));
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  after = query->contains("cursor") ? wanted->after : after;
  const auto& journal = *in.node().shared().journal;
  timeline_page page{filters, after, wanted->limit};
  history_work work = [&journal, c, filter, page] {
    return read_timeline(
      journal, c, [&](const auto& stored) { return filter.row_of(stored); }, page);
  };
  bool whole = filter.type || filter.from || filter.to;
  auto what = whole ? actors::node::extent::chain : actors::node::extent::page;
  auto running = read_history(in, std::move(c), what, std::move(work));
  auto out = co_await std::move(running);
  co_return out;
}

answering get_state(api& in, call c) {
  auto query = query_of(c.request, {"at", "sequence"});
  if (!query) {
    co_return refuse(c, query.error());
  }
  schemas::history_point point;
  for (const auto& [name, value] : *query) {
    error wrong{errc::invalid_parameter,
                "the moment is not valid",
                {{"?" + name, name == "at" ? "must be an RFC 3339 time" : "must be a sequence"}}};
    if (name == "at") {
      point.at = parse_rfc3339(value);
    } else {
      point.sequence = number(value);
    }
    if (!point.at && !point.sequence) {
      co_return refuse(c, wrong);
    }
  }
  if (query->size() == 2) {
    error why{errc::invalid_parameter, "say either at or sequence", {{"?at", "comes alone"}}};
    co_return refuse(c, why);
  }
  auto stream = c.parameter("org");
  if (query->empty()) {
    auto looking = look(in, c, schemas::view::state);
    auto came = co_await std::move(looking);
    co_return answer(c, std::move(came));
  }
  auto& shared = in.node().shared();
  history_work work = [&shared, stream, point]() -> result<std::string> {
    auto past = schemas::replay_until(
      [&](std::uint64_t from, std::size_t limit) {
        return shared.journal->read(stream, from, limit);
      },
      point);
    if (!past) {
      return past.error();
    }
    if (past->state.id.empty()) {
      return no_organization();
    }
    return schemas::render(schemas::view::state, past->state, past->position, *shared.catalog.get(),
                           {});
  };
  auto running = read_history(in, std::move(c), actors::node::extent::chain, std::move(work));
  auto out = co_await std::move(running);
  co_return out;
}

answering explain_invoice(api& in, call c) {
  if (auto query = query_of(c.request, {}); !query) {
    co_return refuse(c, query.error());
  }
  const auto& journal = *in.node().shared().journal;
  auto organization = c.parameter("org");
  auto id = c.parameter("id");
  history_work work = [&journal, organization, id]() -> result<std::string> {
    auto told = schemas::explain_invoice(
      [&](const std::string& stream, std::uint64_t from, std::size_t limit) {
        return journal.read(stream, from, limit);
      },
      organization, id);
    return told ? result<std::string>{schemas::render_explanation(*told)} : told.error();
  };
  auto running = read_history(in, std::move(c), actors::node::extent::chain, std::move(work));
  auto out = co_await std::move(running);
  co_return out;
}

answering verify_organization(api& in, call c) {
  auto query = query_of(c.request, {});
  if (!query) {
    co_return refuse(c, query.error());
  }
  const auto& shared = in.node().shared();
  auto stream = c.parameter("org");
  history_work work = [&shared, stream]() -> result<std::string> {
    auto verdict = actors::verify_chain(shared, stream);
    if (!verdict) {
      return verdict.error();
    }
    return schemas::render_verification(verdict->events, verdict->head_hash, verdict->fault);
  };
  auto running = read_history(in, std::move(c), actors::node::extent::chain, std::move(work));
  auto out = co_await std::move(running);
  co_return out;
}

}  // namespace bursar::io::api
