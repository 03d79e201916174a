#include "domain/access_changes.hpp"

#include <algorithm>

namespace bursar::domain {
namespace {

// Grants expire and holds end: each has its row among what falls due. What an ended hold held
// counts again, though nobody said so yet, until its grant expires, which may have no row then.
timestamp next_of_credits(const credit_account& in, timestamp now) {
  auto out = timestamp_max;
  auto behind_now = format_rfc3339(std::clamp(now, timestamp{}, timestamp_max)) + '~';
  auto next = in.due.upper_bound(behind_now);
  if (next != in.due.end()) {
    out = parse_rfc3339(std::string_view{*next}.substr(0, next->find(' '))).value();
  }
  if (next == in.due.begin()) {
    return out;
  }
  for (const auto& [id, hold] : in.holds) {
    for (const auto& draw : hold.draws) {
      auto ends = in.grants.at(draw.grant_id).grant.expires_at;
      out = ends && now < *ends ? std::min(out, *ends) : out;
    }
  }
  return out;
}

}  // namespace

timestamp access_changes_at(const organization& state, timestamp now) {
  auto out = std::min(next_of_credits(state.credits, now),
                      end_of(start_of(now, usage_granularity::month), usage_granularity::month));
  for (const auto& running : running_periods(state, now)) {
    if (now < running.period.end) {
      out = std::min(out, running.period.end);
    }
  }
  return out;
}

}  // namespace bursar::domain
