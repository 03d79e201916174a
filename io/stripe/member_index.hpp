// The members of one object by name: an object of Stripe's has sixty members, and its reader asks
// for thirty of them, twice. Lives on the stack of one thread; points into the parsed document.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <simdjson.h>

namespace bursar::io::stripe {

class member_index {
 public:
  // Of an object; anything else has no members.
  explicit member_index(simdjson::dom::element of);

  std::optional<simdjson::dom::element> find(std::string_view name) const;

 private:
  struct entry {
    std::string_view name;
    simdjson::dom::element value;
  };
  static constexpr std::size_t entries_max
    = 128;  // an object with more is searched member by member
  static constexpr std::size_t slots = 256;
  static std::size_t slot_of(std::string_view name);

  std::optional<simdjson::dom::object> object_;
  bool indexed_ = false;
  std::array<std::uint8_t, slots> first_{};  // 1 + the entry's index; 0: none
  std::array<entry, entries_max> entries_;
};

}  // namespace bursar::io::stripe
