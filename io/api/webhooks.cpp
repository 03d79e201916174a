// Webhooks in, and what operators see of them.
#include "base/log.hpp"
#include "io/api/ask.hpp"
#include "io/api/handlers.hpp"
#include "io/api/stored_webhook.hpp"
#include "schemas/requests.hpp"

namespace bursar::io::api {
namespace {

struct inbox_page {
  std::vector<std::string> rows;
  std::optional<std::string> next;
};

using inbox_reading = std::function<result<inbox_page>(std::string, std::size_t)>;

// Rows of the inbox in the order of their keys; `keep` decides and renders.
template <class Keep>
result<inbox_page> read_rows(const persistence::journal& journal, persistence::column in,
                             const std::string& prefix, std::string after, std::size_t limit,
                             Keep keep) {
  inbox_page out;
  for (;;) {
    auto found = journal.scan(in, prefix, after, limits::page_size_max);
    if (!found) {
      return found.error();
    }
    for (const auto& record : *found) {
      if (out.rows.size() == limit) {
        out.next = after;
        return out;
      }
      after = record.key;
      if (auto row = keep(record)) {
        out.rows.push_back(std::move(*row));
      }
    }
    if (found->size() < limits::page_size_max) {
      return out;
    }
  }
}

answering list_rows(api& in, call c, std::string filters, std::map<std::string, std::string> query,
                    inbox_reading look) {
  auto wanted = page_of(c, query, filters);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  std::function<result<inbox_page>()> work
    = [look, from = *wanted] { return look(from.after, from.limit); };
  auto reading = read<inbox_page>(in.node(), actors::node::extent::page, std::move(work));
  auto page = co_await std::move(reading);
  if (!page) {
    co_return refuse(c, page.error());
  }
  std::optional<std::string> next;
  if (page->next) {
    next = make_cursor(c, filters, *page->next);
  }
  co_return json(schemas::render_list(page->rows, next));
}

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
  const auto& journal = *in.node().shared().journal;
  inbox_reading look = [&journal, status](std::string after, std::size_t n) {
    return read_rows(journal, persistence::column::inbox, inbox_prefix(), std::move(after), n,
                     [&](const persistence::record& record) -> std::optional<std::string> {
                       auto row = schemas::decode_record<schemas::inbox_row>(record.value);
                       if (!row || (status && row->status != *status)) {
                         return std::nullopt;
                       }
                       return schemas::render_inbox_row(*row);
                     });
  };
  auto listing
    = list_rows(in, std::move(c), std::move(filters), std::move(*query), std::move(look));
  auto out = co_await std::move(listing);
  co_return out;
}

answering list_dead_letters(api& in, call c) {
  auto query = query_of(c.request, {"limit", "cursor"});
  if (!query) {
    co_return refuse(c, query.error());
  }
  const auto& journal = *in.node().shared().journal;
  inbox_reading look = [&journal](std::string after, std::size_t n) {
    return read_rows(journal, persistence::column::dead, "", std::move(after), n,
                     [&](const persistence::record& record) -> std::optional<std::string> {
                       auto stored
                         = journal.get(persistence::column::inbox, inbox_prefix() + record.key);
                       if (!stored || !*stored) {
                         return std::nullopt;
                       }
                       auto row = schemas::decode_record<schemas::inbox_row>(**stored);
                       return row ? std::optional{schemas::render_dead_letter(*row)} : std::nullopt;
                     });
  };
  std::string filters;
  auto listing
    = list_rows(in, std::move(c), std::move(filters), std::move(*query), std::move(look));
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
