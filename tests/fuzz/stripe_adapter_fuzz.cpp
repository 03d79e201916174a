// Any bytes as a webhook's body: an event or invalid_json, the same every time; what is shown is of
// a type that shows something, and nothing is shown that cannot be used. The two readers of JSON
// agree on what is JSON.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "io/stripe/adapter.hpp"
#include "schemas/strict_json.hpp"

using namespace bursar;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view body{reinterpret_cast<const char*>(data), size};
  bool accepted = schemas::parse_strict(body).has_value();
  bool is_json = !schemas::outline_json(body).fault_at;
  BURSAR_ASSERT(!accepted || is_json, "read what is no JSON");
  auto event = io::stripe::normalise(body);
  BURSAR_ASSERT(event.has_value() == is_json, "refused JSON, or took something else");
  if (!event) {
    BURSAR_ASSERT(event.error().code() == errc::invalid_json, "an error nobody was told of");
    return 0;
  }
  BURSAR_ASSERT(accepted || event->unusable, "used what must not be read");
  BURSAR_ASSERT(!event->id.empty(), "an event without an id");
  BURSAR_ASSERT(!event->seen || !event->unusable, "shows what cannot be used");
  if (event->seen) {
    BURSAR_ASSERT(io::stripe::changes_mirror(event->type), "shows what is not mirrored");
    BURSAR_ASSERT(
      !event->seen->before || event->seen->before->index() == event->seen->after.index(),
      "was another kind of object before");
  }
  BURSAR_ASSERT(*io::stripe::normalise(body) == *event, "the same bytes, another event");
  return 0;
}
