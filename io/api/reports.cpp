// Reports over all organizations, replayed from the journal when they are asked for.
#include "actors/reporting.hpp"
#include "base/encoding.hpp"
#include "base/money.hpp"
#include "io/api/ask.hpp"
#include "io/api/handlers.hpp"
#include "io/api/organization_calls.hpp"
#include "schemas/history.hpp"
#include "schemas/json_writer.hpp"
#include "schemas/report_views.hpp"
#include "schemas/views.hpp"

namespace bursar::io::api {
namespace {

error wrong(const char* parameter, const char* what) {
  return {
    errc::invalid_parameter, "the report cannot be made", {{std::string{"?"} + parameter, what}}};
}

using parameters = std::map<std::string, std::string>;

result<schemas::report_filter> filter_of(const parameters& query, timestamp now) {
  schemas::report_filter out;
  out.present = domain::month_of(now);
  for (const auto& [name, value] : query) {
    if (name == "currency") {
      out.currency = value;
    } else if (name == "granularity" && value != "month") {
      return wrong("granularity", "must be month");
    } else if (name == "from" || name == "to") {
      auto month = schemas::parse_month(value);
      if (!month) {
        return wrong(name.c_str(), "must be a month such as 2026-01, or an RFC 3339 time");
      }
      (name == "from" ? out.from : out.to) = *month;
    }
  }
  if (out.from && out.to && *out.to < *out.from) {
    return wrong("to", "must not be before from");
  }
  if (out.currency && !is_currency(*out.currency)) {
    return wrong("currency", "must be three lower-case letters");
  }
  return out;
}

template <class Row>
std::vector<std::string> as_json(const std::vector<Row>& all) {
  std::vector<std::string> out;
  for (const auto& row : all) {
    out.push_back(schemas::to_json<schemas::nulls::write>(row));
  }
  return out;
}

using report_work = std::function<result<std::vector<std::string>>(const schemas::report_filter&)>;

// `work` reads the journal, and may block.
answering make_report(api& in, call c, result<schemas::report_filter> filter, report_work work) {
  if (!filter) {
    co_return refuse(c, filter.error());
  }
  auto place = in.chains().enter("$reports");
  if (!place) {
    c.rate_limit = limits::chain_readings_max;
    error why{errc::rate_limited, "other reports are being made; ask again when they are"};
    co_return refuse(c, why);
  }
  std::function<result<std::string>()> rendering
    = [work = std::move(work), filter = *filter]() -> result<std::string> {
    auto rows = work(filter);
    return rows ? result<std::string>{schemas::render_list(*rows, std::nullopt)} : rows.error();
  };
  auto reading = read<std::string>(in.node(), actors::node::extent::chain, std::move(rendering));
  auto body = co_await std::move(reading);
  if (!body) {
    co_return refuse(c, body.error());
  }
  co_return json(std::move(*body));
}

result<schemas::report_filter> filter_in(const call& c, timestamp now,
                                         std::initializer_list<std::string_view> known) {
  auto query = query_of(c.request, known);
  return query ? filter_of(*query, now) : query.error();
}

template <class Row>
answering report(api& in, call c) {
  auto now = in.clock().now();
  auto filter = filter_in(c, now, {"from", "to", "granularity", "currency"});
  const auto& journal = *in.node().shared().journal;
  return make_report(in, std::move(c), std::move(filter),
                     [&journal, now](const auto& wanted) -> result<std::vector<std::string>> {
                       auto reports = actors::read_reports(journal, now);
                       return reports ? as_json(schemas::report_rows<Row>(*reports, wanted))
                                      : result<std::vector<std::string>>{reports.error()};
                     });
}

// A page of them, from a position of the whole list: it only grows at its end.
std::string page_of_postings(const std::vector<schemas::posting_row>& all, std::uint64_t from,
                             std::size_t limit,
                             const std::function<std::string(std::uint64_t)>& cursor) {
  std::vector<std::string> rows;
  auto at = static_cast<std::size_t>(from);
  for (; at < all.size() && rows.size() < limit; ++at) {
    rows.push_back(schemas::to_json<schemas::nulls::write>(all[at]));
  }
  return schemas::render_list(rows, at < all.size() ? std::optional{cursor(at)} : std::nullopt);
}

}  // namespace

answering get_mrr_report(api& in, call c) {
  return report<schemas::mrr_row>(in, std::move(c));
}
answering get_churn_report(api& in, call c) {
  return report<schemas::churn_row>(in, std::move(c));
}
answering get_revenue_report(api& in, call c) {
  return report<schemas::revenue_row>(in, std::move(c));
}
answering get_payments_report(api& in, call c) {
  return report<schemas::payments_row>(in, std::move(c));
}
answering get_ledger_report(api& in, call c) {
  return report<schemas::ledger_row>(in, std::move(c));
}

answering get_credits_report(api& in, call c) {
  auto now = in.clock().now();
  auto filter = filter_in(c, now, {"from", "to", "granularity"});
  const auto& journal = *in.node().shared().journal;
  return make_report(in, std::move(c), std::move(filter),
                     [&journal, now](const auto& wanted) -> result<std::vector<std::string>> {
                       auto report = actors::read_credits_report(journal, now);
                       return report ? as_json(schemas::report_rows(*report, wanted))
                                     : result<std::vector<std::string>>{report.error()};
                     });
}

answering get_usage_report(api& in, call c) {
  auto now = in.clock().now();
  auto filter = filter_in(c, now, {"from", "to", "granularity"});
  const auto& journal = *in.node().shared().journal;
  auto catalog = in.node().shared().catalog.get();
  return make_report(
    in, std::move(c), std::move(filter),
    [&journal, now, catalog](const auto& wanted) -> result<std::vector<std::string>> {
      auto report = actors::read_usage_report(journal, *catalog, now);
      return report ? as_json(schemas::report_rows(*report, *catalog, wanted))
                    : result<std::vector<std::string>>{report.error()};
    });
}

// What one organization's events book in the general ledger, from its chain alone.
answering list_postings(api& in, call c) {
  auto query = query_of(c.request, {"from", "to", "currency", "limit", "cursor"});
  auto filter = query ? filter_of(*query, in.clock().now()) : query.error();
  if (!filter) {
    co_return refuse(c, filter.error());
  }
  std::string filters;
  for (const char* name : {"from", "to", "currency"}) {
    filters += (query->contains(name) ? query->at(name) : "") + '\n';
  }
  auto wanted = numbered(page_of(c, *query, filters));
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  const auto& journal = *in.node().shared().journal;
  history_work work = [&journal, c, filters, filter = *filter, from = wanted->after,
                       limit = wanted->limit]() -> result<std::string> {
    std::vector<schemas::posting_row> rows;
    auto past = schemas::replay_until(
      [&](auto first, auto n) { return journal.read(c.parameter("org"), first, n); }, {},
      [&](const auto& before, const auto& happened, const auto& about) {
        schemas::add_postings(before, happened, about, filter, rows);
      });
    if (past && past->state.id.empty()) {
      return error{errc::not_found, "no such organization"};
    }
    return past ? result<std::string>{page_of_postings(
             rows, from, limit,
             [&](std::uint64_t at) { return make_cursor(c, filters, big_endian(at)); })}
                : past.error();
  };
  auto running = read_history(in, std::move(c), actors::node::extent::chain, std::move(work));
  auto out = co_await std::move(running);
  co_return out;
}

}  // namespace bursar::io::api
