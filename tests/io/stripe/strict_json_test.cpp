// What parse_strict takes and refuses, and that refusals tell "no JSON" from "JSON, but not ours".
#include "schemas/strict_json.hpp"

#include <string>
#include <utility>
#include <vector>

#include "base/limits.hpp"
#include "schemas/json_writer.hpp"
#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::schemas;

namespace {

std::string nested(std::size_t depth, const std::string& inside = "1") {
  return std::string(depth, '[') + inside + std::string(depth, ']');
}

bool is_json(const std::string& bytes) {
  return !outline_json(bytes).fault_at;
}

std::string refusal(const std::string& bytes) {
  auto out = parse_strict(bytes);
  if (out) {
    return "accepted";
  }
  CHECK(out.error().code() == errc::invalid_json);
  return out.error().detail();
}

bool accepts(const std::string& bytes) {
  return parse_strict(bytes).has_value();
}

std::string members(std::size_t count, const std::string& last) {
  std::string out = "{";
  for (std::size_t i = 0; i < count; ++i) {
    out += "\"member_" + std::to_string(i) + "\":1,";
  }
  return out + "\"" + last + "\":1}";
}

}  // namespace

TEST_CASE("parse_strict reads every kind of value", "[schemas][json]") {
  auto document = parse_strict(
    R"( {"a":[true,false,null,-1,18446744073709551615,1.5e3],"ä\u00e9\ud83d\ude00":"x\\u0000"} )");
  REQUIRE(document.has_value());
  simdjson::dom::array list;
  REQUIRE(document->at_key("a").get(list) == simdjson::SUCCESS);
  CHECK(list.size() == 6);
  std::string_view text;
  REQUIRE(document->at_key("äé😀").get(text) == simdjson::SUCCESS);
  CHECK(text == "x\\u0000");
}

TEST_CASE("parse_strict takes scalars as documents", "[schemas][json]") {
  CHECK(accepts("\"x\""));
  CHECK(accepts("0"));
  CHECK(accepts("null\n"));
  CHECK(accepts("[]"));
}

TEST_CASE("bytes that are no JSON are refused by both readers", "[schemas][json]") {
  const std::vector<std::string> cases{
    "",
    " ",
    "{",
    "}",
    "[1",
    "[1,]",
    "{\"a\":1,}",
    "{\"a\" 1}",
    "{a:1}",
    "{\"a\":tru}",
    "[1 2]",
    "[1] [2]",
    "{} x",
    "01",
    "+1",
    "-",
    "1.",
    ".5",
    "1e",
    "1e+",
    "NaN",
    "Infinity",
    "'a'",
    "// c\n1",
    "\"a",
    "\"\\x\"",
    "\"\\u12g4\"",
    "\"\\u12",
    "\"a\nb\"",
    "\"a\tb\"",
    "\xEF\xBB\xBF{}",
    std::string{"\"a\0b\"", 5},
    std::string{"1\0", 2},
    "\"\xFF\"",
    "\"\xC0\x80\"",
    "\"\xED\xA0\x80\"",
    "\"\xF4\x90\x80\x80\"",
    "\xFF\xFE{\0}\0",
    "nul",
    "truex",
    "[[]",
    "{\"a\":[}]",
  };
  for (const auto& bytes : cases) {
    CAPTURE(bytes);
    CHECK(refusal(bytes) != "accepted");
    CHECK_FALSE(is_json(bytes));
  }
}

TEST_CASE("JSON with more than one meaning is refused, and still called JSON", "[schemas][json]") {
  const std::vector<std::pair<std::string, std::string>> cases{
    {R"({"a":1,"a":1})", "twice"},
    {R"({"a":1,"\u0061":2})", "twice"},
    {R"({"":1,"":2})", "twice"},
    {R"([{"x":{"longer_name_1":1,"b":2,"longer_name_1":3}}])", "twice"},
    {members(200, "member_17"), "twice"},
    {members(100, "member_17"), "twice"},
    {R"({"a":"\u0000"})", "U+0000"},
    {R"({"a\u0000":1})", "U+0000"},
    {R"(["\ud800"])", "surrogate"},
    {R"(["\udc00\ud800"])", "surrogate"},
    {R"(["\ud800\u0041"])", "surrogate"},
    {"18446744073709551616", "64 bits"},
    {"-9223372036854775809", "64 bits"},
    {"[1e400]", "64 bits"},
    {"[0." + std::string(100, '1') + "]", "number of more than"},
    {nested(limits::json_depth_max + 1), "deeper"},
    {nested(limits::json_depth_max + 1, ""), "deeper"},
    {nested(5'000), "deeper"},
    {nested(200'000), "deeper"},
  };
  for (const auto& [bytes, reason] : cases) {
    CAPTURE(bytes.substr(0, 100));
    CHECK_THAT(refusal(bytes), has_part(reason));
    CHECK(is_json(bytes));
  }
}

TEST_CASE("names that only resemble each other are no duplicates", "[schemas][json]") {
  CHECK(accepts(R"({"abcdefgh_1_12345678":1,"abcdefgh_2_12345678":2})"));
  CHECK(accepts(R"({"a":{"a":{"a":1}},"A":1,"a ":1})"));
  CHECK(accepts(members(100, "x")));
  CHECK(accepts(members(1'000, "x")));
}

TEST_CASE("the deepest document allowed is read", "[schemas][json]") {
  CHECK(accepts(nested(limits::json_depth_max)));
  CHECK(accepts(nested(limits::json_depth_max, "")));
  std::string objects;
  for (std::size_t i = 0; i < limits::json_depth_max; ++i) {
    objects += "{\"a\":";
  }
  CHECK(accepts(objects + "1" + std::string(limits::json_depth_max, '}')));
}

TEST_CASE("a refusal says at which byte the JSON ends", "[schemas][json]") {
  CHECK(refusal("{\"a\":tru}") == "not JSON at byte 5");
  CHECK(refusal("[1] x") == "not JSON at byte 4");
  CHECK(refusal("\xEF\xBB\xBF{}") == "starts with a byte order mark");
  CHECK(refusal("\"\xFF\"") == "not UTF-8");
}

TEST_CASE("a parser reads small documents after a large one and after a refusal",
          "[schemas][json]") {
  json_parser parser;
  std::string large = "[\"" + std::string(3'000'000, 'x') + "\"]";
  CHECK(parse_strict(large, parser).has_value());
  CHECK_FALSE(parse_strict("[1,", parser).has_value());
  auto small = parse_strict("[7]", parser);
  REQUIRE(small.has_value());
  std::int64_t seven = 0;
  CHECK(small->at(0).get(seven) == simdjson::SUCCESS);
  CHECK(seven == 7);
  CHECK(parse_strict(large, parser).has_value());
}

TEST_CASE("an element stays valid while another parser reads", "[schemas][json]") {
  json_parser own;
  auto kept = parse_strict(R"({"name":"kept"})", own);
  REQUIRE(kept.has_value());
  REQUIRE(accepts(R"({"name":"other"})"));
  std::string_view name;
  REQUIRE(kept->at_key("name").get(name) == simdjson::SUCCESS);
  CHECK(name == "kept");
}

TEST_CASE("an outline names the members of the outermost object only", "[schemas][json]") {
  auto outline = outline_json(R"({"id":"evt_1","data":{"id":"in_1"},"id":5,"type":"a\n"} )");
  REQUIRE_FALSE(outline.fault_at);
  REQUIRE(outline.members.size() == 4);
  CHECK(outline.members[0].first == "id");
  CHECK(outline.members[0].second == std::optional<std::string_view>{"evt_1"});
  CHECK(outline.members[1].first == "data");
  CHECK_FALSE(outline.members[1].second);
  CHECK_FALSE(outline.members[2].second);
  CHECK_FALSE(outline.members[3].second);
}

TEST_CASE("a long name is cut between two characters, not within one", "[schemas]") {
  for (std::size_t before = 58; before < 66; ++before) {
    auto name = std::string(before, 'x') + "é€𐍈" + std::string(10, 'y');
    auto twice = parse_strict("{\"" + name + "\":1,\"" + name + "\":2}");
    REQUIRE(twice.has_error());
    INFO(twice.error().detail());
    // What is written down about it must be readable again.
    std::string quoted = "{\"reason\":";
    append_string(quoted, twice.error().detail());
    CHECK(parse_strict(quoted + "}").has_value());
  }
}
