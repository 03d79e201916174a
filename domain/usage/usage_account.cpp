#include "domain/usage/usage_account.hpp"

#include <algorithm>
#include <iterator>

namespace bursar::domain {
namespace {

using std::chrono::floor;
using windows = std::vector<usage_window>;

std::chrono::year_month month_of(timestamp t) {
  std::chrono::year_month_day day{floor<std::chrono::days>(t)};
  return day.year() / day.month();
}

timestamp first_of(std::chrono::year_month month) {
  return std::chrono::sys_days{month / 1};
}

// Most come in the order of time: it is looked for from the end.
usage_aggregate& window_at(windows& of, timestamp start) {
  auto at = of.end();
  while (at != of.begin() && std::prev(at)->start > start) {
    --at;
  }
  if (at != of.begin() && std::prev(at)->start == start) {
    return std::prev(at)->value;
  }
  return of.insert(at, {start, {}})->value;
}

total sum_since(const windows& of, timestamp start) {
  total out;
  for (const auto& x : of) {
    out = x.start >= start ? out + x.value.sum : out;
  }
  return out;
}

total all_time(const metered_usage& of) {
  return of.before + sum_since(of.months, timestamp{});
}

void forget(windows& of, timestamp before) {
  auto end = std::find_if(of.begin(), of.end(), [&](const auto& x) { return x.start >= before; });
  of.erase(of.begin(), end);
}

void count_windows(metered_usage& to, const recorded_usage& what, timestamp now) {
  using enum usage_granularity;
  for (auto [of, by] : {std::pair{&to.hours, hour}, {&to.days, day}, {&to.months, month}}) {
    auto start = start_of(what.at, by);
    if (start >= remembered_since(by, now)) {
      add(window_at(*of, start), what, start);
    }
  }
  if (what.at < remembered_since(month, now)) {  // an amendment's that was a draft for long
    to.before = to.before + total_of(what.value.value_or(what.quantity));
  }
}

void forget_windows(metered_usage& of, timestamp now) {
  auto since = remembered_since(usage_granularity::month, now);
  of.before = all_time(of) - sum_since(of.months, since);
  forget(of.months, since);
  forget(of.days, remembered_since(usage_granularity::day, now));
  forget(of.hours, remembered_since(usage_granularity::hour, now));
}

// Adds what another came to, which began later.
void merge(usage_aggregate& to, const usage_aggregate& from, std::chrono::microseconds later) {
  if (from.uncounted) {
    to.uncounted = to.uncounted.value_or(total{}) + *from.uncounted;
  }
  if (from.events == 0) {
    return;
  }
  to.max = to.events == 0 ? from.max : std::max(to.max, from.max);
  if (to.events == 0 || to.latest_at <= from.latest_at) {
    to.latest = from.latest;
    to.latest_at = from.latest_at;
  }
  to.events += from.events;
  to.until = to.until + from.until + total{from.sum.millionths * later.count()};
  to.sum = to.sum + from.sum;
  merge(to.distinct, from.distinct);
}

period_usage& period_at(std::vector<period_usage>& of, const billing_period& period) {
  auto at = std::find_if(of.begin(), of.end(),
                         [&](const auto& x) { return x.period.start >= period.start; });
  if (at == of.end() || at->period.start != period.start) {
    at = of.insert(at, period_usage{period, {}, {}});
  }
  return *at;
}

// The periods as they are now: one that ended before its time gives way to what began then, and
// what was ahead of it goes to that.
void keep_up(std::vector<period_usage>& of, const running_period& x) {
  for (const auto& before : x.before) {
    period_at(of, before).period = before;
  }
  const auto& now = x.metered;
  period_at(of, now).period = now;
  auto at = std::find_if(of.begin(), of.end(),
                         [&](const auto& y) { return y.period.start == now.start; });
  if (at != of.begin()) {
    auto& before = std::prev(at)->period;
    before.end = std::min(before.end, now.start);
  }
  auto ahead = std::next(at);
  for (auto y = ahead; y != of.end() && y->period.start < now.end; ahead = ++y) {
    for (const auto& [metric, value] : y->metrics) {
      merge(at->metrics[metric], value, y->period.start - now.start);
    }
  }
  of.erase(std::next(at), ahead);
  auto kept = at == of.begin() ? at : std::prev(at);
  while (kept != of.begin()
         && (kept->period.start > x.period.start
             || (!x.before.empty() && kept->period.start > x.before.front().start))) {
    --kept;
  }
  of.erase(of.begin(), kept);
}

void count_period(std::vector<period_usage>& of, const running_period& x,
                  const recorded_usage& what) {
  while (what.at >= of.back().period.end) {
    auto end = of.back().period.end;
    auto known
      = std::find_if(x.ahead.begin(), x.ahead.end(), [&](const auto& y) { return y.start == end; });
    auto next = known == x.ahead.end() ? billing_period{end, timestamp_max} : *known;
    if (of.back().period.start == end) {  // of what ended with its period nothing is metered now
      of.back().period = next;
    } else {
      of.push_back(period_usage{next, {}, {}});
    }
  }
  auto at = std::find_if(of.rbegin(), of.rend(),
                         [&](const auto& y) { return y.period.start <= what.at; });
  if (at == of.rend()) {
    return;
  }
  auto& to = at->metrics[what.metric];
  if (what.at < std::min(x.until, at->period.end)) {
    add(to, what, at->period.start);
  } else {
    to.uncounted = to.uncounted.value_or(total{}) + total_of(what.value.value_or(what.quantity));
  }
}

void count_month(std::vector<period_usage>& of, const recorded_usage& what) {
  auto month = start_of(what.at, usage_granularity::month);
  auto at
    = std::find_if(of.begin(), of.end(), [&](const auto& x) { return x.period.start >= month; });
  if (at == of.end() || at->period.start != month) {
    billing_period whole{month, end_of(month, usage_granularity::month)};
    at = of.insert(at, period_usage{whole, {}, {}});
  }
  add(at->metrics[what.metric], what, month);
}

bool begins_in(const period_usage& x, const billing_period& period) {
  return x.period.start >= period.start && x.period.start < period.end;
}

constexpr std::ptrdiff_t months_at_a_time = 3;  // usage_behind_max ago is one of them

}  // namespace

void add(usage_aggregate& to, const recorded_usage& what, timestamp start) {
  auto value = what.value.value_or(what.quantity);
  auto quantity = total_of(value);
  auto since = (what.at - start).count();
  to.max = to.events == 0 ? value : std::max(to.max, value);
  if (to.events == 0 || to.latest_at <= what.at) {
    to.latest = value;
    to.latest_at = what.at;
  }
  ++to.events;
  to.sum = to.sum + quantity;
  to.until = to.until + total{quantity.millionths * since};
  if (what.distinct) {
    add(to.distinct, distinct_hash(*what.distinct));
  }
}

void record(usage_account& to, const usage_recorded& e,
            const std::vector<running_period>& running) {
  std::erase_if(to.periods, [&](const auto& of) {  // nothing is recorded any more that was then
    bool counts = std::any_of(running.begin(), running.end(),
                              [&](const auto& x) { return x.subscription_id == of.first; });
    return !counts && (of.second.empty() || of.second.back().period.end < e.at - usage_behind_max);
  });
  bool any_runs = false;
  for (const auto& x : running) {
    keep_up(to.periods[x.subscription_id], x);
    any_runs |= x.runs;
  }
  for (const auto& what : e.events) {
    if (what.filtered) {
      continue;
    }
    count_windows(to.metrics[what.metric], what, e.at);
    for (const auto& x : running) {
      count_period(to.periods[x.subscription_id], x, what);
    }
    if (!any_runs) {
      count_month(to.periods[""], what);
    }
  }
  for (auto& [metric, of] : to.metrics) {
    forget_windows(of, e.at);
  }
  if (auto months = to.periods.find(""); months != to.periods.end()) {
    auto more = std::ssize(months->second) - months_at_a_time;
    months->second.erase(months->second.begin(),
                         months->second.begin() + std::max<std::ptrdiff_t>(more, 0));
  }
}

void notice(usage_account& to, const quota_reached& e) {
  auto of = to.periods.find(e.subscription_id);
  if (of == to.periods.end()) {
    return;  // what was used is amended away, and counted again without it
  }
  for (auto& x : of->second) {
    if (begins_in(x, e.period)) {
      x.noticed[e.metric] = e.percent;
    }
  }
}

void notice(usage_account& to, const usage_anomaly_detected& e) {
  if (e.kind == anomaly_kind::rise) {
    to.rises[e.metric] = e.day;
  }
}

timestamp start_of(timestamp t, usage_granularity by) {
  switch (by) {
    case usage_granularity::hour: return floor<std::chrono::hours>(t);
    case usage_granularity::day: return floor<std::chrono::days>(t);
    case usage_granularity::month: break;
  }
  return first_of(month_of(t));
}

timestamp end_of(timestamp start, usage_granularity by) {
  switch (by) {
    case usage_granularity::hour: return start + std::chrono::hours{1};
    case usage_granularity::day: return start + std::chrono::days{1};
    case usage_granularity::month: break;
  }
  return first_of(month_of(start) + std::chrono::months{1});
}

total value_of(const usage_aggregate& x, meter_aggregation how, const billing_period& in,
               const total& before) {
  constexpr wide_integer one = 1'000'000;
  using enum meter_aggregation;
  switch (how) {
    case sum: return x.sum;
    case count: return {x.events * one};
    case max: return total_of(x.max);
    case latest: return total_of(x.latest);
    case unique: return {count_of(x.distinct) * one};
    case weighted_sum: break;
  }
  auto length = std::max<std::int64_t>((in.end - in.start).count(), 1);
  auto missing = prorated(x.until, 1, length);
  return before + x.sum - missing;
}

timestamp remembered_since(usage_granularity by, timestamp now) {
  switch (by) {
    case usage_granularity::hour: return start_of(now - hours_kept, by);
    case usage_granularity::day: return start_of(now - days_kept, by);
    case usage_granularity::month: break;
  }
  return start_of(now - months_kept, by);
}

const windows& windows_of(const metered_usage& in, usage_granularity by) {
  switch (by) {
    case usage_granularity::hour: return in.hours;
    case usage_granularity::day: return in.days;
    case usage_granularity::month: break;
  }
  return in.months;
}

total level_before(const metered_usage& in, usage_granularity by, timestamp start) {
  return all_time(in) - sum_since(windows_of(in, by), start);
}

total level_before(const usage_account& in, const std::string& metric,
                   const std::string& subscription_id, timestamp start) {
  auto of = in.metrics.find(metric);
  auto out = of == in.metrics.end() ? total{} : all_time(of->second);
  if (auto periods = in.periods.find(subscription_id); periods != in.periods.end()) {
    for (const auto& x : periods->second) {
      auto used = x.metrics.find(metric);
      bool counts = x.period.start >= start && used != x.metrics.end();
      out = counts ? out - used->second.sum - used->second.uncounted.value_or(total{}) : out;
    }
  }
  return out;
}

usage_aggregate used_in(const usage_account& in, const std::string& subscription_id,
                        const std::string& metric, const billing_period& period) {
  usage_aggregate out;
  auto of = in.periods.find(subscription_id);
  if (of == in.periods.end()) {
    return out;
  }
  for (const auto& x : of->second) {
    auto used = x.metrics.find(metric);
    if (begins_in(x, period) && used != x.metrics.end()) {
      merge(out, used->second, x.period.start - period.start);
    }
  }
  return out;
}

std::optional<usage_aggregate> part_in(const usage_account& in, const std::string& subscription_id,
                                       const std::string& metric, timestamp start) {
  auto of = in.periods.find(subscription_id);
  if (of == in.periods.end()) {
    return std::nullopt;
  }
  auto part = std::find_if(of->second.begin(), of->second.end(),
                           [&](const auto& x) { return x.period.start == start; });
  if (part == of->second.end()) {
    return std::nullopt;
  }
  auto used = part->metrics.find(metric);
  return used == part->metrics.end() ? usage_aggregate{} : used->second;
}

std::optional<counted_units> units_in(const usage_account& recorded,
                                      const std::string& subscription_id, const std::string& metric,
                                      meter_aggregation how, const billing_period& part) {
  auto used = part_in(recorded, subscription_id, metric, part.start);
  if (!used) {  // what stood before stands still where nothing was recorded since
    auto of = recorded.periods.find(subscription_id);
    bool is_newest = of == recorded.periods.end() || of->second.empty()
                     || of->second.back().period.start < part.start;
    if (!is_newest) {
      return std::nullopt;
    }
    used.emplace();
  }
  auto before = level_before(recorded, metric, subscription_id, part.start);
  auto units = decimal_of(value_of(*used, how, part, before));
  return counted_units{used->events, std::max(units, decimal{0})};
}

std::int64_t noticed_in(const usage_account& in, const std::string& subscription_id,
                        const std::string& metric, const billing_period& period) {
  std::int64_t out = 0;
  auto of = in.periods.find(subscription_id);
  if (of == in.periods.end()) {
    return out;
  }
  for (const auto& x : of->second) {
    auto told = x.noticed.find(metric);
    out = begins_in(x, period) && told != x.noticed.end() ? std::max(out, told->second) : out;
  }
  return out;
}

void count(const usage_recorded& what, usage_granularity by, const billing_period& range,
           std::map<std::string, counted_usage>& into) {
  for (const auto& x : what.events) {
    if (x.filtered) {
      continue;
    }
    auto& of = into[x.metric];
    auto start = start_of(x.at, by);
    if (start < range.start) {
      of.before = of.before + total_of(x.value.value_or(x.quantity));
    } else if (start < range.end) {
      add(window_at(of.windows, start), x, start);
    }
  }
}

}  // namespace bursar::domain
