#include "schemas/amended_usage.hpp"

#include "schemas/event_names.hpp"

namespace bursar::schemas {
namespace {

// Only what may be looked for is read.
bool may_amend(std::string_view json) {
  return json.find("\"usage_staged\"") != json.npos || json.find("\"usage_amend") != json.npos;
}

}  // namespace

result<std::optional<domain::event>> amending_in(std::string_view json) {
  if (!may_amend(json)) {
    return std::optional<domain::event>{};
  }
  auto event = decode_event<domain::event>(json);
  if (!event) {
    return event.error();
  }
  bool is_it = domain::is_amending(event->event);
  return is_it ? std::optional{std::move(event->event)} : std::nullopt;
}

result<std::optional<domain::usage_recorded>> usage_in(std::uint64_t sequence,
                                                       std::string_view json,
                                                       const domain::usage_amendments& amended) {
  auto about = decode_envelope(json);
  if (!about) {
    return about.error();
  }
  if (about->type
        != event_name<domain::usage_recorded> && about->type != event_name<domain::usage_amended>) {
    return std::optional<domain::usage_recorded>{};
  }
  auto event = decode_event<domain::event>(json);
  if (!event) {
    return event.error();
  }
  return amended.counted(sequence, event->event);
}

}  // namespace bursar::schemas
