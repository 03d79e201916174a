#include "domain/usage_checks.hpp"

#include <algorithm>

#include "domain/quotas.hpp"

namespace bursar::domain {
namespace {

// What would be used of the quota with so much more: of what counts different values or events,
// that many of them.
std::int64_t used_with(const quota& x, const decimal& more, timestamp now) {
  using enum meter_aggregation;
  if (x.by.aggregation == count || x.by.aggregation == unique) {
    return x.used_with(x.used) + ceiling(total_of(more));
  }
  recorded_usage one;
  one.quantity = more;
  one.at = now;
  auto after = x.used;
  add(after, one, x.period.start);
  return x.used_with(after);
}

bool is_included(const scalar& feature) {
  const auto* flag = std::get_if<bool>(&feature);
  return flag == nullptr || *flag;
}

class checking {
 public:
  checking(const organization& state, const catalog& in, timestamp now)
    : state_{state},
      catalog_{in},
      now_{now},
      access_{access_of(state, now)},
      features_{features_of(state, in)} {}

  checked_usage check(const usage_check& asked) const {
    checked_usage out{asked.feature, false, {}, {}, {}, {}};
    auto feature = features_.find(asked.feature);
    bool is_there = feature != features_.end() && is_included(feature->second);
    if (is_there) {
      out.reason = exceeded(asked, feature->second, out);
    } else {
      out.reason = "feature_not_included";
    }
    if (!access_.write) {
      out.reason = access_.reason;
    }
    out.allowed = !out.reason;
    return out;
  }

 private:
  // Says what there is of it, too.
  std::optional<std::string> exceeded(const usage_check& asked, const scalar& feature,
                                      checked_usage& into) const {
    into.limit = limit_of(feature);
    auto meter = catalog_.meters.find(asked.feature);
    bool is_metered = meter != catalog_.meters.end();
    std::optional<quota> of;
    if (is_metered) {
      of = quota_of(state_, meter->second, into.limit.value_or(0), now_);
      into.used = of->used_with(of->used);
    }
    if (!into.limit) {
      return std::nullopt;
    }
    into.remaining = std::max<std::int64_t>(*into.limit - into.used.value_or(0), 0);
    if (!is_metered) {
      bool exceeds = ceiling(total_of(asked.quantity)) > *into.limit;
      return exceeds ? std::optional<std::string>{"limit_exceeded"} : std::nullopt;
    }
    bool exceeds
      = of->by.quota == quota_limit::hard && used_with(*of, asked.quantity, now_) > *into.limit;
    return exceeds ? std::optional<std::string>{"quota_exceeded"} : std::nullopt;
  }

  const organization& state_;
  const catalog& catalog_;
  timestamp now_;
  access access_;
  std::map<std::string, scalar> features_;
};

}  // namespace

std::vector<checked_usage> check_usage(const organization& state,
                                       const std::vector<usage_check>& all, const catalog& catalog,
                                       timestamp now) {
  checking one_look{state, catalog, now};
  std::vector<checked_usage> out;
  out.reserve(all.size());
  for (const auto& asked : all) {
    out.push_back(one_look.check(asked));
  }
  return out;
}

}  // namespace bursar::domain
