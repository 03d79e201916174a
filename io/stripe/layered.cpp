#include "io/stripe/layered.hpp"

namespace bursar::io::stripe {
namespace {

using simdjson::dom::element;

std::optional<element> member(const std::optional<element>& of, std::string_view name) {
  element out;
  if (of && of->is_object() && of->at_key(name).get(out) == simdjson::SUCCESS) {
    return out;
  }
  return std::nullopt;
}

}  // namespace

bool layered::is_object() const {
  return value() && value()->is_object();
}

layered layered::at(std::string_view name) const {
  auto old = member(before_, name);
  auto now = member(now_, name);
  if (before_ && !before_->is_object()) {
    return {std::nullopt, std::nullopt, *faults_};  // it was null or a plain value as a whole
  }
  if (!old) {
    return {now, std::nullopt, *faults_};
  }
  bool both = old->is_object() && now && now->is_object();
  return {both ? now : std::nullopt, old, *faults_};
}

domain::stripe::text layered::string(std::string_view name) const {
  auto found = at(name).value();
  if (!found || found->is_null()) {
    return {};
  }
  std::string_view out;
  if (found->get(out) != simdjson::SUCCESS) {
    faults_->add(name, "a string");
    return {};
  }
  return std::string{out};
}

domain::stripe::integer layered::number(std::string_view name) const {
  auto found = at(name).value();
  if (!found || found->is_null()) {
    return {};
  }
  std::int64_t out = 0;
  if (!found->is_int64() || found->get(out) != simdjson::SUCCESS) {
    faults_->add(name, "an integer of 64 bits");
    return {};
  }
  return out;
}

domain::stripe::flag layered::boolean(std::string_view name) const {
  auto found = at(name).value();
  if (!found || found->is_null()) {
    return {};
  }
  bool out = false;
  if (found->get(out) != simdjson::SUCCESS) {
    faults_->add(name, "true or false");
    return {};
  }
  return out;
}

domain::stripe::text layered::id(std::string_view name) const {
  auto found = at(name);
  return found.is_object() ? found.string("id") : string(name);
}

simdjson::dom::array layered::list(std::string_view name, bool& found) const {
  auto holder = at(name);
  auto items = holder.is_object() ? holder.at("data").value() : holder.value();
  simdjson::dom::array out;
  found = items && items->get(out) == simdjson::SUCCESS;
  if (items && !found && !items->is_null()) {
    faults_->add(name, "a list");
  }
  return out;
}

}  // namespace bursar::io::stripe
