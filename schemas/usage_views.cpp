#include "schemas/usage_views.hpp"

#include <algorithm>
#include <map>

#include "domain/usage/measure.hpp"
#include "schemas/event_codec.hpp"
#include "schemas/json_reader.hpp"
#include "schemas/json_writer.hpp"
#include "schemas/strict_json.hpp"

namespace bursar::schemas {
namespace {

struct rejected_row {
  std::int64_t index = 0;
  std::string id, code;
  std::optional<std::string> pointer;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(rejected_row, (), (index, id, code, pointer, message))

struct outcome_view {
  std::int64_t accepted = 0, duplicates = 0;
  std::vector<rejected_row> rejected;
};
BOOST_DESCRIBE_STRUCT(outcome_view, (), (accepted, duplicates, rejected))

struct entitlement_row {
  domain::scalar value;
  std::optional<std::int64_t> limit, used, remaining;
};
BOOST_DESCRIBE_STRUCT(entitlement_row, (), (value, limit, used, remaining))

struct entitlements_view {
  std::map<std::string, entitlement_row> entitlements;
  std::map<std::string, domain::scalar> overrides;
};
BOOST_DESCRIBE_STRUCT(entitlements_view, (), (entitlements, overrides))

struct check_row {
  std::string feature;
  bool allowed = false;
  std::optional<std::string> reason;
  std::optional<std::int64_t> limit, used, remaining;
};
BOOST_DESCRIBE_STRUCT(check_row, (), (feature, allowed, reason, limit, used, remaining))

struct checks_view {
  std::vector<check_row> checks;
};
BOOST_DESCRIBE_STRUCT(checks_view, (), (checks))

rejected_row row_of(const domain::rejected_usage& x) {
  rejected_row out{x.index, x.id, std::string{describe(x.why.code()).name}, {}, x.why.detail()};
  if (!x.why.fields().empty()) {
    out.pointer = x.why.fields().front().pointer;
    out.message = x.why.fields().front().message;
  }
  return out;
}

window_row row_of(const domain::usage_aggregate& x, const domain::meter& meter,
                  const domain::billing_period& window, const domain::total& before) {
  using enum domain::meter_aggregation;
  window_row out{window.start, window.end, x.events, {}, is_estimated(x.distinct)};
  bool nothing = x.events == 0 && (meter.aggregation == max || meter.aggregation == latest);
  if (!nothing) {
    out.value = format_total(value_of(x, meter.aggregation, window, before));
  }
  out.estimated = out.estimated && meter.aggregation == unique;
  return out;
}

metric_usage rows_of(const usage_question& asked, const domain::meter& meter,
                     const domain::counted_usage& of) {
  static const domain::usage_aggregate nothing;
  metric_usage out{meter.id, {}, meter.aggregation, {}};
  auto before = of.before;
  auto next = std::find_if(of.windows.begin(), of.windows.end(),
                           [&](const auto& x) { return x.start >= asked.in.start; });
  for (auto start = asked.in.start; start < asked.in.end;) {
    domain::billing_period window{start, end_of(start, asked.by)};
    bool is_used = next != of.windows.end() && next->start == start;
    const auto& value = is_used ? next->value : nothing;
    out.windows.push_back(row_of(value, meter, window, before));
    before = before + value.sum;
    next += is_used ? 1 : 0;
    start = window.end;
  }
  return out;
}

}  // namespace

std::string render(const domain::usage_outcome& x) {
  outcome_view out{x.accepted, x.duplicates, {}};
  for (const auto& rejected : x.rejected) {
    out.rejected.push_back(row_of(rejected));
  }
  return to_json<nulls::write>(out);
}

result<std::string> merged_usage(const std::vector<std::string>& answers) {
  outcome_view out;
  for (const auto& text : answers) {
    auto document = parse_strict(text);
    auto part = document ? read_json<outcome_view>(*document) : document.error();
    if (!part) {
      return error{errc::internal, "a recorded answer cannot be read: " + part.error().text()};
    }
    out.accepted += part->accepted;
    out.duplicates += part->duplicates;
    std::move(part->rejected.begin(), part->rejected.end(), std::back_inserter(out.rejected));
  }
  std::sort(out.rejected.begin(), out.rejected.end(),
            [](const auto& a, const auto& b) { return a.index < b.index; });
  return to_json<nulls::write>(out);
}

domain::usage_outcome all_rejected(const domain::record_usage& wanted, const error& why) {
  domain::usage_outcome out;
  for (const auto& item : wanted.items) {
    out.rejected.push_back({item.index, item.event.id, item.problem.value_or(why)});
  }
  return out;
}

namespace {

std::optional<std::string> group_of(const domain::recorded_usage& x,
                                    const std::optional<std::string>& property) {
  if (!property || !x.properties) {
    return std::nullopt;
  }
  auto found = x.properties->find(*property);
  return found == x.properties->end() ? std::nullopt
                                      : std::optional{domain::text_of(found->second)};
}

std::int64_t windows_in(const usage_question& asked) {
  std::int64_t out = 0;
  for (auto start = asked.in.start; start < asked.in.end; start = end_of(start, asked.by)) {
    ++out;
  }
  return out;
}

}  // namespace

result<void> count(const domain::usage_recorded& what, const usage_question& asked,
                   grouped_usage& into) {
  std::map<std::optional<std::string>, domain::usage_recorded> batches;
  for (const auto& x : what.events) {
    if (!asked.metric || x.metric == *asked.metric) {
      batches[group_of(x, asked.group_by)].events.push_back(x);
    }
  }
  for (const auto& [group, batch] : batches) {
    count(batch, asked.by, asked.in, into[group]);
  }
  if (into.size() > 1 && std::ssize(into) * windows_in(asked) > grouped_windows_max) {
    return error{errc::invalid_parameter,
                 "the usage cannot be shown",
                 {{"?group_by", "has too many values: ask for a shorter time"}}};
  }
  return {};
}

result<usage_view> view_of_usage(const usage_question& asked, const domain::catalog& catalog,
                                 const grouped_usage& counted) {
  static const domain::counted_usage nothing;
  usage_view out{asked.by, asked.in.start, asked.in.end, {}};
  auto meter = catalog.meters.find(asked.metric.value_or(""));
  if (asked.metric && meter == catalog.meters.end()) {
    return error{errc::invalid_parameter, "no usage of it", {{"?metric", "has no meter"}}};
  }
  if (asked.metric && !asked.group_by && counted.empty()) {
    out.metrics.push_back(rows_of(asked, meter->second, nothing));
  }
  for (const auto& [group, metrics] : counted) {
    for (const auto& [metric, of] : metrics) {
      out.metrics.push_back(rows_of(asked, catalog.meters.at(metric), of));
      out.metrics.back().group = group;
    }
  }
  return out;
}

result<std::string> render_usage(const usage_question& asked, const domain::catalog& catalog,
                                 const grouped_usage& counted) {
  auto view = view_of_usage(asked, catalog, counted);
  return view ? result<std::string>{to_json<nulls::write>(*view)} : view.error();
}

result<std::string> render_usage(const usage_question& asked, const domain::catalog& catalog,
                                 const domain::usage_account& in) {
  grouped_usage counted;
  for (const auto& [metric, of] : in.metrics) {
    if (!asked.metric || *asked.metric == metric) {
      counted[std::nullopt][metric]
        = {windows_of(of, asked.by), level_before(of, asked.by, asked.in.start)};
    }
  }
  return render_usage(asked, catalog, counted);
}

result<trends_view> view_of_trends(const trend_question& asked, const domain::catalog& catalog,
                                   const domain::usage_account& in, timestamp now) {
  constexpr std::chrono::days day{1};
  trends_view out;
  if (asked.metric && !catalog.meters.contains(*asked.metric)) {
    return error{errc::invalid_parameter, "no usage of it", {{"?metric", "has no meter"}}};
  }
  auto today = start_of(now, domain::usage_granularity::day);
  for (const auto& [metric, of] : in.metrics) {
    if (asked.metric && *asked.metric != metric) {
      continue;
    }
    metric_trend made{metric, catalog.meters.at(metric).aggregation, {}};
    for (auto at = today - (domain::baseline_days_max - 1) * day; at <= today; at += day) {
      auto x = day_of(of, made.aggregation, at);
      if (at == today && x.anomaly == domain::anomaly_kind::drop) {
        x.anomaly.reset();  // the day is not over
      }
      auto value = x.used ? std::optional{format_total(*x.used)} : std::nullopt;
      made.days.push_back({at, std::move(value), x.baseline, x.anomaly});
    }
    out.metrics.push_back(std::move(made));
  }
  return out;
}

result<std::string> render_trends(const trend_question& asked, const domain::catalog& catalog,
                                  const domain::usage_account& in, timestamp now) {
  auto out = view_of_trends(asked, catalog, in, now);
  return out ? result<std::string>{to_json<nulls::write>(*out)} : out.error();
}

std::string render_checks(const std::vector<domain::checked_usage>& all) {
  checks_view out;
  for (const auto& x : all) {
    out.checks.push_back({x.feature, x.allowed, x.reason, x.limit, x.used, x.remaining});
  }
  return to_json<nulls::write>(out);
}

std::string render_amendment(const std::string& id, const domain::usage_amendment& x) {
  return prepended("id", id, to_json<nulls::write>(x));
}

std::string render_entitlements(const domain::organization& of, const domain::catalog& catalog,
                                timestamp now) {
  entitlements_view out;
  out.overrides = of.usage.overrides;
  for (const auto& [name, x] : entitlements_of(of, catalog, now)) {
    entitlement_row row{x.value, x.limit, x.used, {}};
    if (x.limit) {
      row.remaining = std::max<std::int64_t>(*x.limit - x.used.value_or(0), 0);
    }
    out.entitlements.emplace(name, std::move(row));
  }
  return to_json<nulls::write>(out);
}

}  // namespace bursar::schemas
