// Strings as RFC 8785 wants them written.
#include "schemas/json_writer.hpp"

#include "tests/support/catch.hpp"

using namespace bursar::schemas;

namespace {

std::string as_string(std::string_view text) {
  std::string out;
  append_string(out, text);
  return out;
}

}  // namespace

TEST_CASE("whatever byte stands wherever in a string is escaped by its own rule", "[schemas]") {
  for (int byte = 0; byte < 256; ++byte) {
    auto c = static_cast<char>(byte);
    auto alone = as_string({&c, 1});
    auto expected = alone.substr(1, alone.size() - 2);
    bool plain = byte >= 0x20 && c != '"' && c != '\\';
    CHECK((expected == std::string(1, c)) == plain);
    for (std::size_t length : {8U, 9U, 15U, 16U, 17U, 31U}) {
      for (std::size_t at = 0; at < length; ++at) {
        std::string text(length, 'x');
        text[at] = c;
        CHECK(as_string(text)
              == "\"" + std::string(at, 'x') + expected + std::string(length - at - 1, 'x') + "\"");
      }
    }
  }
}

TEST_CASE("controls have two characters where there is a short form, else six", "[schemas]") {
  CHECK(as_string("a\"b\\c\b\f\n\r\td\x01\x1f") == R"("a\"b\\c\b\f\n\r\td\u0001\u001f")");
  CHECK(as_string("zwölf Boxkämpfer") == "\"zwölf Boxkämpfer\"");
}
