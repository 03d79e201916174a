// What an organization says that it used: what can be recorded of it, and which quotas it reaches.
#include <algorithm>
#include <string_view>

#include "base/encoding.hpp"
#include "base/limits.hpp"
#include "domain/overloaded.hpp"
#include "domain/quotas.hpp"
#include "domain/usage/measure.hpp"
#include "domain/usage_recount.hpp"

namespace bursar::domain {
namespace {

// Whether it was used in a period whose invoice is not a draft any more.
bool is_billed(const organization& state, const recorded_usage& x) {
  auto billed = [&](const metered_period& of) {
    return x.at >= of.period.start && x.at < of.period.end && of.usage.contains(x.metric)
           && domain::is_billed(state, of);
  };
  return std::any_of(state.billing.subscriptions.begin(), state.billing.subscriptions.end(),
                     [&](const auto& entry) {
                       const auto& metered = entry.second.metered;
                       return std::any_of(metered.begin(), metered.end(), billed);
                     });
}

// A batch, one after the other.
class batch {
 public:
  batch(const organization& state, const decision_context& context)
    : state_{state}, context_{context}, features_{features_of(state, *context.catalog)} {}

  void take(const record_usage::item& item) {
    auto index = item.index;
    auto& out = *context_.usage;
    if (item.problem) {
      out.rejected.push_back({index, item.event.id, *item.problem});
      return;
    }
    auto before = item.recorded_sha256;
    if (auto same = taken_.find(item.event.id); !before && same != taken_.end()) {
      before = same->second;
    }
    if (before == item.sha256) {
      ++out.duplicates;
    } else if (before) {
      auto why = "was used for something else: its SHA-256 is " + to_hex(*before) + ", here it is "
                 + to_hex(item.sha256);
      out.rejected.push_back({index, item.event.id, unusable("/id", why, errc::conflict)});
    } else if (auto good = add(item); !good) {
      out.rejected.push_back({index, item.event.id, good.error()});
    } else {
      ++out.accepted;
    }
  }

  std::vector<event> events() && {
    std::vector<event> out;
    if (recorded_.events.empty()) {
      return out;
    }
    recorded_.at = context_.now;
    auto anomalies = anomalies_in(recorded_, state_.usage, context_.catalog->meters);
    out.emplace_back(std::move(recorded_));
    for (const auto& [metric, x] : quotas_) {
      if (auto told = x ? notice_of(metric, *x) : std::nullopt) {
        out.emplace_back(std::move(*told));
      }
    }
    for (auto& x : anomalies) {
      out.emplace_back(std::move(x));
    }
    return out;
  }

 private:
  result<void> add(const record_usage::item& item) {
    auto made = measured(item.event, context_.catalog->meters, context_.now);
    if (!made) {
      return made.error();
    }
    auto late = context_.catalog->meters.at(made->metric).late_usage;
    if (late == late_usage_policy::reject && is_billed(state_, *made)) {
      return unusable("/timestamp", "is of a period that is billed");
    }
    if (auto* quota = quota_for(made->metric); quota != nullptr && !made->filtered) {
      if (auto good = count(*quota, *made); !good) {
        return good;
      }
    }
    taken_.emplace(item.event.id, item.sha256);
    recorded_.events.push_back(std::move(*made));
    return {};
  }

  result<void> count(quota& in, const recorded_usage& what) const {
    if (what.at < in.period.start || what.at >= in.period.end) {
      return {};
    }
    auto after = in.used;
    domain::add(after, what, in.period.start);
    if (in.by.quota == quota_limit::hard && in.used_with(after) > in.limit) {
      auto remaining = std::max<std::int64_t>(in.limit - in.used_with(in.used), 0);
      return unusable("/quantity",
                      "would exceed the quota: " + std::to_string(remaining) + " of "
                        + std::to_string(in.limit) + " are left",
                      errc::quota_exceeded)
        .with("limit", in.limit)
        .with("remaining", remaining);
    }
    in.used = std::move(after);
    return {};
  }

  quota* quota_for(const std::string& metric) {
    auto [at, is_new] = quotas_.try_emplace(metric);
    if (is_new) {
      auto feature = features_.find(metric);
      auto limit = feature == features_.end() ? std::nullopt : limit_of(feature->second);
      if (limit) {
        at->second = quota_of(state_, context_.catalog->meters.at(metric), *limit, context_.now);
      }
    }
    return at->second ? &*at->second : nullptr;
  }

  const organization& state_;
  const decision_context& context_;
  std::map<std::string, scalar> features_;
  std::map<std::string, std::optional<quota>> quotas_;  // by metric; empty: it has none
  std::map<std::string_view, sha256_digest> taken_;     // by id
  usage_recorded recorded_;
};

result<std::vector<event>> decide(const organization& state, const record_usage& c,
                                  const decision_context& context) {
  auto& outcome = *context.usage = {};
  batch all{state, context};
  for (const auto& item : c.items) {
    all.take(item);
  }
  if (c.items.size() == 1 && !c.part_of_more && !outcome.rejected.empty()) {
    return within("/events/0", outcome.rejected.front().why);
  }
  return std::move(all).events();
}

constexpr std::size_t overrides_max = 100;

std::optional<error> check_override(const std::string& name, const std::optional<scalar>& value) {
  if (name.empty() || name.size() > limits::text_bytes_max) {
    return unusable("/entitlements", "must have names of 1 to 512 bytes", errc::invalid_parameter);
  }
  const auto* number = value ? std::get_if<std::int64_t>(&*value) : nullptr;
  const auto* text = value ? std::get_if<std::string>(&*value) : nullptr;
  if (number != nullptr && (*number < -1 || *number > quantity_max)) {
    return unusable("/entitlements/" + name, "must be -1, which is unlimited, or 0 to 10^12");
  }
  if (text != nullptr && text->size() > limits::text_bytes_max) {
    return unusable("/entitlements/" + name, "must be 512 bytes at most", errc::invalid_parameter);
  }
  return std::nullopt;
}

result<std::vector<event>> decide(const organization& state, const override_entitlements& c,
                                  const decision_context&) {
  std::vector<event> out;
  auto all = state.usage.overrides;
  for (const auto& [name, value] : c.changes) {
    if (auto bad = check_override(name, value)) {
      return *bad;
    }
    if (value) {
      all[name] = *value;
    } else {
      all.erase(name);
    }
  }
  if (all.size() > overrides_max) {
    return unusable("/entitlements", "must be 100 at most");
  }
  if (all != state.usage.overrides) {
    out.emplace_back(entitlements_overridden{std::move(all)});
  }
  return out;
}

}  // namespace

result<std::vector<event>> decide_usage(const organization& state, const usage_command& wanted,
                                        const decision_context& context) {
  if (state.id.empty()) {
    return error{errc::not_found, "no such organization"};
  }
  return std::visit(
    overloaded{[&](const amend_usage& c) { return decide_amendment(state, c, context); },
               [&](const auto& c) { return decide(state, c, context); }},
    wanted);
}

}  // namespace bursar::domain
