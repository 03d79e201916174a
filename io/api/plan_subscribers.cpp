// Who subscribes to a plan, and how they come to its newest version: page by page, since a plan may
// have as many subscribers as there are organizations.
#include "io/api/handlers.hpp"
#include "io/api/organization_calls.hpp"
#include "io/api/organization_rows.hpp"
#include "schemas/billing_requests.hpp"
#include "schemas/billing_views.hpp"

namespace bursar::io::api {
namespace {

http::awaitable<result<row_page>> subscribers_of(api& in, const call& c, wanted_page wanted) {
  auto plan = c.parameter("id");
  if (!in.node().shared().catalog.get()->plans.contains(plan)) {
    co_return error{errc::not_found, "the catalog has no " + plan};
  }
  auto reading = read_rows(in, row_filter{{}, plan, {}, {}}, std::move(wanted));
  auto found = co_await std::move(reading);
  co_return found;
}

// One key for all of them, which is one for each.
http::awaitable<actors::outcome> migrate_one(api& in, const call& c,
                                             const std::string& organization,
                                             domain::migrate_plan wanted) {
  auto r = std::make_shared<actors::organization_request>();
  r->stream = organization;
  r->command = domain::command{domain::billing_command{std::move(wanted)}};
  r->caller = caller_of(c);
  r->idempotency = idempotency_of(c).value();
  r->idempotency->key += '\0' + organization;
  auto asking = ask(in.node(), std::move(r));
  auto came = co_await std::move(asking);
  co_return came;
}

}  // namespace

answering list_plan_subscribers(api& in, call c) {
  auto wanted = page_of(c);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  auto reading = subscribers_of(in, c, std::move(*wanted));
  auto found = co_await std::move(reading);
  if (!found) {
    co_return refuse(c, found.error());
  }
  std::vector<std::string> rows;
  for (const auto& row : found->rows) {
    schemas::billing_request about{schemas::billing_view::subscriber, c.parameter("id"), {}};
    auto looking = look(in, c, row.id, std::move(about));
    auto came = co_await std::move(looking);
    if (came.problem && came.problem->code() != errc::not_found) {  // it is Stripe's to bill
      co_return refuse(c, *came.problem);
    }
    if (!came.problem) {
      rows.push_back(std::move(came.body));
    }
  }
  std::optional<std::string> next;
  if (found->next) {
    next = make_cursor(c, "", *found->next);
  }
  co_return json(schemas::render_list(rows, next));
}

answering migrate_plan(api& in, call c) {
  auto wanted = schemas::parse_migration(c.request.body);
  auto key = idempotency_of(c);
  if (!wanted || !key) {
    co_return refuse(c, wanted ? key.error() : wanted.error());
  }
  wanted->command.plan_id = c.parameter("id");
  wanted_page page{wanted->limit, {}};
  if (!wanted->cursor.empty()) {
    page.after = schemas::organization_row_key(wanted->cursor);
  }
  auto reading = subscribers_of(in, c, std::move(page));
  auto found = co_await std::move(reading);
  if (!found) {
    co_return refuse(c, found.error());
  }
  std::vector<std::string> rows;
  for (const auto& row : found->rows) {
    auto migrating = migrate_one(in, c, row.id, wanted->command);
    auto came = co_await std::move(migrating);
    rows.push_back(schemas::render_migrated(row.id, came.body, came.problem));
  }
  auto next
    = found->next && !found->rows.empty() ? std::optional{found->rows.back().id} : std::nullopt;
  co_return json(schemas::render_list(rows, next));
}

}  // namespace bursar::io::api
