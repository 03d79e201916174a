// Events for the adapter's tests: written by hand around one object, or read from the fixtures.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "domain/stripe/objects.hpp"
#include "io/stripe/adapter.hpp"
#include "tests/support/catch.hpp"

namespace bursar::io::stripe::testing {

inline std::string event_text(std::string_view type, std::string_view object,
                              std::string_view previous = {}) {
  std::string out = R"({"id":"evt_1","object":"event","api_version":"2025-03-31.basil",)"
                    R"("created":1750000000,"livemode":true,"type":")";
  out += type;
  out += R"(","data":{"object":)";
  out += object;
  if (!previous.empty()) {
    out += R"(,"previous_attributes":)";
    out += previous;
  }
  return out + "}}";
}

inline domain::stripe::event read(const std::string& body) {
  auto out = normalise(body);
  REQUIRE(out.has_value());
  return *out;
}

// The object an event shows; the event must be usable.
template <class Object>
Object after(const domain::stripe::event& e) {
  INFO(e.unusable.value_or(""));
  REQUIRE(e.seen);
  REQUIRE(std::holds_alternative<Object>(e.seen->after));
  return std::get<Object>(e.seen->after);
}

template <class Object>
Object before(const domain::stripe::event& e) {
  INFO(e.unusable.value_or(""));
  REQUIRE(e.seen);
  REQUIRE(e.seen->before);
  REQUIRE(std::holds_alternative<Object>(*e.seen->before));
  return std::get<Object>(*e.seen->before);
}

template <class Object>
Object after(std::string_view type, std::string_view object) {
  return after<Object>(read(event_text(type, object)));
}

}  // namespace bursar::io::stripe::testing
