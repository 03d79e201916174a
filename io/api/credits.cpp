// Credits: what is granted, consumed, held and given back.
#include <charconv>

#include "base/encoding.hpp"
#include "base/ids.hpp"
#include "io/api/ask.hpp"
#include "io/api/handlers.hpp"
#include "io/api/organization_calls.hpp"
#include "io/api/timeline.hpp"
#include "schemas/credit_requests.hpp"
#include "schemas/credit_views.hpp"
#include "schemas/requests.hpp"

namespace bursar::io::api {
namespace {

answering command(api& in, call c, domain::credit_command wanted) {
  auto organization = c.parameter("org");
  auto sending
    = send_command(in, std::move(c), std::move(organization), domain::command{std::move(wanted)});
  auto out = co_await std::move(sending);
  co_return out;
}

// The sequence that "txn_7" says.
std::optional<std::uint64_t> sequence_of(std::string_view transaction_id) {
  constexpr std::string_view prefix = "txn_";
  std::uint64_t out = 0;
  if (!transaction_id.starts_with(prefix)) {
    return std::nullopt;
  }
  auto digits = transaction_id.substr(prefix.size());
  auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  bool whole = wrong == std::errc{} && end == digits.data() + digits.size();
  return whole && domain::transaction_id_of(out) == transaction_id ? std::optional{out}
                                                                   : std::nullopt;
}

using drawn = std::vector<domain::credit_draw>;

http::awaitable<result<drawn>> draws_of(api& in, const call& c) {
  auto sequence = sequence_of(c.parameter("id"));
  if (!sequence) {
    co_return error{errc::not_found, "there is no transaction " + c.parameter("id")};
  }
  const auto& journal = *in.node().shared().journal;
  std::function<result<drawn>()> work
    = [&journal, stream = c.parameter("org"), id = c.parameter("id"),
       at = *sequence]() -> result<drawn> {
    auto page = journal.read(stream, at, 1);
    if (!page) {
      return page.error();
    }
    if (page->empty()) {
      return error{errc::not_found, "there is no transaction " + id};
    }
    return schemas::draws_of(page->front().json);
  };
  auto reading = read<drawn>(in.node(), actors::node::extent::page, std::move(work));
  auto out = co_await std::move(reading);
  co_return out;
}

}  // namespace

answering consume_credits(api& in, call c) {
  auto wanted = schemas::parse_consumption(c.request.body);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  auto sending = command(in, std::move(c), std::move(*wanted));
  auto out = co_await std::move(sending);
  co_return out;
}

answering grant_credits(api& in, call c) {
  auto wanted = schemas::parse_grant(c.request.body);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  domain::grant_credits granting{make_id("grant_", in.clock().now()), std::move(*wanted)};
  auto sending = command(in, std::move(c), std::move(granting));
  auto out = co_await std::move(sending);
  co_return out;
}

answering hold_credits(api& in, call c) {
  auto wanted = schemas::parse_hold(c.request.body);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  auto now = in.clock().now();
  domain::hold_credits holding{make_id("hold_", now), std::move(wanted->use),
                               now + wanted->expires_in};
  auto sending = command(in, std::move(c), std::move(holding));
  auto out = co_await std::move(sending);
  co_return out;
}

answering confirm_hold(api& in, call c) {
  auto amount = schemas::parse_confirmation(c.request.body);
  if (!amount) {
    co_return refuse(c, amount.error());
  }
  domain::confirm_hold confirming{c.parameter("id"), *amount};
  auto sending = command(in, std::move(c), std::move(confirming));
  auto out = co_await std::move(sending);
  co_return out;
}

answering release_hold(api& in, call c) {
  if (auto good = schemas::parse_nothing(c.request.body); !good) {
    co_return refuse(c, good.error());
  }
  domain::release_hold releasing{c.parameter("id")};
  auto sending = command(in, std::move(c), std::move(releasing));
  auto out = co_await std::move(sending);
  co_return out;
}

answering reverse_transaction(api& in, call c) {
  auto wanted = schemas::parse_reversal(c.request.body);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  auto reading = draws_of(in, c);
  auto draws = co_await std::move(reading);
  if (!draws) {
    co_return refuse(c, draws.error());
  }
  domain::reverse_consumption reversing{c.parameter("id"), std::move(*draws), wanted->amount,
                                        std::move(wanted->reason)};
  auto sending = command(in, std::move(c), std::move(reversing));
  auto out = co_await std::move(sending);
  co_return out;
}

answering reverse_grant(api& in, call c) {
  auto wanted = schemas::parse_reversal(c.request.body);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  domain::reverse_grant reversing{c.parameter("id"), wanted->amount, std::move(wanted->reason)};
  auto sending = command(in, std::move(c), std::move(reversing));
  auto out = co_await std::move(sending);
  co_return out;
}

answering list_transactions(api& in, call c) {
  auto wanted = page_of(c);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  auto from
    = wanted->after.empty() ? std::optional<std::uint64_t>{0} : from_big_endian(wanted->after);
  if (!from) {
    error why{errc::invalid_cursor, "the cursor is damaged"};
    co_return refuse(c, why);
  }
  const auto& journal = *in.node().shared().journal;
  timeline_page page{{}, *from, wanted->limit};
  history_work work = [&journal, c, page] {
    return read_timeline(
      journal, c, [](const auto& stored) { return schemas::render_transaction(stored.json); },
      page);
  };
  auto running = read_history(in, std::move(c), actors::node::extent::chain, std::move(work));
  auto out = co_await std::move(running);
  co_return out;
}

}  // namespace bursar::io::api
