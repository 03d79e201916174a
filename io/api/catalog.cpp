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

// Creates what the body says.
template <class Command, class Parse>
answering create(api& in, call c, Parse parse) {
  auto value = parse(c.request.body);
  if (!value) {
    co_return refuse(c, value.error());
  }
  domain::catalog_command command = Command{std::move(*value)};
  auto sending = send(in, std::move(c), std::move(command));
  auto out = co_await std::move(sending);
  co_return out;
}

// Changes what the body says of the one that the path names.
template <class Command, class Map, class Parse>
answering update(api& in, call c, Map domain::catalog::*of, Parse parse) {
  auto catalog = in.node().shared().catalog.get();
  const auto& all = (*catalog).*of;
  auto base = all.find(c.parameter("id"));
  if (base == all.end()) {
    error why{errc::not_found, "the catalog has no " + c.parameter("id")};
    co_return refuse(c, why);
  }
  auto value = parse(c.request.body, base->second);
  if (!value) {
    co_return refuse(c, value.error());
  }
  domain::catalog_command command = Command{std::move(*value), base->second};
  auto sending = send(in, std::move(c), std::move(command));
  auto out = co_await std::move(sending);
  co_return out;
}

template <class Map, class Render>
http::response list(const call& c, const Map& of, Render render) {
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

template <class Map, class Render>
http::response show(const call& c, const Map& of, Render render) {
  if (auto query = query_of(c.request, {}); !query) {
    return refuse(c, query.error());
  }
  auto found = of.find(c.parameter("id"));
  if (found == of.end()) {
    error why{errc::not_found, "the catalog has no " + c.parameter("id")};
    return refuse(c, why);
  }
  return json(render(found->second));
}

}  // namespace

answering create_plan(api& in, call c) {
  return create<domain::put_plan>(in, std::move(c), schemas::parse_plan);
}
answering list_plans(api& in, call c) {
  auto catalog = in.node().shared().catalog.get();
  co_return list(c, catalog->plans, schemas::render_plan);
}
answering get_plan(api& in, call c) {
  auto catalog = in.node().shared().catalog.get();
  co_return show(c, catalog->plans, schemas::render_plan);
}
answering update_plan(api& in, call c) {
  return update<domain::put_plan>(in, std::move(c), &domain::catalog::plans,
                                  schemas::parse_plan_changes);
}

answering create_credit_product(api& in, call c) {
  return create<domain::put_credit_product>(in, std::move(c), schemas::parse_credit_product);
}
answering list_credit_products(api& in, call c) {
  auto catalog = in.node().shared().catalog.get();
  co_return list(c, catalog->credit_products, schemas::render_credit_product);
}
answering get_credit_product(api& in, call c) {
  auto catalog = in.node().shared().catalog.get();
  co_return show(c, catalog->credit_products, schemas::render_credit_product);
}
answering update_credit_product(api& in, call c) {
  return update<domain::put_credit_product>(in, std::move(c), &domain::catalog::credit_products,
                                            schemas::parse_credit_product_changes);
}

answering create_coupon(api& in, call c) {
  return create<domain::put_coupon>(in, std::move(c), schemas::parse_coupon);
}
answering list_coupons(api& in, call c) {
  auto catalog = in.node().shared().catalog.get();
  co_return list(c, catalog->coupons, schemas::render_coupon);
}
answering get_coupon(api& in, call c) {
  auto catalog = in.node().shared().catalog.get();
  co_return show(c, catalog->coupons, schemas::render_coupon);
}
answering update_coupon(api& in, call c) {
  return update<domain::put_coupon>(in, std::move(c), &domain::catalog::coupons,
                                    schemas::parse_coupon_changes);
}

answering create_tax_rate(api& in, call c) {
  return create<domain::put_tax_rate>(in, std::move(c), schemas::parse_tax_rate);
}
answering list_tax_rates(api& in, call c) {
  auto catalog = in.node().shared().catalog.get();
  co_return list(c, catalog->tax_rates, schemas::render_tax_rate);
}
answering get_tax_rate(api& in, call c) {
  auto catalog = in.node().shared().catalog.get();
  co_return show(c, catalog->tax_rates, schemas::render_tax_rate);
}
answering update_tax_rate(api& in, call c) {
  return update<domain::put_tax_rate>(in, std::move(c), &domain::catalog::tax_rates,
                                      schemas::parse_tax_rate_changes);
}

}  // namespace bursar::io::api
