// The catalog: read from what the CATALOG publishes, changed through it.
#include "actors/singletons.hpp"
#include "base/encoding.hpp"
#include "io/api/ask.hpp"
#include "io/api/handlers.hpp"
#include "io/api/organization_calls.hpp"
#include "schemas/catalog_history.hpp"
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

// A page of what is kept by id.
template <class Value, class Render>
http::response list_page(const call& c, const std::map<std::string, Value>& of, Render render) {
  auto wanted = page_of(c);
  if (!wanted) {
    return refuse(c, wanted.error());
  }
  auto at = of.upper_bound(wanted->after);
  std::vector<std::string> rows;
  std::string last;
  for (; at != of.end() && rows.size() < wanted->limit; ++at) {
    rows.push_back(render(at->second));
    last = at->first;
  }
  std::optional<std::string> next;
  if (at != of.end()) {
    next = make_cursor(c, "", last);
  }
  return json(schemas::render_list(rows, next));
}

struct price_of_plan {
  const domain::plan* plan = nullptr;
  std::int64_t version = 1;
  const domain::plan_price* price = nullptr;
};

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
  co_return list_page(c, of, [](const Value& x) { return schemas::render_catalog_value(x); });
}

namespace {

answering put_price(api& in, call c, result<domain::put_price> wanted) {
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  auto sending = send(in, std::move(c), std::move(*wanted));
  auto out = co_await std::move(sending);
  co_return out;
}

}  // namespace

answering add_price(api& in, call c) {
  auto wanted = schemas::parse_price(c.request.body);
  return put_price(in, std::move(c), std::move(wanted));
}

answering change_price(api& in, call c) {
  auto catalog = in.node().shared().catalog.get();
  auto wanted = schemas::parse_price_changes(c.request.body, *catalog);
  return put_price(in, std::move(c), std::move(wanted));
}

// What every plan costs, in one list. A price is part of its plan, and makes a new version of it.
answering list_prices(api& in, call c) {
  auto catalog = in.node().shared().catalog.get();
  std::map<std::string, price_of_plan> all;
  for (const auto& [id, plan] : catalog->plans) {
    auto version = catalog->plan_versions.at(id);
    for (std::size_t i = 0; i < plan.prices.size(); ++i) {
      all.emplace(id + '\0' + big_endian(i), price_of_plan{&plan, version, &plan.prices[i]});
    }
  }
  co_return list_page(c, all, [](const price_of_plan& x) {
    return schemas::render_price(*x.plan, x.version, *x.price);
  });
}

answering list_plan_versions(api& in, call c) {
  auto wanted = numbered(page_of(c));
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  const auto& journal = *in.node().shared().journal;
  history_work work
    = [&journal, c, from = wanted->after, limit = wanted->limit]() -> result<std::string> {
    auto rows
      = schemas::read_plan_versions([&](const std::string& stream, std::uint64_t first,
                                        std::size_t n) { return journal.read(stream, first, n); },
                                    c.parameter("id"));
    if (!rows) {
      return rows.error();
    }
    if (rows->empty()) {
      return error{errc::not_found, "the catalog has no " + c.parameter("id")};
    }
    auto begin = std::min<std::size_t>(from, rows->size());
    auto end = std::min(begin + limit, rows->size());
    std::optional<std::string> next;
    if (end < rows->size()) {
      next = make_cursor(c, "", big_endian(end));
    }
    return schemas::render_list({rows->begin() + static_cast<std::ptrdiff_t>(begin),
                                 rows->begin() + static_cast<std::ptrdiff_t>(end)},
                                next);
  };
  auto running = read_stream(in, std::move(c), actors::catalog_stream, actors::node::extent::chain,
                             std::move(work));
  auto out = co_await std::move(running);
  co_return out;
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
template answering create_in_catalog<domain::credit_event>(api&, call);
template answering list_catalog<domain::credit_event>(api&, call);
template answering get_from_catalog<domain::credit_event>(api&, call);
template answering update_in_catalog<domain::credit_event>(api&, call);

}  // namespace bursar::io::api
