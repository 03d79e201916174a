// A JSON object read through an optional second layer: data.object alone shows the object as it is
// after an event; with data.previous_attributes laid over it, as it was before. So each kind of
// object is read by one function, run twice.
//
// The layer's rules: a hash over a hash is merged member by member, anything else over anything
// replaces it; a list is whole; null means it was null.
//
// A view lives on the stack, inside its parent's lifetime, on one thread. Reading never fails: what
// is wrong is noted once, with its path, and the value is empty. Members are named by dotted paths;
// null and absent are the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <simdjson.h>

#include "domain/stripe/objects.hpp"
#include "io/stripe/member_index.hpp"

namespace bursar::io::stripe {

using domain::stripe::flag;
using domain::stripe::integer;
using domain::stripe::text;
using layer = std::optional<simdjson::dom::element>;

// The first thing found wrong, as "data.object.amount: expected an integer".
class fault_note {
 public:
  void note(std::string what);
  const text& first() const { return first_; }

 private:
  text first_;
};

// Non-empty, at most 255 bytes, no control characters: what may stand for an object.
bool is_sane_id(std::string_view id);

class json_view {
 public:
  json_view(std::string_view name, layer base, layer over, fault_note& faults,
            const member_index* index = nullptr)
    : name_{name}, base_{base}, over_{over}, members_{index}, faults_{&faults} {}
  json_view(const json_view&) = delete;
  json_view& operator=(const json_view&) = delete;

  layer element_at(std::string_view path) const { return find(path); }
  bool has(std::string_view path) const;
  bool is_text(std::string_view path) const;  // an id where an object may stand

  text text_at(std::string_view path) const;
  text id_at(std::string_view path) const;  // a text, or the id of the object expanded there
  // Whose it is: a customer, or since 2025-12-15 the account (acct_…) that stands in its place.
  text customer() const;
  text currency_at(std::string_view path) const;
  flag flag_at(std::string_view path) const;
  integer amount_at(std::string_view path) const;       // minor units, of either sign
  integer owed_amount_at(std::string_view path) const;  // minor units, never negative
  integer count_at(std::string_view path) const;
  integer time_at(std::string_view path) const;  // unix seconds, 1970 to 9999

  // Calls `visit` with a view of each item of the list; whether there is a list.
  template <class Visit>
  bool each(std::string_view path, Visit visit) const {
    simdjson::dom::array list;
    if (!list_at(path, list)) {
      return false;
    }
    std::size_t index = 0;
    for (auto item : list) {
      visit(json_view{path, item, this, index++});
    }
    return true;
  }
  // The first item of the list, read by `read`; empty without one.
  template <class Read>
  auto first(std::string_view path, Read read) const -> decltype(read(*this)) {
    simdjson::dom::array list;
    if (!list_at(path, list) || list.begin() == list.end()) {
      return {};
    }
    return read(json_view{path, *list.begin(), this, 0});
  }

  void fail(std::string_view path, std::string_view why) const;

 private:
  struct place {
    layer base, over;  // `over` only where both are hashes
  };

  json_view(std::string_view name, simdjson::dom::element item, const json_view* parent,
            std::size_t index)
    : name_{name}, index_{index}, parent_{parent}, base_{item}, faults_{parent->faults_} {}

  static place step(const place& from, std::string_view name);
  static place merge(layer base, layer over);
  place locate(std::string_view path) const;
  layer find(std::string_view path) const { return locate(path).base; }
  bool list_at(std::string_view path, simdjson::dom::array& list) const;
  integer integer_at(std::string_view path, std::int64_t least, std::int64_t most) const;
  std::string path_text() const;

  std::string_view name_;
  std::size_t index_ = 0;
  const json_view* parent_ = nullptr;
  layer base_;
  layer over_;
  const member_index* members_ = nullptr;  // of base_
  fault_note* faults_;
};

// The new place of a fact, or else its old one.
template <class T>
T either(T newer, T older) {
  return newer ? std::move(newer) : std::move(older);
}

}  // namespace bursar::io::stripe
