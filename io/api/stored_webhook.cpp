#include "io/api/stored_webhook.hpp"

#include "base/digest.hpp"
#include "base/encoding.hpp"

namespace bursar::io::api {

result<domain::stripe::event> read_webhook_again(const persistence::journal& journal,
                                                 const std::string& event_id,
                                                 const stripe::adapter_settings& settings) {
  auto body = actors::stored_payload(journal, event_id);
  if (!body) {
    return body.error();
  }
  auto event = stripe::normalise(*body, settings);
  if (event) {
    event->payload_sha256 = to_hex(sha256(*body));
  }
  return event;
}

}  // namespace bursar::io::api
