#include "schemas/report_views.hpp"

namespace bursar::schemas {
namespace {

using domain::month_report;

// Four decimals; empty where there was nothing that could be lost.
std::optional<decimal> share(std::int64_t lost, std::int64_t of) {
  auto out = of > 0 ? domain::rounded(domain::exact{lost} * 10'000 / of)
                    : result<std::int64_t>{error{errc::not_found}};
  return out ? std::optional{decimal{*out, 4}} : std::nullopt;
}

// Each of the rows that a month is; month and currency are set by whoever asks.
void add(const month_report& x, std::vector<mrr_row>& to) {
  const auto& m = x.mrr;
  to.push_back({{},
                {},
                m.opening,
                m.new_business,
                m.reactivation,
                m.expansion,
                m.contraction,
                m.churn,
                m.closing});
}
void add(const month_report& x, std::vector<churn_row>& to) {
  const auto& m = x.mrr;
  to.push_back({{},
                {},
                m.customers_opening,
                m.customers_won,
                m.customers_lost,
                m.customers_closing,
                share(m.opening_lost, m.customers_opening),
                share(m.opening_churn, m.opening)});
}
void add(const month_report& x, std::vector<revenue_row>& to) {
  to.push_back({{}, {}, x.revenue.billed, x.revenue.recognized, x.revenue.deferred});
}
void add(const month_report& x, std::vector<payments_row>& to) {
  const auto& p = x.payments;
  to.push_back({{}, {}, p.succeeded, p.succeeded_amount, p.failed, p.refunded_amount});
}
void add(const month_report& x, std::vector<ledger_row>& to) {
  for (const auto& [account, sums] : x.ledger.accounts) {
    to.push_back({{}, {}, boost::describe::enum_to_string(account, ""), sums.debit, sums.credit});
  }
}

bool is_within(const report_filter& filter, const domain::year_month& month) {
  return (!filter.from || month >= *filter.from) && (!filter.to || month <= *filter.to);
}

}  // namespace

void add_postings(const domain::organization& before, const domain::event& happened,
                  const envelope& about, const report_filter& wanted,
                  std::vector<posting_row>& to) {
  auto entries = std::visit(
    [&](const auto& e) -> std::vector<domain::booking> {
      if constexpr (std::is_constructible_v<domain::billing_event, std::decay_t<decltype(e)>>) {
        return domain::bookings_of(before.billing, domain::billing_event{e}, about.recorded_at);
      } else {
        return {};
      }
    },
    happened);
  for (const auto& x : entries) {
    if (!is_within(wanted, x.month) || (wanted.currency && *wanted.currency != x.currency)) {
      continue;
    }
    for (const auto& p : domain::postings_of(x.lines)) {
      to.push_back({about.sequence, x.date, domain::text_of(x.month), x.currency, x.invoice_id,
                    x.line, p.debit, p.credit, p.amount});
    }
  }
}

std::optional<domain::year_month> parse_month(std::string_view text) {
  if (auto moment = parse_rfc3339(text)) {
    return domain::month_of(*moment);
  }
  auto first = parse_rfc3339(std::string{text} + "-01T00:00:00Z");
  return first ? std::optional{domain::month_of(*first)} : std::nullopt;
}

template <class Row>
constexpr bool looks_ahead = std::is_same_v<Row, revenue_row> || std::is_same_v<Row, ledger_row>;

template <class Row>
std::vector<Row> report_rows(const domain::reports& of, const report_filter& filter) {
  std::vector<Row> out;
  for (const auto& [currency, months] : of) {
    if (filter.currency && *filter.currency != currency) {
      continue;
    }
    for (const auto& [month, report] : months) {
      bool is_later = !looks_ahead<Row> && month > filter.present;
      if (!is_within(filter, month) || is_later) {
        continue;
      }
      auto first = out.size();
      add(report, out);
      for (; first < out.size(); ++first) {
        out[first].month = domain::text_of(month);
        out[first].currency = currency;
      }
    }
  }
  return out;
}

template std::vector<mrr_row> report_rows(const domain::reports&, const report_filter&);
template std::vector<churn_row> report_rows(const domain::reports&, const report_filter&);
template std::vector<revenue_row> report_rows(const domain::reports&, const report_filter&);
template std::vector<payments_row> report_rows(const domain::reports&, const report_filter&);
template std::vector<ledger_row> report_rows(const domain::reports&, const report_filter&);

std::vector<credits_row> report_rows(const domain::credits_report& of,
                                     const report_filter& filter) {
  std::vector<credits_row> out;
  for (const auto& [month, kinds] : of) {
    if (!is_within(filter, month)) {
      continue;
    }
    for (const auto& [kind, x] : kinds) {
      out.push_back({domain::text_of(month), kind, x.granted, x.consumed, x.given_back, x.expired,
                     x.reversed, x.transferred_in, x.transferred_out, x.outstanding});
    }
  }
  return out;
}

std::vector<usage_row> report_rows(const domain::usage_report& of, const domain::catalog& catalog,
                                   const report_filter& filter) {
  std::vector<usage_row> out;
  for (const auto& [month, metrics] : of) {
    if (!is_within(filter, month)) {
      continue;
    }
    for (const auto& [metric, x] : metrics) {
      out.push_back({domain::text_of(month), metric, catalog.meters.at(metric).aggregation,
                     x.organizations, x.events, domain::format_total(x.value), x.estimated});
    }
  }
  return out;
}

}  // namespace bursar::schemas
