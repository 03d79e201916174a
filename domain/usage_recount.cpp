#include "domain/usage_recount.hpp"

#include <algorithm>

#include "domain/overloaded.hpp"

namespace bursar::domain {
namespace {

bool contains(const usage_range& in, const recorded_usage& x) {
  bool of_metric
    = !in.metrics
      || std::find(in.metrics->begin(), in.metrics->end(), x.metric) != in.metrics->end();
  return of_metric && x.at >= in.start && x.at < in.end;
}

}  // namespace

// -- which of it counts ---

void usage_amendments::learn(std::uint64_t sequence, const event& e) {
  std::visit(overloaded{[&](const usage_amendment_drafted& x) {
                          known_[x.amendment_id].replaced = x.replaced;
                        },
                        [&](const usage_staged& x) {
                          auto& to = known_[x.amendment_id];
                          to.ids.insert(x.removed.begin(), x.removed.end());
                          for (const auto& staged : x.events) {
                            to.ids.insert(staged.id);
                            to.events.push_back(staged);
                          }
                        },
                        [&](const usage_amended& x) {
                          auto& to = known_[x.amendment_id];
                          to.sequence = sequence;
                          force(to);
                        },
                        [&](const usage_amendment_reverted& x) {
                          known_[x.amendment_id].sequence = 0;
                          find_last();
                        },
                        [](const auto&) {}},
             e);
}

void usage_amendments::suppose(const amend_usage& c) {
  auto& to = known_[c.amendment_id];
  if (c.draft) {
    to.replaced = c.draft->replaced;
  }
  to.ids.insert(c.removed.begin(), c.removed.end());
  for (const auto& item : c.items) {
    to.ids.insert(item.event.id);
  }
  to.sequence = c.becomes == amendment_status::applied ? at_the_end : 0;
  find_last();
}

void usage_amendments::force(const amendment& x) {
  for (const auto& id : x.ids) {
    auto& last = last_of_id_[id];
    last = std::max(last, x.sequence);
  }
  if (x.replaced) {
    ranges_.push_back(&x);
  }
}

void usage_amendments::find_last() {
  last_of_id_.clear();
  ranges_.clear();
  for (const auto& [id, x] : known_) {
    if (x.sequence > 0) {
      force(x);
    }
  }
}

bool usage_amendments::counts(std::uint64_t sequence, const recorded_usage& x) const {
  auto last = last_of_id_.find(x.id);
  if (last != last_of_id_.end() && last->second > sequence) {
    return false;
  }
  return std::none_of(ranges_.begin(), ranges_.end(), [&](const amendment* of) {
    return of->sequence > sequence && contains(*of->replaced, x);
  });
}

std::vector<recorded_usage> usage_amendments::counting(
  std::uint64_t sequence, const std::vector<recorded_usage>& of) const {
  std::vector<recorded_usage> out;
  std::copy_if(of.begin(), of.end(), std::back_inserter(out),
               [&](const recorded_usage& x) { return counts(sequence, x); });
  return out;
}

std::optional<usage_recorded> usage_amendments::counted(std::uint64_t sequence,
                                                        const event& e) const {
  if (const auto* recorded = std::get_if<usage_recorded>(&e)) {
    return usage_recorded{recorded->at, counting(sequence, recorded->events)};
  }
  const auto* amended = std::get_if<usage_amended>(&e);
  if (amended == nullptr) {
    return std::nullopt;
  }
  const auto& x = known_.at(amended->amendment_id);
  return usage_recorded{
    amended->at, x.sequence == 0 ? std::vector<recorded_usage>{} : counting(sequence, x.events)};
}

std::vector<recorded_usage> usage_amendments::added(const std::string& amendment_id) const {
  const auto& x = known_.at(amendment_id);
  return x.sequence == 0 ? std::vector<recorded_usage>{} : x.events;
}

bool is_amending(const event& e) {
  return std::holds_alternative<usage_amendment_drafted>(e)
         || std::holds_alternative<usage_staged>(e) || std::holds_alternative<usage_amended>(e)
         || std::holds_alternative<usage_amendment_reverted>(e);
}

// -- all of it ---

void usage_recount::learn(std::uint64_t sequence, const event& e) {
  learned_ = sequence;
  before_.learn(sequence, e);
  amendments_.learn(sequence, e);
}

void usage_recount::take(std::uint64_t sequence, const event& e) {
  if (!is_supposed_) {
    amendments_.suppose(supposed_);
    is_supposed_ = true;
  }
  taken_ = sequence;
  is_stale_ = is_stale_ || (is_amending(e) && sequence > learned_);
  if (is_stale_) {
    return;
  }
  if (const auto* reverted = std::get_if<usage_amendment_reverted>(&e)) {
    as_if_ = evolve(std::move(as_if_),
                    usage_amendment_reverted{reverted->amendment_id, reverted->at, {}});
    return;
  }
  auto counted = amendments_.counted(sequence, e);
  if (!counted) {
    as_if_ = evolve(std::move(as_if_), e);
    return;
  }
  auto counted_before = before_.counted(sequence, e)->events.size();
  removed_ += static_cast<std::int64_t>(counted_before)
              - static_cast<std::int64_t>(std::min(counted->events.size(), counted_before));
  if (const auto* amended = std::get_if<usage_amended>(&e)) {
    as_if_ = evolve(std::move(as_if_), usage_amended{amended->amendment_id, amended->at, 0, {}});
  }
  as_if_ = evolve(std::move(as_if_), *counted);
}

usage_account usage_recount::counted(timestamp now, const std::vector<recorded_usage>& more) const {
  usage_recorded last{now, {}};
  if (supposed_.becomes == amendment_status::applied) {
    last.events = amendments_.added(supposed_.amendment_id);
    last.events.insert(last.events.end(), more.begin(), more.end());
  }
  return evolve(as_if_, last).usage;
}

}  // namespace bursar::domain
