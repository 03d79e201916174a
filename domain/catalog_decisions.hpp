// What every decision about the catalog is made with. Within domain/catalog*.cpp alone.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "domain/catalog.hpp"

namespace bursar::domain {

class faults {
 public:
  void check(bool good, std::string pointer, std::string message);
  void check_names(const std::string& id, const std::string& name);
  void check_price(const std::string& at, const std::string& currency, std::int64_t amount);
  // What a part of it says of itself, under the pointer of that part.
  void add(const result<void>& part, const std::string& at);
  bool any() const { return !found_.empty(); }
  error as_error() { return {errc::invalid_parameter, "it is not valid", found_}; }

 private:
  std::vector<field_error> found_;
};

std::string price_at(std::size_t index);  // the pointer of a product's price

// Whether another product already sells under this provider price id.
bool price_is_taken(const catalog& state, const std::optional<std::string>& price,
                    const std::string& by_plan, const std::string& by_product);

// What is to be replaced must still be what the change was made from.
template <class Value>
result<void> check_existence(const catalog& state, const put<Value>& command) {
  const auto& in = state.*kept_in<Value>;
  const auto& [value, replaces] = command;
  const auto& id = value.id;
  auto found = in.find(id);
  if (replaces && found == in.end()) {
    return error{errc::not_found, "the catalog has no " + id};
  }
  if (replaces && found->second != *replaces) {
    return error{errc::conflict, id + " was changed meanwhile; read it and change it again"};
  }
  if (!replaces && found != in.end()) {
    return error{errc::already_exists, "the catalog has " + id + " already"};
  }
  return {};
}

// The event, unless it would say what is so already.
template <class Event, class Value>
result<std::vector<catalog_event>> publish(const catalog& state, const put<Value>& command) {
  const auto& in = state.*kept_in<Value>;
  auto same = in.find(command.value.id);
  if (same != in.end() && same->second == command.value) {
    return std::vector<catalog_event>{};
  }
  return std::vector<catalog_event>{Event{command.value}};
}

result<std::vector<catalog_event>> decide_plan(const catalog& state, const put_plan& command);
result<std::vector<catalog_event>> decide_price(const catalog& state, const put_price& command);
// Whose newest version takes a percentage of what the meter sums up. Null: none.
const plan* plan_with_percentage_of(const catalog& in, const std::string& meter);

}  // namespace bursar::domain
