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

template <class Body, class Make>
result<domain::command> made_of(result<Body> body, Make make) {
  return body ? result<domain::command>{domain::credit_command{make(std::move(*body))}}
              : body.error();
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
  return whole && out > 0 && domain::transaction_id_of(out) == transaction_id ? std::optional{out}
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
  auto wanted
    = made_of(schemas::parse_consumption(c.request.body), [](auto consuming) { return consuming; });
  return send_command(in, std::move(c), std::move(wanted));
}

answering grant_credits(api& in, call c) {
  auto wanted = made_of(schemas::parse_grant(c.request.body), [&](domain::credit_grant grant) {
    return domain::grant_credits{make_id("grant_", in.clock().now()), std::move(grant)};
  });
  return send_command(in, std::move(c), std::move(wanted));
}

answering hold_credits(api& in, call c) {
  auto wanted = made_of(schemas::parse_hold(c.request.body), [&](schemas::wanted_hold hold) {
    auto now = in.clock().now();
    return domain::hold_credits{make_id("hold_", now), std::move(hold.use), now + hold.expires_in};
  });
  return send_command(in, std::move(c), std::move(wanted));
}

answering confirm_hold(api& in, call c) {
  auto wanted = made_of(schemas::parse_confirmation(c.request.body), [&](auto amount) {
    return domain::confirm_hold{c.parameter("id"), amount};
  });
  return send_command(in, std::move(c), std::move(wanted));
}

answering release_hold(api& in, call c) {
  domain::credit_command releasing = domain::release_hold{c.parameter("id")};
  result<domain::command> wanted{domain::command{std::move(releasing)}};
  if (auto good = schemas::parse_nothing(c.request.body); !good) {
    wanted = good.error();
  }
  return send_command(in, std::move(c), std::move(wanted));
}

answering list_holds(api& in, call c) {
  return ask_list(in, std::move(c), schemas::listing::holds);
}

answering transfer_credits(api& in, call c) {
  auto wanted = made_of(schemas::parse_transfer(c.request.body), [&](auto transfer) {
    transfer.transfer_id = make_id("transfer_", in.clock().now());
    return transfer;
  });
  return send_command(in, std::move(c), std::move(wanted));
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
  domain::credit_command taking_back = domain::reverse_consumption{
    c.parameter("id"), std::move(*draws), wanted->amount, std::move(wanted->reason)};
  result<domain::command> reversing{domain::command{std::move(taking_back)}};
  auto sending = send_command(in, std::move(c), std::move(reversing));
  auto out = co_await std::move(sending);
  co_return out;
}

answering reverse_grant(api& in, call c) {
  auto wanted
    = made_of(schemas::parse_reversal(c.request.body), [&](schemas::wanted_reversal body) {
        return domain::reverse_grant{c.parameter("id"), body.amount, std::move(body.reason)};
      });
  return send_command(in, std::move(c), std::move(wanted));
}

answering list_transactions(api& in, call c) {
  auto wanted = numbered(page_of(c));
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  const auto& journal = *in.node().shared().journal;
  timeline_page page{{}, wanted->after, wanted->limit};
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
