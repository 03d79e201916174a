// How usage that was recorded is put right: which amendments can be made, and what it comes to
// then.
#include <algorithm>
#include <utility>

#include "base/limits.hpp"
#include "domain/quotas.hpp"
#include "domain/usage/measure.hpp"
#include "domain/usage_recount.hpp"

namespace bursar::domain {
namespace {

error wrong(std::string pointer, std::string why) {
  return unusable(std::move(pointer), std::move(why), errc::invalid_parameter);
}

result<void> check_range(const usage_range& x, const decision_context& context) {
  if (x.start >= x.end) {
    return wrong("/replace/end", "must be after start");
  }
  if (x.end > context.now) {
    return unusable("/replace/end", "must not be ahead");
  }
  if (x.start < context.now - amended_behind_max) {
    return unusable("/replace/start", "must not be more than "
                                        + std::to_string(amended_behind_max.count()) + " days ago");
  }
  if (!x.metrics) {
    return {};
  }
  if (x.metrics->empty() || x.metrics->size() > amendment_metrics_max) {
    return wrong("/replace/metrics", "must be 1 to 100, or absent");
  }
  for (std::size_t i = 0; i < x.metrics->size(); ++i) {
    if (!context.catalog->meters.contains((*x.metrics)[i])) {
      return unusable("/replace/metrics/" + std::to_string(i), "has no meter");
    }
  }
  return {};
}

result<void> check_draft(const organization& state, const amend_usage::drafted& x,
                         const decision_context& context) {
  if (x.reason.empty() || x.reason.size() > limits::text_bytes_max) {
    return wrong("/reason", "must be 1 to 512 bytes");
  }
  auto after = state.usage;
  amend(after, usage_amendment_drafted{"new", context.now, x.reason, x.replaced});
  if (after.amendments.size() > usage_amendments_max) {  // but for those long forgotten
    return error{errc::unprocessable, "an organization has 1000 amendments at most"};
  }
  return x.replaced ? check_range(*x.replaced, context) : result<void>{};
}

// What an amendment is before anything is done to it.
result<usage_amendment> amendment_of(const organization& state, const amend_usage& c,
                                     const decision_context& context) {
  if (c.draft) {
    if (auto good = check_draft(state, *c.draft, context); !good) {
      return good.error();
    }
    usage_amendment out;
    out.reason = c.draft->reason;
    out.replaced = c.draft->replaced;
    return out;
  }
  auto found = state.usage.amendments.find(c.amendment_id);
  if (found == state.usage.amendments.end()) {
    return error{errc::not_found, "no such amendment of usage"};
  }
  auto status = found->second.status;
  bool can = status == amendment_status::draft
             || (status == amendment_status::applied && c.becomes == amendment_status::reverted);
  if (!can) {
    bool applied = status == amendment_status::applied;
    return error{errc::conflict,
                 applied ? "the amendment is applied" : "the amendment is reverted"};
  }
  return found->second;
}

result<void> check_id(const record_usage::item& item,
                      const std::map<std::string_view, sha256_digest>& taken) {
  auto before = item.recorded_sha256;
  if (auto same = taken.find(item.event.id); !before && same != taken.end()) {
    before = same->second;
  }
  if (before && *before != item.sha256) {
    return unusable("/id", "was said otherwise in this amendment", errc::conflict);
  }
  return {};
}

// What is added to it now: all of it, or nothing.
result<usage_staged> staged_of(const amend_usage& c, const decision_context& context) {
  usage_staged out{c.amendment_id, {}, {}};
  std::map<std::string_view, sha256_digest> taken;
  for (const auto& item : c.items) {
    auto place = "/events/" + std::to_string(item.index);
    if (item.problem) {
      return within(place, *item.problem);
    }
    if (!item.event.at) {
      return within(place, wrong("/timestamp", "is required"));
    }
    if (auto good = check_id(item, taken); !good) {
      return within(place, good.error());
    }
    auto made = measured(item.event, context.catalog->meters, context.now, amended_behind_max);
    if (!made) {
      return within(place, made.error());
    }
    if (taken.emplace(item.event.id, item.sha256).second && !item.recorded_sha256) {
      out.events.push_back(std::move(*made));
    }
  }
  for (std::size_t i = 0; i < c.removed.size(); ++i) {
    auto pointer = "/remove/" + std::to_string(i);
    if (c.removed_before.contains(c.removed[i])) {
      continue;
    }
    if (!c.known.contains(c.removed[i])) {
      return unusable(pointer, "was never recorded, or is among the amendment's events");
    }
    if (taken.contains(c.removed[i])) {
      return unusable(pointer, "is among the events, too");
    }
    if (std::find(out.removed.begin(), out.removed.end(), c.removed[i]) != out.removed.end()) {
      return unusable(pointer, "is there twice");
    }
    out.removed.push_back(c.removed[i]);
  }
  return out;
}

// Whether something would be different that is billed, and must not be.
bool changes_billed(const organization& state, const usage_account& as_it_would_be,
                    const catalog& in) {
  auto differs = [&](const subscription& s, const metered_period& of) {
    return std::any_of(of.usage.begin(), of.usage.end(), [&](const auto& entry) {
      // Named, not bound: a lambda may not take a structured binding with it (clang 14).
      const auto& metric = entry.first;
      auto aggregation = entry.second.aggregation;
      auto meter = in.meters.find(metric);
      if (meter == in.meters.end() || meter->second.late_usage != late_usage_policy::reject) {
        return false;
      }
      bool by_event = is_by_event(of.terms.usage->at(metric));
      auto billed_by = [&](const usage_account& account) {
        auto counted = units_in(account, s.id, metric, aggregation, of.period);
        auto events = counted && by_event ? counted->events : 0;
        return std::pair{counted ? counted->units : decimal{0}, events};
      };
      return billed_by(state.usage) != billed_by(as_it_would_be);
    });
  };
  for (const auto& [id, s] : state.billing.subscriptions) {
    for (const auto& of : s.metered) {
      if (is_billed(state, of) && differs(s, of)) {
        return true;
      }
    }
  }
  return false;
}

// Of periods that run, or that late usage may still come of.
std::set<std::string> metrics_in(const recounted_usage& x) {
  std::set<std::string> out;
  for (const auto& part : x.parts) {
    out.insert(part.metric);
  }
  return out;
}

// Stripe's meters count on their own, and take nothing back, of whatever period.
std::optional<std::string> told_to_stripe(const organization& state, const recounted_usage& x,
                                          const catalog& in) {
  auto metrics = metrics_in(x);
  for (const auto& [metric, windows] : x.metrics) {
    metrics.insert(metric);
  }
  for (const auto& metric : metrics) {
    auto meter = in.meters.find(metric);
    if (meter != in.meters.end() && meter->second.stripe_event_name && metered_customer(state)) {
      return metric;
    }
  }
  return std::nullopt;
}

void tell_quotas(organization state, const std::set<std::string>& metrics,
                 const decision_context& context, std::vector<event>& into) {
  for (const auto& e : into) {
    state = evolve(std::move(state), e);
  }
  auto features = features_of(state, *context.catalog);
  for (const auto& metric : metrics) {
    auto feature = features.find(metric);
    auto limit = feature == features.end() ? std::nullopt : limit_of(feature->second);
    auto meter = context.catalog->meters.find(metric);
    if (limit && meter != context.catalog->meters.end()) {
      auto quota = quota_of(state, meter->second, *limit, context.now);
      if (auto told = notice_of(metric, quota)) {
        into.emplace_back(std::move(*told));
      }
    }
  }
}

// What is recorded if it is applied or reverted now.
result<void> become(const organization& state, const amend_usage& c,
                    const std::vector<recorded_usage>& more, const decision_context& context,
                    std::vector<event>& into) {
  if (c.recount->is_stale()) {
    return error{errc::shard_unavailable, "usage was amended at the same moment; ask again"};
  }
  auto as_it_would_be = c.recount->counted(context.now, more);
  auto as_it_is = evolve(state, usage_recorded{context.now, {}});
  if (changes_billed(as_it_is, as_it_would_be, *context.catalog)) {
    return error{errc::unprocessable,
                 "it would change a period that is billed, of a meter that takes no late usage"};
  }
  auto recounted = difference(as_it_is.usage, as_it_would_be);
  auto metrics = metrics_in(recounted);
  if (auto metric = told_to_stripe(state, recounted, *context.catalog)) {
    return error{errc::unprocessable,
                 "Stripe bills " + *metric + ", and was told: correct it there"};
  }
  if (c.becomes == amendment_status::applied) {
    into.emplace_back(
      usage_amended{c.amendment_id, context.now, c.recount->removed(), std::move(recounted)});
  } else {
    into.emplace_back(usage_amendment_reverted{c.amendment_id, context.now, std::move(recounted)});
  }
  tell_quotas(state, metrics, context, into);
  return {};
}

}  // namespace

result<std::vector<event>> decide_amendment(const organization& state, const amend_usage& c,
                                            const decision_context& context) {
  auto before = amendment_of(state, c, context);
  auto staged = before ? staged_of(c, context) : result<usage_staged>{before.error()};
  if (!staged) {
    return staged.error();
  }
  auto events = before->events + static_cast<std::int64_t>(staged->events.size());
  auto removals = before->removals + static_cast<std::int64_t>(staged->removed.size());
  if (events + removals > amendment_events_max) {
    return error{errc::unprocessable, "an amendment is 100000 events and removals at most"};
  }
  bool is_empty = events + removals == 0 && !before->replaced;
  if (c.becomes == amendment_status::applied && is_empty) {
    return error{errc::unprocessable, "the amendment says nothing"};
  }
  std::vector<event> out;
  if (c.draft) {
    out.emplace_back(
      usage_amendment_drafted{c.amendment_id, context.now, c.draft->reason, c.draft->replaced});
  }
  bool stages = !staged->events.empty() || !staged->removed.empty();
  auto more = staged->events;
  if (stages) {
    out.emplace_back(std::move(*staged));
  }
  if (c.becomes == amendment_status::reverted && before->status == amendment_status::draft) {
    out.emplace_back(usage_amendment_reverted{c.amendment_id, context.now, {}});
  } else if (c.becomes) {
    if (auto done = become(state, c, more, context, out); !done) {
      return done.error();
    }
  }
  return out;
}

}  // namespace bursar::domain
