// What was recorded of usage, counted again from an organization's events: as its amendments have
// it, or as they would with one more or one less. Pure.
//
// An amendment in force takes away what was recorded before it was applied, by id or in its range,
// and counts as recorded there; so the latest one that is in force decides, in whatever order
// others are reverted.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "domain/organization.hpp"

namespace bursar::domain {

// Which of what was recorded counts. Learns all of an organization's events about amendments, in
// their order, before it is asked.
class usage_amendments {
 public:
  static constexpr std::uint64_t at_the_end = std::numeric_limits<std::uint64_t>::max();

  usage_amendments() = default;
  usage_amendments(usage_amendments&&) = default;  // not copied: it points into itself
  usage_amendments& operator=(usage_amendments&&) = default;
  ~usage_amendments() = default;

  void learn(std::uint64_t sequence, const event& e);

  // As if it were applied after all events, or reverted.
  void suppose(const amend_usage& c);

  // What an event records that counts. Empty: it is about something else.
  std::optional<usage_recorded> counted(std::uint64_t sequence, const event& e) const;
  // What that amendment adds, at the end.
  std::vector<recorded_usage> added(const std::string& amendment_id) const;

 private:
  struct amendment {
    std::uint64_t sequence = 0;  // from where on it counts; 0: it does not
    std::optional<usage_range> replaced;
    std::set<std::string> ids;
    std::vector<recorded_usage> events;
  };
  bool counts(std::uint64_t sequence, const recorded_usage& x) const;
  std::vector<recorded_usage> counting(std::uint64_t sequence,
                                       const std::vector<recorded_usage>& of) const;
  void force(const amendment& x);
  void find_last();

  std::map<std::string, amendment> known_;
  std::map<std::string, std::uint64_t> last_of_id_;  // the latest in force that names it
  std::vector<const amendment*> ranges_;             // in force
};

// Whether it is about an amendment.
bool is_amending(const event& e);

// An organization as it would be if what does not count had never been recorded.
class usage_recount {
 public:
  explicit usage_recount(const amend_usage& supposed) : supposed_{supposed} {}

  // First all of its events that are about amendments.
  void learn(std::uint64_t sequence, const event& e);
  // Then all, in their order.
  void take(std::uint64_t sequence, const event& e);
  std::uint64_t taken() const { return taken_; }
  // An amendment was among them that it did not learn of: it is to be made anew.
  bool is_stale() const { return is_stale_; }

  // With what the amendment adds now, `more` of it said only now. `removed` is how many events that
  // counted do not.
  usage_account counted(timestamp now, const std::vector<recorded_usage>& more) const;
  std::int64_t removed() const { return removed_; }

 private:
  amend_usage supposed_;
  bool is_supposed_ = false, is_stale_ = false;
  usage_amendments amendments_, before_;  // with what is supposed, and without it
  organization as_if_;
  std::uint64_t learned_ = 0, taken_ = 0;  // sequences
  std::int64_t removed_ = 0;
};

// invalid_parameter, unprocessable with pointers; not_found, conflict: no such amendment, or
// nothing can be done with it any more. Internal to domain/: a part of decide().
result<std::vector<event>> decide_amendment(const organization& state, const amend_usage& wanted,
                                            const decision_context& context);

}  // namespace bursar::domain
