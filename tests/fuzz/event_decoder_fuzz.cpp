// Any bytes as a stored event. What decodes is encoded again to bytes that decode to the same; an
// older version is today's from then on.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "schemas/event_codec.hpp"

namespace {

using namespace bursar;

template <class Event>
void round_trip(std::string_view bytes) {
  auto first = schemas::decode_event<Event>(bytes);
  if (!first) {
    BURSAR_ASSERT(first.error().code() == errc::integrity_error, "an error nobody was told of");
    return;
  }
  auto written = schemas::encode_event(first->about, first->event);
  auto second = schemas::decode_event<Event>(written);
  BURSAR_ASSERT(second.has_value(), "what was written does not decode");
  BURSAR_ASSERT(second->about.version >= first->about.version, "an event became older");
  first->about.version = second->about.version;
  BURSAR_ASSERT(second->about == first->about && second->event == first->event,
                "an event changed on its way");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes{reinterpret_cast<const char*>(data), size};
  round_trip<domain::event>(bytes);
  round_trip<domain::catalog_event>(bytes);
  round_trip<domain::access_event>(bytes);
  round_trip<domain::inbox_event>(bytes);
  round_trip<domain::invoice_number_event>(bytes);
  return 0;
}
