// The catalog: read from what the CATALOG publishes, changed through it.
#include "io/api/ask.hpp"
#include "io/api/handlers.hpp"
#include "schemas/requests.hpp"

namespace bursar::io::api {
namespace {

answering send(api& in, call c, domain::catalog_command command) {
  auto key = idempotency_of(c);
  if (!key) {
    co_return refuse(c, key.error());
  }
  auto r = std::make_shared<actors::basic_request<domain::catalog_command>>();
  r->command = std::move(command);
  r->caller = caller_of(c);
  r->idempotency = std::move(*key);
  auto asking = ask(in.node(), std::move(r));
  auto came = co_await std::move(asking);
  co_return answer(c, std::move(came));
}

}  // namespace

// Creates what the body says.
template <class Value>
answering create_in_catalog(api& in, call c) {
  auto value = schemas::parse_catalog_value<Value>(c.request.body);
  if (!value) {
    co_return refuse(c, value.error());
  }
  domain::catalog_command command = domain::put<Value>{std::move(*value), {}};
  auto sending = send(in, std::move(c), std::move(command));
  auto out = co_await std::move(sending);
  co_return out;
}

// Changes what the body says of the one that the path names.
template <class Value>
answering update_in_catalog(api& in, call c) {
  auto catalog = in.node().shared().catalog.get();
  const auto& all = (*catalog).*domain::kept_in<Value>;
  auto base = all.find(c.parameter("id"));
  if (base == all.end()) {
    error why{errc::not_found, "the catalog has no " + c.parameter("id")};
    co_return refuse(c, why);
  }
  auto value = schemas::parse_catalog_changes<Value>(c.request.body, base->second);
  if (!value) {
    co_return refuse(c, value.error());
  }
  domain::catalog_command command = domain::put<Value>{std::move(*value), base->second};
  auto sending = send(in, std::move(c), std::move(command));
  auto out = co_await std::move(sending);
  co_return out;
}

template <class Value>
answering list_catalog(api& in, call c) {
  auto catalog = in.node().shared().catalog.get();
  const auto& of = (*catalog).*domain::kept_in<Value>;
  auto wanted = page_of(c);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  auto at = of.upper_bound(wanted->after);
  std::vector<std::string> rows;
  std::string last;
  for (; at != of.end() && rows.size() < wanted->limit; ++at) {
    rows.push_back(schemas::render_catalog_value(at->second));
    last = at->first;
  }
  std::optional<std::string> next;
  if (at != of.end()) {
    next = make_cursor(c, "", last);
  }
  co_return json(schemas::render_list(rows, next));
}

template <class Value>
answering get_from_catalog(api& in, call c) {
  auto catalog = in.node().shared().catalog.get();
  const auto& of = (*catalog).*domain::kept_in<Value>;
  if (auto query = query_of(c.request, {}); !query) {
    co_return refuse(c, query.error());
  }
  auto found = of.find(c.parameter("id"));
  if (found == of.end()) {
    error why{errc::not_found, "the catalog has no " + c.parameter("id")};
    co_return refuse(c, why);
  }
  co_return json(schemas::render_catalog_value(found->second));
}

template answering create_in_catalog<domain::plan>(api&, call);
template answering list_catalog<domain::plan>(api&, call);
template answering get_from_catalog<domain::plan>(api&, call);
template answering update_in_catalog<domain::plan>(api&, call);
template answering create_in_catalog<domain::credit_product>(api&, call);
template answering list_catalog<domain::credit_product>(api&, call);
template answering get_from_catalog<domain::credit_product>(api&, call);
template answering update_in_catalog<domain::credit_product>(api&, call);
template answering create_in_catalog<domain::coupon>(api&, call);
template answering list_catalog<domain::coupon>(api&, call);
template answering get_from_catalog<domain::coupon>(api&, call);
template answering update_in_catalog<domain::coupon>(api&, call);
template answering create_in_catalog<domain::tax_rate>(api&, call);
template answering list_catalog<domain::tax_rate>(api&, call);
template answering get_from_catalog<domain::tax_rate>(api&, call);
template answering update_in_catalog<domain::tax_rate>(api&, call);
template answering create_in_catalog<domain::legal_entity>(api&, call);
template answering list_catalog<domain::legal_entity>(api&, call);
template answering get_from_catalog<domain::legal_entity>(api&, call);
template answering update_in_catalog<domain::legal_entity>(api&, call);
template answering create_in_catalog<domain::meter>(api&, call);
template answering list_catalog<domain::meter>(api&, call);
template answering get_from_catalog<domain::meter>(api&, call);
template answering update_in_catalog<domain::meter>(api&, call);

}  // namespace bursar::io::api
