// An object as it is, or as it was before its event: previous_attributes holds the old values of
// what changed, hashes recursively, lists as a whole. Every reading is written once and works on
// both. Internal to io/stripe/; simdjson.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <simdjson.h>

#include "domain/stripe/objects.hpp"

namespace bursar::io::stripe {

// Remembers the first value that cannot be used, by its JSON path.
struct reading_faults {
  std::optional<std::string> first;
  void add(std::string_view name, const char* expected) {
    if (!first) {
      first = std::string{name} + " must be " + expected;
    }
  }
};

class layered {
 public:
  using element = simdjson::dom::element;
  using text = domain::stripe::text;
  using integer = domain::stripe::integer;
  using flag = domain::stripe::flag;

  layered(std::optional<element> now, std::optional<element> before, reading_faults& faults)
    : now_{now}, before_{before}, faults_{&faults} {}

  // The member, one level down; absent where there is none.
  layered at(std::string_view name) const;
  // The item of a list.
  layered item(element value) const { return {value, std::nullopt, *faults_}; }

  bool is_absent() const { return !value(); }
  bool is_null() const { return !value() || value()->is_null(); }
  bool is_object() const;

  text string(std::string_view name) const;
  integer number(std::string_view name) const;
  flag boolean(std::string_view name) const;
  // An id, or the id of an expanded object.
  text id(std::string_view name) const;
  // The items of a list, or of {"data": […]}.
  simdjson::dom::array list(std::string_view name, bool& found) const;

 private:
  // Where both layers are objects the old one wins member by member; else it wins as a whole.
  std::optional<element> value() const { return before_ ? before_ : now_; }

  std::optional<element> now_;
  std::optional<element> before_;
  reading_faults* faults_;
};

}  // namespace bursar::io::stripe
