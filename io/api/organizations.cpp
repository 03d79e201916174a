// Organizations and what is seen of one through its actor.
#include "base/encoding.hpp"
#include "base/ids.hpp"
#include "io/api/ask.hpp"
#include "io/api/handlers.hpp"
#include "io/api/organization_calls.hpp"
#include "io/api/organization_rows.hpp"
#include "schemas/requests.hpp"

namespace bursar::io::api {
namespace {

answering ask_view(api& in, call c, schemas::view what) {
  auto query = query_of(c.request, {});
  if (!query) {
    co_return refuse(c, query.error());
  }
  auto looking = look(in, c, what);
  auto came = co_await std::move(looking);
  if (what == schemas::view::access || what == schemas::view::summary) {
    came.sequence = 0;  // no ETag: what may be done depends on the catalog too
  }
  co_return answer(c, std::move(came));
}

}  // namespace

answering create_organization(api& in, call c) {
  auto command = schemas::parse_create_organization(c.request.body);
  if (!command) {
    co_return refuse(c, command.error());
  }
  if (!command->id.empty() && !is_organization_id(command->id)) {
    error why{errc::invalid_parameter,
              "the organization is not valid",
              {{"/id", "must be org_ and 1 to 64 of A-Z a-z 0-9 _ -"}}};
    co_return refuse(c, why);
  }
  if (command->id.empty()) {
    // The same key makes the same id, so that a repetition finds the first one's answer.
    auto key = idempotency_of(c);
    if (!key) {
      co_return refuse(c, key.error());
    }
    auto digest = sha256(key->key);
    command->id = "org_" + to_hex(std::span{digest}.first(16));
  }
  auto id = command->id;
  domain::command wanted{std::move(*command)};
  auto sending = send_command(in, std::move(c), std::move(id), std::move(wanted));
  auto out = co_await std::move(sending);
  co_return out;
}

answering list_organizations(api& in, call c) {
  auto query = query_of(c.request, {"limit", "cursor", "status", "plan", "q"});
  if (!query) {
    co_return refuse(c, query.error());
  }
  auto of = [&query](const char* name) {
    auto found = query->find(name);
    return found == query->end() ? std::nullopt : std::optional{found->second};
  };
  row_filter filter{of("status"), of("plan"), of("q"), c.who->organization_id};
  auto filters
    = filter.status.value_or("") + '\n' + filter.plan.value_or("") + '\n' + filter.q.value_or("");
  auto wanted = page_of(c, *query, filters);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  auto reading = read_rows(in, filter, *wanted);
  auto found = co_await std::move(reading);
  if (!found) {
    co_return refuse(c, found.error());
  }
  std::optional<std::string> next;
  if (found->next) {
    next = make_cursor(c, filters, *found->next);
  }
  std::vector<std::string> rows;
  for (const auto& row : found->rows) {
    rows.push_back(schemas::render_organization_row(row));
  }
  co_return json(schemas::render_list(rows, next));
}

answering update_organization(api& in, call c) {
  auto command = schemas::parse_update_organization(c.request.body);
  if (!command) {
    co_return refuse(c, command.error());
  }
  if (command->stripe_customer_ids && c.who->role != domain::role::platform_admin) {
    error why{errc::forbidden, "claiming customers needs the role platform_admin"};
    co_return refuse(c, why);
  }
  if (command->legal_entity_id && c.who->role != domain::role::platform_admin) {
    error why{errc::forbidden, "choosing the legal entity needs the role platform_admin"};
    co_return refuse(c, why);
  }
  auto id = c.parameter("org");
  domain::command wanted{std::move(*command)};
  auto sending = send_command(in, std::move(c), std::move(id), std::move(wanted));
  auto out = co_await std::move(sending);
  co_return out;
}

answering get_organization(api& in, call c) {
  return ask_view(in, std::move(c), schemas::view::organization);
}
// Asked with every request of the product: most often the organization's last answer still holds.
answering get_access(api& in, call c) {
  const auto& shared = in.node().shared();
  if (c.request.query.empty()) {
    auto told
      = shared.access_answers.find(c.parameter("org"), shared.catalog.version(), c.at, c.came);
    if (told) {
      co_return json(std::move(*told));
    }
  }
  auto asking = ask_view(in, std::move(c), schemas::view::access);
  auto out = co_await std::move(asking);
  co_return out;
}
answering list_subscriptions(api& in, call c) {
  return ask_list(in, std::move(c), schemas::listing::subscriptions);
}
answering get_stripe_mirror(api& in, call c) {
  return ask_view(in, std::move(c), schemas::view::mirror);
}
answering get_credits(api& in, call c) {
  return ask_view(in, std::move(c), schemas::view::credits);
}
answering get_summary(api& in, call c) {
  return ask_view(in, std::move(c), schemas::view::summary);
}
answering list_history(api& in, call c) {
  return ask_list(in, std::move(c), schemas::listing::history);
}
answering list_refunds(api& in, call c) {
  return ask_list(in, std::move(c), schemas::listing::refunds);
}
answering list_disputes(api& in, call c) {
  return ask_list(in, std::move(c), schemas::listing::disputes);
}
answering list_credit_notes(api& in, call c) {
  return ask_list(in, std::move(c), schemas::listing::credit_notes);
}
answering list_payments(api& in, call c) {
  return ask_list(in, std::move(c), schemas::listing::payments);
}
answering list_balances(api& in, call c) {
  return ask_list(in, std::move(c), schemas::listing::balances);
}

}  // namespace bursar::io::api
