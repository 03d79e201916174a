#include "domain/usage/amendment.hpp"

#include <algorithm>
#include <utility>

#include "domain/usage/usage_account.hpp"

namespace bursar::domain {
namespace {

using windows = std::vector<usage_window>;

auto window_at(windows& of, timestamp start) {
  return std::lower_bound(of.begin(), of.end(), start,
                          [](const usage_window& x, timestamp t) { return x.start < t; });
}

void restate(windows& to, const windows& changed) {
  for (const auto& x : changed) {
    auto at = window_at(to, x.start);
    bool has = at != to.end() && at->start == x.start;
    if (x.value.events == 0) {
      to.erase(at, has ? std::next(at) : at);
    } else if (has) {
      at->value = x.value;
    } else {
      to.insert(at, x);
    }
  }
}

void restate(std::vector<period_usage>& to, const recounted_part& x) {
  auto at = std::find_if(to.begin(), to.end(),
                         [&](const period_usage& y) { return y.period.start >= x.period.start; });
  if (at == to.end() || at->period.start != x.period.start) {
    at = to.insert(at, period_usage{x.period, {}, {}});
  }
  if (x.value == usage_aggregate{}) {
    at->metrics.erase(x.metric);
  } else {
    at->metrics[x.metric] = x.value;
  }
}

void restate(usage_account& to, const recounted_usage& what) {
  for (const auto& [metric, x] : what.metrics) {
    auto& of = to.metrics[metric];
    restate(of.hours, x.hours);
    restate(of.days, x.days);
    restate(of.months, x.months);
    of.before = x.before.value_or(of.before);
  }
  for (const auto& x : what.parts) {
    restate(to.periods[x.subscription_id], x);
  }
}

// The windows that are different, as they are in `is`.
windows changed(const windows& of, const windows& is) {
  windows out;
  auto had = of.begin();
  auto has = is.begin();
  while (had != of.end() || has != is.end()) {
    if (has == is.end() || (had != of.end() && had->start < has->start)) {
      out.push_back({had++->start, {}});
    } else if (had == of.end() || has->start < had->start) {
      out.push_back(*has++);
    } else if (!(had->value == has->value)) {
      out.push_back(*has++);
      ++had;
    } else {
      ++had;
      ++has;
    }
  }
  return out;
}

recounted_windows changed(const metered_usage& of, const metered_usage& is) {
  recounted_windows out{
    changed(of.hours, is.hours), changed(of.days, is.days), changed(of.months, is.months), {}};
  if (of.before != is.before) {
    out.before = is.before;
  }
  return out;
}

// What of a metric was used in a part of a period: as it was, and as it is.
struct both_values {
  billing_period period;
  usage_aggregate was, is;
};
using parts = std::map<std::pair<timestamp, std::string>, both_values>;

void collect(const std::vector<period_usage>& from, usage_aggregate both_values::*as, parts& into) {
  for (const auto& part : from) {
    for (const auto& [metric, value] : part.metrics) {
      auto& to = into[{part.period.start, metric}];
      to.period = part.period;
      to.*as = value;
    }
  }
}

void collect_changed(const std::string& subscription_id, const std::vector<period_usage>& of,
                     const std::vector<period_usage>& is, std::vector<recounted_part>& into) {
  parts all;
  collect(of, &both_values::was, all);
  collect(is, &both_values::is, all);
  for (auto& [key, x] : all) {
    if (!(x.was == x.is)) {
      into.push_back({subscription_id, x.period, key.second, std::move(x.is)});
    }
  }
}

// What is neither a draft nor can have anything to do with late usage any more.
bool is_forgotten(const usage_amendment& x, timestamp now) {
  return x.status != amendment_status::draft && x.created_at < now - amended_behind_max;
}

template <class Map>
std::set<std::string> keys_of(const Map& a, const Map& b) {
  std::set<std::string> out;
  for (const auto* of : {&a, &b}) {
    for (const auto& [key, value] : *of) {
      out.insert(key);
    }
  }
  return out;
}

template <class Map>
typename Map::mapped_type value_in(const Map& of, const std::string& key) {
  auto found = of.find(key);
  return found == of.end() ? typename Map::mapped_type{} : found->second;
}

}  // namespace

void amend(usage_account& to, const usage_amendment_drafted& e) {
  std::erase_if(to.amendments, [&](const auto& x) { return is_forgotten(x.second, e.at); });
  usage_amendment made;
  made.reason = e.reason;
  made.replaced = e.replaced;
  made.created_at = e.at;
  to.amendments.emplace(e.amendment_id, std::move(made));
}

void amend(usage_account& to, const usage_staged& e) {
  auto& x = to.amendments[e.amendment_id];
  x.events += static_cast<std::int64_t>(e.events.size());
  x.removals += static_cast<std::int64_t>(e.removed.size());
}

void amend(usage_account& to, const usage_amended& e) {
  auto& x = to.amendments[e.amendment_id];
  x.status = amendment_status::applied;
  x.applied_at = e.at;
  x.removed = e.removed;
  restate(to, e.recounted);
}

void amend(usage_account& to, const usage_amendment_reverted& e) {
  auto& x = to.amendments[e.amendment_id];
  x.status = amendment_status::reverted;
  x.reverted_at = e.at;
  restate(to, e.recounted);
}

recounted_usage difference(const usage_account& of, const usage_account& is) {
  recounted_usage out;
  for (const auto& metric : keys_of(of.metrics, is.metrics)) {
    auto made = changed(value_in(of.metrics, metric), value_in(is.metrics, metric));
    if (made != recounted_windows{}) {
      out.metrics.emplace(metric, std::move(made));
    }
  }
  for (const auto& id : keys_of(of.periods, is.periods)) {
    collect_changed(id, value_in(of.periods, id), value_in(is.periods, id), out.parts);
  }
  return out;
}

}  // namespace bursar::domain
