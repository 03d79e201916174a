// Golden files: what is stored, byte for byte, for ever.
//
//   golden/event/NAME.vVERSION.CASE.json   an event as it stands in a journal
//   golden/lifted/NAME.vVERSION.CASE.json  what an older version must be lifted to: today's bytes
//   golden/record/NAME.CASE.json           a side record
//   golden/state/NAME.formatN.CASE.json    the state in a snapshot
//
// CASE is `least` (nothing set that can be absent) or the number of a choice (everything set, see
// described_values.hpp). A journal out there holds these bytes: a file is never changed. Whoever
// changes an event adds a version, an upcaster and files of its own. Whoever changes a state raises
// its traits' snapshot_format and replaces the files: a snapshot of another format is made anew.
// `golden_test "[.write]"` writes files that are missing.
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "actors/numbering.hpp"
#include "actors/organization.hpp"
#include "actors/singletons.hpp"
#include "schemas/catalog_of_events.hpp"
#include "schemas/event_codec.hpp"
#include "schemas/event_names.hpp"
#include "schemas/records.hpp"
#include "schemas/state_codec.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/described_values.hpp"

using namespace bursar;
using namespace bursar::schemas;
namespace fs = std::filesystem;

namespace {

const fs::path golden{BURSAR_GOLDEN};

std::string bytes_of(const fs::path& file) {
  std::ostringstream out;
  out << std::ifstream{file, std::ios::binary}.rdbuf();
  return out.str();
}

// "NAME.v1.CASE.json" of a directory: name, what stands between, case.
struct golden_file {
  fs::path path;
  std::string name, version, which;
};

std::vector<golden_file> files_in(const char* directory) {
  std::vector<golden_file> out;
  for (const auto& entry : fs::directory_iterator{golden / directory}) {
    auto stem = entry.path().stem().string();
    auto first = stem.find('.');
    auto last = stem.rfind('.');
    REQUIRE(entry.path().extension() == ".json");
    REQUIRE(first != std::string::npos);
    out.push_back({entry.path(), stem.substr(0, first),
                   first == last ? "" : stem.substr(first + 1, last - first - 1),
                   stem.substr(last + 1)});
  }
  return out;
}

// The bytes that each case of each name should have today, by relative path.
using expected_bytes = std::map<std::string, std::string>;

template <class Encode>
void add_cases(const std::string& prefix, std::size_t choices, Encode encode,
               expected_bytes& into) {
  into[prefix + ".least.json"] = encode(std::nullopt);
  for (std::size_t choice = 0; choice < choices; ++choice) {
    into[prefix + "." + std::to_string(choice) + ".json"] = encode(std::optional{choice});
  }
}

// -- events ---

envelope envelope_of_case(const char* stream, std::optional<std::size_t> choice) {
  envelope out;
  out.stream = stream;
  out.sequence = 1;
  if (choice) {
    testing::filler fill{*choice};
    fill.fill("sequence", out.sequence);
    fill.fill("recorded_at", out.recorded_at);
    fill.fill("actor", out.actor);
    out.correlation_id = "as it is escaped: \" \\ / \b\f\n\r\t\x01\x1f\x7f é € 😀";
  }
  return out;
}

// What the test knows of one registered event.
struct known_event {
  std::int64_t version = 0;
  // Decodes, and encodes again; what was wrong is in the error.
  std::function<result<std::string>(const std::string&)> again;
};

template <class Family>
result<std::string> again(const std::string& json) {
  auto decoded = decode_event<Family>(json);
  if (!decoded) {
    return decoded.error();
  }
  return encode_event(decoded->about, decoded->event);
}

template <class Family, class Visit>
void for_each_event(Visit visit) {
  boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, Family>>(
    [&](auto alternative) { visit(alternative); });
}

template <class Family>
void learn(const char* stream, std::map<std::string, known_event>& known,
           expected_bytes& expected) {
  for_each_event<Family>([&](auto alternative) {
    using type = typename decltype(alternative)::type;
    std::string name{event_name<type>};
    known[name] = {event_version<type>, again<Family>};
    auto prefix = "event/" + name + ".v" + std::to_string(event_version<type>);
    add_cases(
      prefix, testing::choices_of<type>(),
      [&](std::optional<std::size_t> choice) {
        Family event = choice ? testing::filled<type>(*choice) : type{};
        return encode_event(envelope_of_case(stream, choice), event);
      },
      expected);
  });
}

std::map<std::string, known_event> learn_events(expected_bytes& expected) {
  std::map<std::string, known_event> out;
  learn<domain::event>("org_golden", out, expected);
  learn<domain::catalog_event>("$catalog", out, expected);
  learn<domain::access_event>("$access", out, expected);
  learn<domain::inbox_event>("$inbox", out, expected);
  learn<domain::invoice_number_event>("$invoices", out, expected);
  return out;
}

// -- states and records ---

using reencode = std::function<result<std::string>(const std::string&)>;

template <class Traits>
void learn_state(const std::string& name, std::map<std::string, reencode>& known,
                 expected_bytes& expected) {
  using state = typename Traits::state;
  auto prefix = name + ".format" + std::to_string(Traits::snapshot_format);
  known[prefix] = [](const std::string& json) -> result<std::string> {
    auto decoded = decode_state<state>(json);
    return decoded ? result<std::string>{encode_state(*decoded)} : decoded.error();
  };
  add_cases(
    "state/" + prefix, testing::choices_of<state>(),
    [](std::optional<std::size_t> choice) {
      return encode_state(choice ? testing::filled<state>(*choice) : state{});
    },
    expected);
}

std::map<std::string, reencode> learn_states(expected_bytes& expected) {
  std::map<std::string, reencode> out;
  learn_state<actors::organization_traits>("organization", out, expected);
  learn_state<actors::catalog_traits>("catalog", out, expected);
  learn_state<actors::access_traits>("access", out, expected);
  learn_state<actors::inbox_traits>("inbox", out, expected);
  learn_state<actors::numbering_traits>("numbering", out, expected);
  return out;
}

template <class Record>
void learn_record(const std::string& name, std::map<std::string, reencode>& known,
                  expected_bytes& expected) {
  known[name] = [](const std::string& json) -> result<std::string> {
    auto decoded = decode_record<Record>(json);
    return decoded ? result<std::string>{encode_record(*decoded)} : decoded.error();
  };
  add_cases(
    "record/" + name, testing::choices_of<Record>(),
    [](std::optional<std::size_t> choice) {
      return encode_record(choice ? testing::filled<Record>(*choice) : Record{});
    },
    expected);
}

std::map<std::string, reencode> learn_records(expected_bytes& expected) {
  std::map<std::string, reencode> out;
  learn_record<charge_record>("charge_record", out, expected);
  learn_record<idempotency_record>("idempotency_record", out, expected);
  learn_record<inbox_row>("inbox_row", out, expected);
  learn_record<organization_row>("organization_row", out, expected);
  learn_record<snapshot_record>("snapshot_record", out, expected);
  learn_record<meter_event_record>("meter_event_record", out, expected);
  learn_record<transfer_record>("transfer_record", out, expected);
  return out;
}

expected_bytes all_expected() {
  expected_bytes out;
  learn_events(out);
  learn_states(out);
  learn_records(out);
  return out;
}

}  // namespace

TEST_CASE("every value that can be stored today has its golden file, byte for byte",
          "[schemas][golden]") {
  // Fails where a member is added, renamed or taken away without a new version.
  for (const auto& [name, bytes] : all_expected()) {
    INFO(name);
    REQUIRE(fs::exists(golden / name));
    CHECK(bytes_of(golden / name) == bytes);
  }
}

TEST_CASE("every version of every event that ever was has its golden files", "[schemas][golden]") {
  for (const auto& described : described_events()) {
    for (std::int64_t version = 1; version <= described.version; ++version) {
      auto stem = described.name + ".v" + std::to_string(version);
      INFO(stem);
      CHECK(fs::exists(golden / "event" / (stem + ".least.json")));
      CHECK(fs::exists(golden / "event" / (stem + ".0.json")));
    }
  }
}

TEST_CASE("a golden event decodes, and encodes to the bytes of today's version",
          "[schemas][golden]") {
  expected_bytes unused;
  auto known = learn_events(unused);
  std::set<std::string> names;
  for (const auto& described : described_events()) {
    CHECK(known.contains(described.name));
    names.insert(described.name);
  }
  CHECK(known.size() == names.size());
  for (const auto& file : files_in("event")) {
    INFO(file.path.filename());
    REQUIRE(known.contains(file.name));
    const auto& event = known.at(file.name);
    auto bytes = bytes_of(file.path);
    auto about = decode_envelope(bytes);
    REQUIRE(about.has_value());
    CHECK(about->type == file.name);
    CHECK("v" + std::to_string(about->version) == file.version);
    REQUIRE(about->version <= event.version);
    auto again = event.again(bytes);
    INFO((again ? "" : again.error().text()));
    REQUIRE(again.has_value());
    auto lifted = golden / "lifted" / file.path.filename();
    CHECK(*again == (about->version == event.version ? bytes : bytes_of(lifted)));
  }
}

TEST_CASE("golden states and records decode, and encode to the same bytes", "[schemas][golden]") {
  expected_bytes unused;
  auto states = learn_states(unused);
  for (const auto& file : files_in("state")) {
    INFO(file.path.filename());
    auto known = states.find(file.name + "." + file.version);
    REQUIRE(known != states.end());
    auto bytes = bytes_of(file.path);
    auto again = known->second(bytes);
    REQUIRE(again.has_value());
    CHECK(*again == bytes);
  }
  auto records = learn_records(unused);
  for (const auto& file : files_in("record")) {
    INFO(file.path.filename());
    auto known = records.find(file.name);
    REQUIRE(known != records.end());
    auto bytes = bytes_of(file.path);
    auto again = known->second(bytes);
    REQUIRE(again.has_value());
    CHECK(*again == bytes);
  }
}

TEST_CASE("an event with a member more or less than its version has is refused",
          "[schemas][golden]") {
  expected_bytes expected;
  auto known = learn_events(expected);
  for (const auto& file : files_in("event")) {
    INFO(file.path.filename());
    auto bytes = bytes_of(file.path);
    const auto& event = known.at(file.name);
    auto at = bytes.find("\"data\":{") + 8;
    REQUIRE(at > 8);
    auto more = bytes;
    more.insert(at, bytes[at] == '}' ? "\"a_new_member\":1" : "\"a_new_member\":1,");
    CHECK_FALSE(event.again(more).has_value());
    auto later = bytes;
    later.replace(bytes.rfind("\"version\":") + 10, 1, "9");
    CHECK_FALSE(event.again(later).has_value());
  }
}

namespace {

void write_missing(const fs::path& file, const std::string& bytes) {
  if (fs::exists(file)) {
    return;
  }
  fs::create_directories(file.parent_path());
  std::ofstream{file, std::ios::binary} << bytes;
  CHECK(bytes_of(file) == bytes);
}

}  // namespace

// Not run with the tests: for whoever adds a version. Never touches a file that exists.
TEST_CASE("write the golden files that are missing", "[.write]") {
  for (const auto& [name, bytes] : all_expected()) {
    write_missing(golden / name, bytes);
  }
  expected_bytes unused;
  auto known = learn_events(unused);
  for (const auto& file : files_in("event")) {
    auto bytes = bytes_of(file.path);
    auto again = known.at(file.name).again(bytes);
    REQUIRE(again.has_value());
    if (*again != bytes) {
      write_missing(golden / "lifted" / file.path.filename(), *again);
    }
  }
}
