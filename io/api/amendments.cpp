// Usage that is put right: amendments are drafted, applied and reverted.
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "domain/usage_recount.hpp"
#include "io/api/ask.hpp"
#include "io/api/handlers.hpp"
#include "io/api/organization_calls.hpp"
#include "schemas/amended_usage.hpp"
#include "schemas/requests.hpp"
#include "schemas/usage_requests.hpp"
#include "schemas/usage_views.hpp"

namespace bursar::io::api {
namespace {

// What it would come to is counted before it is sent, and only caught up with there.
http::awaitable<result<void>> count_again(api& in, call& c, domain::amend_usage& wanted) {
  auto place = in.chains().enter(c.parameter("org"));
  if (!place) {
    c.rate_limit = limits::chain_readings_max;
    co_return error{errc::rate_limited, "too many readings of this history at a time"};
  }
  auto made = std::make_shared<domain::usage_recount>(wanted);
  const auto& journal = *in.node().shared().journal;
  std::function<result<bool>()> work
    = [&journal, made, organization = c.parameter("org")]() -> result<bool> {
    auto counted = schemas::recount(
      [&](std::uint64_t from, std::size_t most) { return journal.read(organization, from, most); },
      *made);
    return counted ? result<bool>{true} : counted.error();
  };
  auto reading = read<bool>(in.node(), actors::node::extent::chain, std::move(work));
  auto counted = co_await std::move(reading);
  if (!counted) {
    co_return counted.error();
  }
  wanted.recount = std::move(made);
  co_return result<void>{};
}

answering send_amendment(api& in, call c, result<domain::amend_usage> wanted) {
  if (wanted && wanted->becomes) {
    auto counting = count_again(in, c, *wanted);
    if (auto counted = co_await std::move(counting); !counted) {
      co_return refuse(c, counted.error());
    }
  }
  auto command
    = wanted ? result<domain::command>{domain::usage_command{std::move(*wanted)}} : wanted.error();
  auto sending = send_command(in, std::move(c), std::move(command));
  auto out = co_await std::move(sending);
  co_return out;
}

answering become(api& in, call c, domain::amendment_status what) {
  if (auto good = schemas::parse_nothing(c.request.body); !good) {
    co_return refuse(c, good.error());
  }
  domain::amend_usage wanted;
  wanted.amendment_id = c.parameter("id");
  wanted.becomes = what;
  auto sending = send_amendment(in, std::move(c), std::move(wanted));
  auto out = co_await std::move(sending);
  co_return out;
}

}  // namespace

answering amend_usage(api& in, call c) {
  auto wanted = schemas::parse_amendment(c.request.body);
  if (wanted) {
    wanted->amendment_id = make_id("amend_", in.clock().now());
  }
  return send_amendment(in, std::move(c), std::move(wanted));
}

answering add_to_usage_amendment(api& in, call c) {
  auto wanted = schemas::parse_staging(c.request.body);
  if (wanted) {
    wanted->amendment_id = c.parameter("id");
  }
  return send_amendment(in, std::move(c), std::move(wanted));
}

answering apply_usage_amendment(api& in, call c) {
  return become(in, std::move(c), domain::amendment_status::applied);
}

answering revert_usage_amendment(api& in, call c) {
  return become(in, std::move(c), domain::amendment_status::reverted);
}

answering list_usage_amendments(api& in, call c) {
  return ask_list(in, std::move(c), schemas::listing::usage_amendments);
}

answering get_usage_amendment(api& in, call c) {
  if (auto query = query_of(c.request, {}); !query) {
    co_return refuse(c, query.error());
  }
  auto looking = look(in, c, schemas::amendment_question{c.parameter("id")});
  auto came = co_await std::move(looking);
  co_return answer(c, std::move(came));
}

}  // namespace bursar::io::api
