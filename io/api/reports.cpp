// Reports over all organizations, replayed from the journal when they are asked for.
#include "actors/reporting.hpp"
#include "base/money.hpp"
#include "io/api/ask.hpp"
#include "io/api/handlers.hpp"
#include "schemas/json_writer.hpp"
#include "schemas/report_views.hpp"
#include "schemas/views.hpp"

namespace bursar::io::api {
namespace {

error wrong(const char* parameter, const char* what) {
  return {
    errc::invalid_parameter, "the report cannot be made", {{std::string{"?"} + parameter, what}}};
}

result<schemas::report_filter> filter_of(const call& c, timestamp now) {
  auto query = query_of(c.request, {"from", "to", "granularity", "currency"});
  if (!query) {
    return query.error();
  }
  schemas::report_filter out;
  out.present = domain::month_of(now);
  for (const auto& [name, value] : *query) {
    if (name == "currency") {
      out.currency = value;
    } else if (name == "granularity" && value != "month") {
      return wrong("granularity", "must be month");
    } else if (name != "granularity") {
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
answering report(api& in, call c) {
  auto now = in.clock().now();
  auto filter = filter_of(c, now);
  if (!filter) {
    co_return refuse(c, filter.error());
  }
  auto place = in.chains().enter("$reports");
  if (!place) {
    c.rate_limit = limits::chain_readings_max;
    error why{errc::rate_limited, "other reports are being made; ask again when they are"};
    co_return refuse(c, why);
  }
  const auto& journal = *in.node().shared().journal;
  std::function<result<std::string>()> work
    = [&journal, now, filter = *filter]() -> result<std::string> {
    auto reports = actors::read_reports(journal, now);
    if (!reports) {
      return reports.error();
    }
    std::vector<std::string> rows;
    for (const auto& row : schemas::report_rows<Row>(*reports, filter)) {
      rows.push_back(schemas::to_json<schemas::nulls::write>(row));
    }
    return schemas::render_list(rows, std::nullopt);
  };
  auto reading = read<std::string>(in.node(), actors::node::extent::chain, std::move(work));
  auto body = co_await std::move(reading);
  if (!body) {
    co_return refuse(c, body.error());
  }
  co_return json(std::move(*body));
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

}  // namespace bursar::io::api
