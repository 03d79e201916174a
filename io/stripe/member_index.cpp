#include "io/stripe/member_index.hpp"

namespace bursar::io::stripe {

std::size_t member_index::slot_of(std::string_view name) {
  if (name.empty()) {
    return 0;
  }
  auto at = [name](std::size_t i) {
    return static_cast<std::size_t>(static_cast<std::uint8_t>(name[i]));
  };
  return (name.size() * 29 + at(0) * 7 + at(name.size() / 2) * 13 + at(name.size() - 1)) % slots;
}

member_index::member_index(simdjson::dom::element of) {
  simdjson::dom::object object;
  if (of.get(object) != simdjson::SUCCESS) {
    return;
  }
  object_ = object;
  indexed_ = object.size() <= entries_max;
  if (!indexed_) {
    return;
  }
  std::size_t count = 0;
  for (auto member = object.begin(), end = object.end(); member != end; ++member) {
    auto name = member.key();
    auto slot = slot_of(name);
    while (first_[slot] != 0) {
      slot = (slot + 1) % slots;
    }
    entries_[count] = {name, member.value()};
    first_[slot] = static_cast<std::uint8_t>(++count);
  }
}

std::optional<simdjson::dom::element> member_index::find(std::string_view name) const {
  if (!object_) {
    return std::nullopt;
  }
  if (!indexed_) {
    simdjson::dom::element found;
    bool there = object_->at_key(name).get(found) == simdjson::SUCCESS;
    return there ? std::optional{found} : std::nullopt;
  }
  // At most half of the slots are taken, so an empty one ends every search.
  for (auto slot = slot_of(name); first_[slot] != 0; slot = (slot + 1) % slots) {
    const auto& candidate = entries_[first_[slot] - 1U];
    if (candidate.name == name) {
      return candidate.value;
    }
  }
  return std::nullopt;
}

}  // namespace bursar::io::stripe
