// What organizations answered last when they were asked what they may do, where every thread finds
// it (docs/adr/0019). An answer is here only while its organization would say the same:
//
//   kept        by the ORGANIZATION when it answers, if nothing of it is in flight
//   forgotten   by the ORGANIZATION when it decided something, before that goes to the EVENT LOG;
//               and when it ends
//   not found   once time changes it, another catalog is published, or it is so old that its
//               organization would be put to sleep, though it is asked for
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include <boost/container/small_vector.hpp>

#include "base/time.hpp"

namespace bursar::actors {

struct access_answer {
  // Beside the rest: of 10,000 organizations each look is at memory that is in no cache.
  boost::container::small_vector<char, 384> body;
  std::uint64_t catalog_version = 0;
  timestamp since, until;  // [since, until)
  std::chrono::steady_clock::time_point asked_again_at;
};

class access_answers {
 public:
  // Both of now.
  std::optional<std::string> find(const std::string& organization, std::uint64_t catalog_version,
                                  timestamp now,
                                  std::chrono::steady_clock::time_point steady) const {
    const auto& in = part_of(organization);
    std::lock_guard lock{in.mutex};
    auto found = in.kept.find(organization);
    if (found == in.kept.end()) {
      return std::nullopt;
    }
    const auto& x = found->second;
    bool holds = x.catalog_version == catalog_version && x.since <= now && now < x.until
                 && steady < x.asked_again_at;
    return holds ? std::optional{std::string{x.body.data(), x.body.size()}} : std::nullopt;
  }
  void keep(const std::string& organization, access_answer what) {
    auto& in = part_of(organization);
    std::lock_guard lock{in.mutex};
    in.kept.insert_or_assign(organization, std::move(what));
  }
  void forget(const std::string& organization) {
    auto& in = part_of(organization);
    std::lock_guard lock{in.mutex};
    in.kept.erase(organization);
  }

 private:
  struct part {
    mutable std::mutex mutex;
    std::unordered_map<std::string, access_answer> kept;
    part() { kept.max_load_factor(0.5F); }  // so that most looks are at one place
  };
  const part& part_of(const std::string& organization) const {
    return parts_[std::hash<std::string>{}(organization) % parts_.size()];
  }
  part& part_of(const std::string& organization) {
    return parts_[std::hash<std::string>{}(organization) % parts_.size()];
  }

  std::array<part, 16> parts_;
};

}  // namespace bursar::actors
