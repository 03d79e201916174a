// Webhooks in, and what operators see of them.
#include "base/log.hpp"
#include "io/api/ask.hpp"
#include "io/api/handlers.hpp"
#include "io/api/record_list.hpp"
#include "io/api/stored_webhook.hpp"
#include "schemas/requests.hpp"

namespace bursar::io::api {
namespace {

std::string inbox_prefix() {
  return std::string{"stripe"} + '\0';
}

}  // namespace

answering receive_stripe_webhook(api& in, call c) {
  // What does not verify has a budget of its own: behind a proxy it comes from Stripe's address.
  auto verified = in.verify_stripe(c.request);
  auto& budget = verified ? in.webhooks() : in.unverified_webhooks();
  if (!budget.take(c.request.peer_address, std::chrono::steady_clock::now())) {
    c.rate_limit = in.options().webhooks_per_second;
    error why{errc::rate_limited, "too many webhooks from this address"};
    co_return refuse(c, why);
  }
  if (!verified) {
    co_return refuse(c, verified.error());
  }
  auto event = stripe::normalise(c.request.body, in.options().adapter);
  if (!event) {
    co_return refuse(c, event.error());
  }
  auto body = std::make_shared<std::string>(std::move(c.request.body));
  auto seen = std::make_shared<domain::stripe::event>(std::move(*event));
  std::function<void(actors::reply_to)> send
    = [&in, body, seen, id = c.request.request_id](actors::reply_to reply) {
        in.node().deliver(std::move(*seen), std::move(*body), id, std::move(reply));
      };
  auto asking = ask(std::move(send));
  auto came = co_await std::move(asking);
  co_return answer(c, std::move(came));
}

answering list_inbox(api& in, call c) {
  auto query = query_of(c.request, {"limit", "cursor", "status"});
  if (!query) {
    co_return refuse(c, query.error());
  }
  std::optional<domain::webhook_status> status;
  std::string filters;
  if (auto wanted = query->find("status"); wanted != query->end()) {
    filters = wanted->second;
    domain::webhook_status parsed{};
    if (!boost::describe::enum_from_string(filters.c_str(), parsed)) {
      error why{errc::invalid_parameter,
                "the status is not valid",
                {{"?status", "must be applied, ignored, parked or dead"}}};
      co_return refuse(c, why);
    }
    status = parsed;
  }
  record_list wanted{persistence::column::inbox, inbox_prefix(), std::move(filters), {}};
  wanted.row_of = [status](const persistence::record& record) -> std::optional<std::string> {
    auto row = schemas::decode_record<schemas::inbox_row>(record.value);
    bool passes = row && (!status || row->status == *status);
    return passes ? std::optional{schemas::render_inbox_row(*row)} : std::nullopt;
  };
  auto listing = list_records(in, std::move(c), std::move(*query), std::move(wanted));
  auto out = co_await std::move(listing);
  co_return out;
}

answering list_dead_letters(api& in, call c) {
  auto query = query_of(c.request, {"limit", "cursor"});
  if (!query) {
    co_return refuse(c, query.error());
  }
  const auto& journal = *in.node().shared().journal;
  record_list wanted{persistence::column::dead, {}, {}, {}};
  wanted.row_of = [&journal](const persistence::record& record) -> std::optional<std::string> {
    auto stored = journal.get(persistence::column::inbox, inbox_prefix() + record.key);
    if (!stored || !*stored) {
      return std::nullopt;
    }
    auto row = schemas::decode_record<schemas::inbox_row>(**stored);
    return row ? std::optional{schemas::render_dead_letter(*row)} : std::nullopt;
  };
  auto listing = list_records(in, std::move(c), std::move(*query), std::move(wanted));
  auto out = co_await std::move(listing);
  co_return out;
}

answering replay_dead_letter(api& in, call c) {
  auto nothing = schemas::parse_nothing(c.request.body);
  if (!nothing) {
    co_return refuse(c, nothing.error());
  }
  auto key = idempotency_of(c);
  if (!key) {
    co_return refuse(c, key.error());
  }
  auto r = std::make_shared<actors::basic_request<domain::inbox_command>>();
  r->caller = caller_of(c);
  r->idempotency = std::move(*key);
  std::function<void(actors::reply_to)> send
    = [&in, r, id = c.parameter("id")](actors::reply_to reply) {
        r->reply = std::move(reply);
        bool queued = in.node().read(actors::node::extent::page, [&in, r, id] {
          auto event = read_webhook_again(*in.node().shared().journal, id, in.options().adapter);
          if (!event) {
            r->reply.answer(actors::outcome::failed(event.error()));
            return;
          }
          r->command = domain::replay_webhook{id, std::move(*event)};
          in.node().ask(r);
        });
        if (!queued) {
          r->reply.answer(actors::outcome::failed({errc::overloaded, "too many readings wait"}));
        }
      };
  auto asking = ask(std::move(send));
  auto came = co_await std::move(asking);
  co_return answer(c, std::move(came));
}

}  // namespace bursar::io::api
