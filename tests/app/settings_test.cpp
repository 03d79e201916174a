// Settings: where a value comes from, what is refused and how well that is said, and that the
// shipped file is the program's own table.
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <unistd.h>

#include "app/settings_table.hpp"
#include "tests/support/catch.hpp"

using namespace bursar;
using namespace bursar::app;

namespace {

const std::string good_secret = "whsec_0123456789abcdef0123";

// A file of its own for one test, removed with it.
class toml_file {
 public:
  explicit toml_file(const std::string& text)
    : path_{std::filesystem::temp_directory_path()
            / ("bursar-settings-" + std::to_string(getpid()) + ".toml")} {
    std::ofstream{path_} << text;
  }
  ~toml_file() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }
  std::string at(const std::string& place) const { return path_.string() + ":" + place + ": "; }

 private:
  std::filesystem::path path_;
};

std::string faults_of(const settings_sources& sources) {
  auto read = read_settings(sources);
  return read ? "accepted" : read.error().detail();
}

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream{path}.rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("without any source every setting has its default", "[app][settings]") {
  auto read = read_settings({});
  REQUIRE(read.has_value());
  CHECK(to_string(read->server.listen) == "127.0.0.1:3401");
  CHECK(to_string(read->admin.listen) == "127.0.0.1:3402");
  CHECK(read->stripe.livemode);
  CHECK(read->stripe.webhook_secrets.empty());
  CHECK(read->stripe.tolerance_seconds == 300);
  CHECK(read->origins.empty());
}

TEST_CASE("a file with only [stripe] is enough", "[app][settings]") {
  toml_file file{"[stripe]\nwebhook_secrets = [\"" + good_secret
                 + "\"]\naccount = \"acct_1\"\nlivemode = false\n"
                   "metadata_keys = [\"tenant\"]\napi_base = \"http://127.0.0.1:1\"\n"
                   "tolerance_seconds = 60\n"};
  auto read = read_settings({file.path(), {}, {"server.listen=127.0.0.1:0"}});
  REQUIRE(read.has_value());
  REQUIRE(read->stripe.webhook_secrets.size() == 1);
  CHECK(read->stripe.webhook_secrets[0].reveal() == good_secret);
  CHECK(read->stripe.account == "acct_1");
  CHECK_FALSE(read->stripe.livemode);
  CHECK(read->stripe.metadata_keys == std::vector<std::string>{"tenant"});
  CHECK(read->stripe.api_base == "http://127.0.0.1:1");
  CHECK(read->stripe.tolerance_seconds == 60);
  CHECK(read->server.listen.port == 0);
  CHECK(read->origins.at("stripe.account") == file.path().string() + ":3:11");
}

TEST_CASE("the environment wins over the file and the command line over both", "[app][settings]") {
  toml_file file{"[server]\ndata = \"from file\"\nio_threads = 2\n[log]\nlevel = \"error\"\n"};
  settings_sources sources{
    file.path(),
    {{"BURSAR_SERVER_DATA", "from environment"}, {"BURSAR_LOG_FORMAT", "json"}},
    {"server.data=from command line"}};
  auto read = read_settings(sources);
  REQUIRE(read.has_value());
  CHECK(read->server.data == "from command line");
  CHECK(read->origins.at("server.data") == "command line");
  CHECK(read->server.io_threads == 2);
  CHECK(read->log.level == log::level::error);
  CHECK(read->log.format == log::format::json);
  CHECK(read->origins.at("log.format") == "environment BURSAR_LOG_FORMAT");
  sources.overrides.clear();
  CHECK(read_settings(sources)->server.data == "from environment");
}

TEST_CASE("Stripe's own variable names are understood", "[app][settings]") {
  auto other = good_secret + "b";
  settings_sources sources;
  sources.environment = {{"STRIPE_WEBHOOK_SECRET", good_secret + ", " + other},
                         {"STRIPE_SECRET_KEY", "sk_test_1"},
                         {"STRIPE_API_BASE", "http://localhost:12111"},
                         {"STRIPE_PRICE_BASIC", "price_1"}};
  auto read = read_settings(sources);
  REQUIRE(read.has_value());
  REQUIRE(read->stripe.webhook_secrets.size() == 2);
  CHECK(read->stripe.webhook_secrets[1].reveal() == other);
  CHECK(read->stripe.secret_key.reveal() == "sk_test_1");
  CHECK(read->stripe.api_base == "http://localhost:12111");
}

TEST_CASE("a weak webhook secret is refused wherever it comes from", "[app][settings]") {
  auto expected
    = "stripe.webhook_secrets: expected a list of at most 16 strings: "
      "at least 24 characters of printable ASCII";
  for (const std::string weak :
       {"", "whsec_short", "12345678901234567890123", "whsec_0123456789abcdef 0123"}) {
    INFO(weak);
    toml_file file{"[stripe]\nwebhook_secrets = [\"" + good_secret + "\", \"" + weak + "\"]\n"};
    CHECK(faults_of({file.path(), {}, {}}) == file.at("2:19") + expected);
    CHECK(faults_of({{}, {{"STRIPE_WEBHOOK_SECRET", weak}}, {}})
          == std::string{"environment STRIPE_WEBHOOK_SECRET: "} + expected);
    CHECK(faults_of({{}, {}, {"stripe.webhook_secrets=" + weak}})
          == std::string{"command line: "} + expected);
  }
  CHECK(faults_of({{}, {{"STRIPE_WEBHOOK_SECRET", "123456789012345678901234"}}, {}}) == "accepted");
}

TEST_CASE("all faults of all sources are told at once, with their places", "[app][settings]") {
  toml_file file{
    "[server]\n"
    "listen = \"example.com\"\n"
    "io_threads = 0\n"
    "[stripe]\n"
    "livemode = \"yes\"\n"
    "  livmode = true\n"
    "account = 1\n"
    "metadata_keys = [\"a\", 1]\n"
    "[strpe]\n"
    "[webhooks]\n"
    "parked_retry_seconds = []\n"};
  auto read = read_settings({file.path(),
                             {{"BURSAR_HTTP_IDLE_SECONDS", "3"}, {"BURSAR_LOG_LEVEL", "loud"}},
                             {"log.color=true", "nonsense"}});
  REQUIRE_FALSE(read.has_value());
  const error problem = read.error();
  CHECK(problem.code() == errc::invalid_parameter);
  std::set<std::string> told;
  for (const auto& one : problem.fields())
    told.insert(one.pointer + " " + one.message.substr(0, one.message.find(" expected")));
  CHECK(told
        == std::set<std::string>{
          "/server/listen " + file.at("2:10") + "server.listen:",
          "/server/io_threads " + file.at("3:14") + "server.io_threads:",
          "/stripe/livemode " + file.at("5:12") + "stripe.livemode:",
          "/stripe/livmode " + file.at("6:3")
            + "no such setting `livmode` in [stripe]; it knows webhook_secrets, secret_key, "
              "account, livemode, metadata_keys, api_base, tolerance_seconds, "
              "create_organizations",
          "/stripe/account " + file.at("7:11") + "stripe.account:",
          "/stripe/metadata_keys " + file.at("8:17") + "stripe.metadata_keys:",
          "/strpe " + file.at("9:2")
            + "no such section `strpe`; there are server, http, limits, journal, stripe, "
              "seller, invoices, credits, actors, webhooks, admin, log",
          "/webhooks/parked_retry_seconds " + file.at("11:24") + "webhooks.parked_retry_seconds:",
          " environment BURSAR_HTTP_IDLE_SECONDS: no such setting; [http] knows body_bytes_max, "
          "webhook_body_bytes_max, head_seconds_max, body_seconds_max, write_seconds_max, "
          "idle_seconds_max, connections_max, requests_in_flight_max, answers_bytes_max",
          "/log/level environment BURSAR_LOG_LEVEL: log.level:",
          " command line: no such setting `log.color`; [log] knows level, format",
          " command line:"});
}

TEST_CASE("numbers are held to their range at both ends", "[app][settings]") {
  for (std::string good : {"1", "3600"})
    CHECK(faults_of({{}, {}, {"stripe.tolerance_seconds=" + good}}) == "accepted");
  for (std::string bad : {"0", "3601", "-1", "1.5", "1e3", "", " 1", "9223372036854775808"}) {
    INFO(bad);
    CHECK(faults_of({{}, {}, {"stripe.tolerance_seconds=" + bad}})
          == "command line: stripe.tolerance_seconds: expected an integer from 1 to 3600");
  }
  toml_file file{"[stripe]\ntolerance_seconds = 300.0\n"};
  CHECK(faults_of({file.path(), {}, {}})
        == file.at("2:21") + "stripe.tolerance_seconds: expected an integer from 1 to 3600");
}

TEST_CASE("a file that is not TOML is refused at the place of the error", "[app][settings]") {
  toml_file file{"[stripe]\nlivemode = maybe\n"};
  CHECK_THAT(faults_of({file.path(), {}, {}}),
             Catch::Matchers::StartsWith(file.at("2:12") + "not TOML: "));
  toml_file twice{"[stripe]\nlivemode = true\nlivemode = false\n"};
  CHECK_THAT(faults_of({twice.path(), {}, {}}),
             Catch::Matchers::StartsWith(twice.path().string() + ":3:"));
}

TEST_CASE("a file that cannot be read is an I/O error", "[app][settings]") {
  auto directory = std::filesystem::temp_directory_path();
  for (const auto& path : {directory / "bursar-no-such-file.toml", directory}) {
    auto read = read_settings({path, {}, {}});
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code() == errc::io_error);
  }
}

TEST_CASE("a certificate without its key is refused", "[app][settings]") {
  auto expected
    = "settings: server.tls_certificate and server.tls_private_key: expected both or "
      "neither";
  CHECK(faults_of({{}, {}, {"server.tls_certificate=a.pem"}}) == expected);
  CHECK(faults_of({{}, {}, {"server.tls_private_key=a.pem"}}) == expected);
  CHECK(faults_of({{}, {}, {"server.tls_certificate=a.pem", "server.tls_private_key=b.pem"}})
        == "accepted");
}

TEST_CASE("variables of other programs do not stop the server", "[app][settings]") {
  settings_sources sources;
  sources.environment = {{"BURSAR_BIN", "x"},
                         {"BURSAR_ADMIN_KEY", "bsk_live_1"},
                         {"BURSAR_PORT", "tcp://10.0.0.1:3401"},
                         {"BURSAR_ADMIN_SERVICE_HOST", "10.0.0.1"},
                         {"BURSAR_ADMIN_PORT_3402_TCP", "tcp://10.0.0.1:3402"}};
  CHECK(faults_of(sources) == "accepted");
}

TEST_CASE("endpoints are numeric addresses with a port", "[app][settings]") {
  CHECK(parse_endpoint("127.0.0.1:3401") == endpoint{"127.0.0.1", 3401});
  CHECK(parse_endpoint("localhost:0") == endpoint{"127.0.0.1", 0});
  CHECK(parse_endpoint("[::1]:65535") == endpoint{"::1", 65535});
  CHECK(to_string(*parse_endpoint("[::1]:80")) == "[::1]:80");
  for (const char* bad : {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                          "::1:80", "[127.0.0.1]:80", "bursar.dev:80", "127.0.0.1:80 "})
    CHECK_FALSE(parse_endpoint(bad).has_value());
  CHECK(is_loopback({"127.0.0.1", 1}));
  CHECK(is_loopback({"::1", 1}));
  CHECK_FALSE(is_loopback({"0.0.0.0", 1}));
  CHECK_FALSE(is_loopback({"::", 1}));
}

TEST_CASE("parked webhooks wait the last pause again until their attempts end", "[app][settings]") {
  using std::chrono::seconds;
  auto read = read_settings(
    {{}, {}, {"webhooks.parked_retry_seconds=1, 5", "webhooks.parked_attempts_max=4"}});
  REQUIRE(read.has_value());
  CHECK(read->parked_retry_delays() == std::vector{seconds{1}, seconds{5}, seconds{5}, seconds{5}});
  read->webhooks.parked_attempts_max = 1;
  CHECK(read->parked_retry_delays() == std::vector{seconds{1}});
}

TEST_CASE("config/bursar.toml is what the table says", "[app][settings]") {
  auto expected = default_settings_file();
  if (text_of(BURSAR_DEFAULT_FILE) != expected) {
    std::ofstream{"bursar.toml"} << expected;
    FAIL("config/bursar.toml is out of date; what it should be is "
         << std::filesystem::absolute("bursar.toml").string());
  }
}

TEST_CASE("the default file says nothing until a line is taken in, then the defaults",
          "[app][settings]") {
  toml_file commented{default_settings_file()};
  auto read = read_settings({commented.path(), {}, {}});
  REQUIRE(read.has_value());
  CHECK(read->origins.empty());
  toml_file taken_in{
    std::regex_replace(default_settings_file(), std::regex{"\n# ([a-z_0-9]+ =)"}, "\n$1")};
  read = read_settings({taken_in.path(), {}, {}});
  REQUIRE(read.has_value());
  CHECK(read->origins.size() == settings_table().size());
  read->origins.clear();
  CHECK(describe_settings(*read) == describe_settings(settings{}));
}

TEST_CASE("each row of the table is another setting with a default it would accept",
          "[app][settings]") {
  std::set<std::string> names;
  std::set<std::string> sections;
  std::string_view last;
  for (const auto& row : settings_table()) {
    INFO(row.section << "." << row.key);
    CHECK(names.insert(environment_name(row)).second);
    if (row.section != last)
      CHECK(sections.insert(std::string{row.section}).second);
    last = row.section;
    CHECK(row.meaning.ends_with('.'));
    settings values;
    bool is_list = value_text(row, values).starts_with('[');
    CHECK(is_list == (row.entries_max > 0));
  }
}

TEST_CASE("what is in force is shown with its origin and without secrets", "[app][settings]") {
  auto read = read_settings(
    {{},
     {{"STRIPE_WEBHOOK_SECRET", good_secret}, {"STRIPE_SECRET_KEY", "sk_live_hidden"}},
     {"log.level=debug"}});
  REQUIRE(read.has_value());
  auto text = describe_settings(*read);
  CHECK(text.find(good_secret) == std::string::npos);
  CHECK(text.find("sk_live_hidden") == std::string::npos);
  CHECK(std::regex_search(text, std::regex{"webhook_secrets = \\(1 set, not shown\\) +# "
                                           "environment STRIPE_WEBHOOK_SECRET\n"}));
  CHECK(std::regex_search(text, std::regex{"level = \"debug\" +# command line\n"}));
  CHECK(std::regex_search(text, std::regex{"livemode = true +# default\n"}));
}

TEST_CASE("a refused secret is not repeated in the message", "[app][settings]") {
  auto told = faults_of({{}, {{"STRIPE_WEBHOOK_SECRET", "whsec_leaked"}}, {}});
  CHECK(told.find("whsec_leaked") == std::string::npos);
}
