#include "schemas/history.hpp"

#include "base/encoding.hpp"
#include "schemas/json_writer.hpp"

namespace bursar::schemas {

result<bool> replay_step(past_state& into, std::string_view json, std::uint64_t sequence,
                         const sha256_digest& hash, const history_point& until,
                         const onlooker& see) {
  bool first = into.position.sequence == 0;
  if (until.sequence && sequence > *until.sequence) {
    return first ? result<bool>{error{errc::not_found, "events are counted from 1"}} : false;
  }
  auto event = decode_event<domain::event>(json);
  if (!event) {
    return event.error();
  }
  if (until.at && event->about.recorded_at > *until.at) {
    auto begins = "its history begins at " + format_rfc3339(event->about.recorded_at);
    return first ? result<bool>{error{errc::not_found, begins}} : false;
  }
  if (see) {
    see(into.state, event->event, event->about);
  }
  into.state = domain::evolve(std::move(into.state), event->event);
  into.position = {sequence, hash};
  return true;
}

std::string render_verification(std::uint64_t events, const sha256_digest& head,
                                const std::optional<std::pair<std::uint64_t, std::string>>& fault) {
  std::string out = "{\"verified\":";
  out += fault ? "false" : "true";
  out += ",\"events\":" + std::to_string(events) + ",\"head_hash\":\"" + to_hex(head) + "\"";
  if (fault) {
    out += ",\"first_bad_sequence\":" + std::to_string(fault->first) + ",\"problem\":";
    append_string(out, fault->second);
  }
  return out + "}";
}

}  // namespace bursar::schemas
