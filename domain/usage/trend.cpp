#include "domain/usage/trend.hpp"

#include <algorithm>
#include <set>

#include <boost/multiprecision/cpp_int.hpp>

#include "domain/usage/usage_account.hpp"

namespace bursar::domain {
namespace {

using whole = boost::multiprecision::cpp_int;

constexpr std::chrono::days day{1};

const usage_aggregate* window_in(const std::vector<usage_window>& days, timestamp start) {
  auto at = std::lower_bound(days.begin(), days.end(), start,
                             [](const usage_window& x, timestamp t) { return x.start < t; });
  return at == days.end() || at->start != start ? nullptr : &at->value;
}

bool is_level(meter_aggregation how) {
  return how == meter_aggregation::max || how == meter_aggregation::latest;
}

// What days came to, one after the other; `before` is the sum of all that was before the first.
class days_of {
 public:
  days_of(const metered_usage& in, meter_aggregation how, timestamp first)
    : days_{in.days}, how_{how}, next_{first} {
    if (how == meter_aggregation::weighted_sum) {
      before_ = level_before(in, usage_granularity::day, first);
    }
  }

  std::optional<total> next(const usage_aggregate* instead = nullptr) {
    static const usage_aggregate nothing;
    const auto* window = instead == nullptr ? window_in(days_, next_) : instead;
    billing_period in{next_, next_ + day};
    next_ = in.end;
    if (window == nullptr && is_level(how_)) {
      return std::nullopt;
    }
    const auto& used = window == nullptr ? nothing : *window;
    auto out = value_of(used, how_, in, before_);
    before_ = before_ + used.sum;
    return out;
  }

 private:
  const std::vector<usage_window>& days_;
  meter_aggregation how_;
  timestamp next_;
  total before_;
};

// Of so many values: their sum, and that of their squares.
struct sample {
  std::int64_t count = 0;
  whole sum, squares;

  void add(const total& x) {
    whole value{x.millionths};
    ++count;
    sum += value;
    squares += value * value;
  }
  // count² times their variance.
  whole spread() const { return count * squares - sum * sum; }
};

usage_baseline baseline_of(const sample& x) {
  auto as_total = [](const whole& value) { return total{static_cast<wide_integer>(value)}; };
  whole deviation = boost::multiprecision::sqrt(x.spread());
  return {x.count, as_total(x.sum / x.count), as_total(deviation / x.count)};
}

std::optional<anomaly_kind> anomaly_of(const total& used, const sample& before) {
  whole distance = before.count * whole{used.millionths} - before.sum;
  bool far = distance * distance > anomaly_deviations * anomaly_deviations * before.spread();
  bool by_half = 2 * abs(distance) >= abs(before.sum) && distance != 0;
  if (!far || !by_half) {
    return std::nullopt;
  }
  return distance > 0 ? anomaly_kind::rise : anomaly_kind::drop;
}

usage_anomaly_detected told_of(const std::string& metric, const usage_day& x) {
  return {metric, x.start, *x.anomaly, *x.used, *x.baseline};
}

// What the day comes to with the batch.
usage_aggregate with_batch(const metered_usage& before, const usage_recorded& batch,
                           const std::string& metric, timestamp today) {
  const auto* window = window_in(before.days, today);
  auto out = window == nullptr ? usage_aggregate{} : *window;
  for (const auto& x : batch.events) {
    bool is_it = x.metric == metric && !x.filtered;
    if (is_it && start_of(x.at, usage_granularity::day) == today) {
      add(out, x, today);
    }
  }
  return out;
}

// `instead`: of what is remembered of that day.
usage_day measured_day(const metered_usage& in, meter_aggregation how, timestamp start,
                       const usage_aggregate* instead) {
  usage_day out{start, {}, {}, {}};
  auto remembered = in.days.empty() ? start : in.days.front().start;
  auto first = std::max(std::min(remembered, start), start - baseline_days_max * day);
  days_of all{in, how, first};
  sample before;
  for (auto at = first; at < start; at += day) {
    if (auto value = all.next()) {
      before.add(*value);
    }
  }
  out.used = all.next(instead);
  if (before.count >= baseline_days_min) {
    out.baseline = baseline_of(before);
    out.anomaly = out.used ? anomaly_of(*out.used, before) : std::nullopt;
  }
  return out;
}

}  // namespace

usage_day day_of(const metered_usage& in, meter_aggregation how, timestamp start) {
  return measured_day(in, how, start, nullptr);
}

std::vector<usage_anomaly_detected> anomalies_in(const usage_recorded& batch,
                                                 const usage_account& before,
                                                 const std::map<std::string, meter>& meters) {
  std::vector<usage_anomaly_detected> out;
  auto today = start_of(batch.at, usage_granularity::day);
  std::set<std::string_view> metrics;
  for (const auto& x : batch.events) {
    bool is_today = start_of(x.at, usage_granularity::day) == today;
    if (!x.filtered && is_today) {
      metrics.insert(x.metric);
    }
  }
  for (auto name : metrics) {
    std::string metric{name};
    auto had = before.metrics.find(metric);
    if (had == before.metrics.end() || had->second.days.empty()) {
      continue;  // there is nothing to measure it by
    }
    const auto& was = had->second;
    auto how = meters.at(metric).aggregation;
    if (was.days.back().start < today) {
      auto x = day_of(was, how, today - drop_told_after);
      if (x.anomaly == anomaly_kind::drop) {
        out.push_back(told_of(metric, x));
      }
    }
    auto told = before.rises.find(metric);
    if (told == before.rises.end() || told->second < today) {
      auto with = with_batch(was, batch, metric, today);
      auto x = measured_day(was, how, today, &with);
      if (x.anomaly == anomaly_kind::rise) {
        out.push_back(told_of(metric, x));
      }
    }
  }
  return out;
}

}  // namespace bursar::domain
