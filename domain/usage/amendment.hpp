// How usage that was recorded is put right. An amendment takes away what was recorded before it, by
// id or whatever was used in a range, and adds something else. Nothing is deleted: what it takes
// away stays in the journal, and counts again once the amendment is reverted. Pure.
//
// Which of it counts is in domain/usage_recount.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "base/time.hpp"
#include "domain/usage/recorded_usage.hpp"

namespace bursar::domain {

inline constexpr std::size_t usage_amendments_max = 1'000;     // of one organization
inline constexpr std::int64_t amendment_events_max = 100'000;  // and ids it removes, of one
inline constexpr std::size_t amendment_metrics_max = 100;      // of one range
inline constexpr std::chrono::days amended_behind_max = months_kept;

// -- state ---

// draft     nothing of it counts yet
// applied   it counts
// reverted  it does not count any more, or never did
BOOST_DEFINE_ENUM_CLASS(amendment_status, draft, applied, reverted)

struct usage_range {
  timestamp start{}, end{};                         // when it was used
  std::optional<std::vector<std::string>> metrics;  // empty: of all
  friend bool operator==(const usage_range&, const usage_range&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_range, (), (start, end, metrics))

struct usage_amendment {
  amendment_status status = amendment_status::draft;
  std::string reason;
  std::optional<usage_range> replaced;
  timestamp created_at{};
  std::optional<timestamp> applied_at, reverted_at;
  std::int64_t events = 0, removals = 0;  // that it names
  std::int64_t removed = 0;               // that counted until it was applied
  friend bool operator==(const usage_amendment&, const usage_amendment&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_amendment, (),
                      (status, reason, replaced, created_at, applied_at, reverted_at, events,
                       removals, removed))

// -- events ---

// What is counted anew, and what it comes to: windows and parts of periods; without events, that
// nothing is left there.
struct recounted_windows {
  std::vector<usage_window> hours, days, months;
  std::optional<total> before;  // the sum of the months that are forgotten
  friend bool operator==(const recounted_windows&, const recounted_windows&) = default;
};
BOOST_DESCRIBE_STRUCT(recounted_windows, (), (hours, days, months, before))

struct recounted_part {
  std::string subscription_id;  // empty: of none
  billing_period period;
  std::string metric;
  usage_aggregate value;
  friend bool operator==(const recounted_part&, const recounted_part&) = default;
};
BOOST_DESCRIBE_STRUCT(recounted_part, (), (subscription_id, period, metric, value))

struct recounted_usage {
  std::map<std::string, recounted_windows> metrics;
  std::vector<recounted_part> parts;
  friend bool operator==(const recounted_usage&, const recounted_usage&) = default;
};
BOOST_DESCRIBE_STRUCT(recounted_usage, (), (metrics, parts))

struct usage_amendment_drafted {
  std::string amendment_id;
  timestamp at{};
  std::string reason;
  std::optional<usage_range> replaced;
  friend bool operator==(const usage_amendment_drafted&, const usage_amendment_drafted&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_amendment_drafted, (), (amendment_id, at, reason, replaced))

// A draft gets something: an event instead of what was recorded with its id, if anything was.
struct usage_staged {
  std::string amendment_id;
  std::vector<recorded_usage> events;
  std::vector<std::string> removed;  // ids
  friend bool operator==(const usage_staged&, const usage_staged&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_staged, (), (amendment_id, events, removed))

struct usage_amended {
  std::string amendment_id;
  timestamp at{};
  std::int64_t removed = 0;  // that counted until now
  recounted_usage recounted;
  friend bool operator==(const usage_amended&, const usage_amended&) = default;
};
BOOST_DESCRIBE_STRUCT(usage_amended, (), (amendment_id, at, removed, recounted))

struct usage_amendment_reverted {
  std::string amendment_id;
  timestamp at{};
  recounted_usage recounted;
  friend bool operator==(const usage_amendment_reverted&, const usage_amendment_reverted&)
    = default;
};
BOOST_DESCRIBE_STRUCT(usage_amendment_reverted, (), (amendment_id, at, recounted))

// -- commands ---

class usage_recount;

// Drafts an amendment, adds to it, applies or reverts it; several of these at once.
struct amend_usage {
  struct drafted {
    std::string reason;
    std::optional<usage_range> replaced;
  };
  std::string amendment_id;
  std::optional<drafted> draft;           // it is a new one
  std::vector<record_usage::item> items;  // usage_batch_max at most, as `removed`
  std::vector<std::string> removed;       // ids
  std::optional<amendment_status> becomes;
  // Ids of both that were recorded before, in an amendment only if that is applied.
  std::set<std::string> known{};
  std::set<std::string> removed_before{};  // of `removed`, what the amendment names already
  // Of all events until the decision; where it becomes something, not null.
  std::shared_ptr<usage_recount> recount{};
};

}  // namespace bursar::domain
