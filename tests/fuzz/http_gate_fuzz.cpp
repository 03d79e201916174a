// Any bytes as the head of a request. What passes the gate has one meaning: one host, one framing,
// a method and a target that can be read; and the same bytes pass it again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "io/http/gate.hpp"
#include "io/http/target.hpp"

namespace {

using namespace bursar::io::http;

void fuzz(std::string_view bytes) {
  auto head = check_head(bytes);
  if (!head) {
    BURSAR_ASSERT(describe(head.error().code()).status >= 400, "a refusal without a status");
    return;
  }
  BURSAR_ASSERT(bytes.ends_with("\r\n\r\n"), "a head that does not end");
  BURSAR_ASSERT(!(head->chunked && head->content_length), "two framings");
  BURSAR_ASSERT(parse_method(head->method).has_value(), "a method nobody knows");
  BURSAR_ASSERT(bytes.find('\0') == std::string_view::npos, "a NUL");
  auto target = parse_target(head->target);
  if (!target) {
    return;
  }
  BURSAR_ASSERT(target->path.starts_with('/'), "a path from nowhere");
  auto path = target->path + '/';
  for (const char* elsewhere : {"/../", "/./", "//"}) {
    BURSAR_ASSERT(path == "//" || path.find(elsewhere) == std::string::npos,
                  "a segment that leads elsewhere");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz({reinterpret_cast<const char*>(data), size});
  return 0;
}
