// `bursar demo`: a server on its own directory, fed over its own HTTP endpoint with sample lives of
// customers, signed as Stripe signs. A second run finds the data and goes on.
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <future>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/command.hpp"
#include "app/instance.hpp"
#include "app/loopback_client.hpp"
#include "app/table.hpp"
#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "io/api/authentication.hpp"
#include "schemas/answers.hpp"

namespace bursar::app {
namespace {

namespace fs = std::filesystem;

struct demo_options : common_options {
  std::string stories = "config/demo";
  std::optional<std::string> listen;
  bool once = false;
};

// Made once and kept in the data directory, readable by its owner only.
std::string kept_text(const fs::path& file, const std::function<std::string()>& make) {
  std::ifstream in{file};
  std::string text;
  if (in >> text) {
    return text;
  }
  text = make();
  // Its owner's before anything is in it. What cannot be kept is made anew by the next start.
  int kept = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (kept >= 0) {
    bool only_ours = ::fchmod(kept, S_IRUSR | S_IWUSR) == 0;
    auto line = text + '\n';
    if (!only_ours || ::write(kept, line.data(), line.size()) < 0) {
      log::warning("a file cannot be kept", {{"file", file.string()}});
    }
    ::close(kept);
  }
  return text;
}

std::string make_secret() {
  std::array<std::uint8_t, 32> bytes;
  random_bytes(bytes.data(), bytes.size());
  return "whsec_" + to_hex(bytes);
}

// The key whose text the demo shows; its record goes into the chain like any other's.
void ensure_key(actors::node& node, const std::string& text, timestamp now) {
  auto hash = to_hex(sha256(text));
  auto known = node.shared().access.get();
  bool exists = std::any_of(known->keys.begin(), known->keys.end(),
                            [&](const auto& row) { return row.second.secret_sha256 == hash; });
  if (exists) {
    return;
  }
  domain::api_key key;
  key.id = make_id("key_", now);
  key.role = domain::role::platform_admin;
  key.scopes = domain::scopes_of(key.role);
  key.name = "demo";
  key.secret_sha256 = hash;
  key.prefix = text.substr(0, 13);
  key.last_four = text.substr(text.size() - 4);
  key.created_at = now;
  std::promise<actors::outcome> came;
  auto r = std::make_shared<actors::basic_request<domain::access_command>>();
  r->command = domain::create_api_key{key};
  r->caller = {{schemas::actor_kind::user, "demo"}, make_id("req_", now)};
  r->reply = actors::reply_to{[&came](actors::outcome what) { came.set_value(std::move(what)); }};
  node.ask(std::move(r));
  came.get_future().wait();
}

std::vector<std::string> lines_of(const fs::path& file) {
  std::ifstream in{file};
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) {
    out.push_back(std::move(line));
  }
  return out;
}

class feeding {
 public:
  feeding(const demo_options& options, std::uint16_t port, std::string key, std::string secret)
    : options_{options}, client_{port}, key_{std::move(key)}, signer_{secret} {}

  result<void> feed() {
    fs::path folder = options_.stories;
    auto setup = lines_of(folder / "setup.tsv");
    std::vector<fs::path> stories;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator{folder / "stories", missing}) {
      stories.push_back(entry.path());
    }
    if (setup.empty() || stories.empty()) {
      return error{errc::io_error, "no sample lives in " + folder.string()
                                     + "; run it where config/demo is, or say --stories DIR"};
    }
    std::sort(stories.begin(), stories.end());
    std::vector<std::string> events;
    for (const auto& story : stories) {
      auto lines = lines_of(story);
      std::move(lines.begin(), lines.end(), std::back_inserter(events));
    }
    progress_bar bar{"feeding"};
    auto all = setup.size() + events.size();
    std::size_t done = 0;
    for (const auto& line : setup) {
      if (auto sent = set_up(line); !sent) {
        return sent.error();
      }
      bar.show(++done, all);
    }
    for (const auto& event : events) {
      if (auto sent = deliver(event); !sent) {
        return sent.error();
      }
      bar.show(++done, all);
    }
    return {};
  }

  // Organization by organization: what it came to.
  result<std::vector<row>> summary() {
    auto list = get("/api/v1/organizations?limit=1000");
    if (!list) {
      return list.error();
    }
    std::vector<row> rows;
    for (const auto& id : schemas::ids_of_list(*list)) {
      auto one = summary_of(id);
      if (!one) {
        return one.error();
      }
      rows.push_back(std::move(*one));
    }
    return rows;
  }

 private:
  result<void> set_up(const std::string& line) {
    auto tab = line.find('\t');
    if (tab == std::string::npos) {
      return error{errc::io_error, "setup.tsv has a line without a tab"};
    }
    // The line itself is the key: a second run gets the first one's answers.
    header_fields fields{{"Authorization", "Bearer " + key_},
                         {"Content-Type", "application/json"},
                         {"Idempotency-Key", "demo-" + to_hex(sha256(line)).substr(0, 32)}};
    auto came = client_.request("POST", line.substr(0, tab), fields, line.substr(tab + 1));
    if (came && came->status == 409) {
      return {};  // keys are remembered for a month only; what they made stays
    }
    return expect(came, "setting up");
  }

  result<void> deliver(const std::string& event) {
    auto t = std::to_string(unix_seconds(system_wall_clock{}.now()));
    auto signature = to_hex(signer_.sign(t, ".", event));
    header_fields fields{{"Content-Type", "application/json; charset=utf-8"},
                         {"Stripe-Signature", "t=" + t + ",v1=" + signature}};
    auto came = client_.request("POST", "/webhooks/stripe", fields, event);
    return expect(came, "delivering");
  }

  static result<void> expect(const result<client_answer>& came, const char* doing) {
    if (!came) {
      return came.error();
    }
    if (came->status < 200 || came->status > 299) {
      return error{errc::io_error, std::string{doing} + " was answered "
                                     + std::to_string(came->status) + " " + came->body};
    }
    return {};
  }

  result<std::string> get(const std::string& path) {
    auto came = client_.request("GET", path, {{"Authorization", "Bearer " + key_}}, "");
    if (auto good = expect(came, path.c_str()); !good) {
      return good.error();
    }
    return came->body;
  }

  result<row> summary_of(const std::string& id) {
    auto base = "/api/v1/organizations/" + id;
    auto about = get(base);
    auto credits = get(base + "/credits");
    auto verified = get(base + "/verify");
    if (!about || !credits || !verified) {
      return error{errc::io_error, "cannot read " + id};
    }
    auto text = [](const std::string& body, const char* name) {
      return schemas::member_text(body, name).value_or("-");
    };
    bool good = text(*verified, "verified") == "true";
    return row{id,
               text(*about, "subscription_status"),
               text(*about, "billing_tier"),
               text(*credits, "balance"),
               text(*verified, "events"),
               good ? "verified" : "NOT VERIFIED"};
  }

  const demo_options& options_;
  loopback_client client_;
  std::string key_;
  hmac_sha256 signer_;
};

void print_next_steps(std::uint16_t port, const std::string& key, const std::string& data) {
  auto url = "http://127.0.0.1:" + std::to_string(port);
  std::printf("\nServing at %s until Ctrl-C. Try, in another terminal:\n\n", url.c_str());
  std::printf("  export KEY=%s\n", key.c_str());
  auto get = [&](const char* path) {
    std::printf("  curl -H \"Authorization: Bearer $KEY\" '%s%s'\n", url.c_str(), path);
  };
  get("/api/v1/organizations");
  get("/api/v1/organizations/org_elm/mirror/stripe");
  get("/api/v1/organizations/org_elm/events?limit=5");
  get("/api/v1/organizations/org_elm/verify");
  get("/api/v1/webhooks/inbox?status=parked");
  std::printf("  bursar audit timeline org_elm --data %s\n", data.c_str());
  std::printf("  bursar audit explain org_elm --data %s\n\n", data.c_str());
  std::fflush(stdout);
}

int demo(demo_options& given) {
  if (!given.data) {
    given.data = "./demo-data";
  }
  std::error_code problem;
  fs::path data = *given.data;
  if (fs::exists(data / "journal", problem) && !fs::exists(data / "demo-api-key", problem)) {
    std::fprintf(stderr,
                 "bursar: %s holds a journal that is no demo's; give the demo a directory of its "
                 "own with --data\n",
                 data.c_str());
    return wrong_usage;
  }
  fs::create_directories(data, problem);
  fs::permissions(data, fs::perms::owner_all, problem);
  auto secret = kept_text(data / "demo-webhook-secret", make_secret);
  auto key = kept_text(data / "demo-api-key", io::api::make_api_key);
  given.overrides.push_back("stripe.webhook_secrets=" + secret);
  given.overrides.push_back("stripe.account=acct_1LkQ2pKu8sPLmTn4");
  given.overrides.push_back("stripe.livemode=true");  // as the stories are
  given.overrides.push_back("log.level=warning");
  if (given.listen) {
    given.overrides.push_back("server.listen=" + *given.listen);
  }
  auto settings = given.read();
  if (!settings) {
    return complain(settings.error());
  }
  auto made = instance::start(*settings, false);
  if (!made) {
    return complain(made.error());
  }
  auto& server = **made;
  ensure_key(server.node(), key, system_wall_clock{}.now());
  std::optional<error> failed;
  std::jthread feeder{[&] {
    feeding work{given, server.port(), key, secret};
    auto fed = work.feed();
    auto rows = fed ? work.summary() : result<std::vector<row>>{fed.error()};
    if (!rows) {
      failed = rows.error();
      server.stop();
      return;
    }
    print_table({"ORGANIZATION", "STATUS", "TIER", "CREDITS", "EVENTS", "AUDIT"}, *rows);
    print_next_steps(server.port(), key, data.string());
    if (given.once) {
      server.stop();
    }
  }};
  int code = server.run();
  feeder.join();
  return failed ? complain(*failed) : code;
}

}  // namespace

void add_demo(CLI::App& root, chosen& run) {
  auto* command = root.add_subcommand(
    "demo", "Serve sample lives of customers, to look around.\nExample: bursar demo");
  auto given = std::make_shared<demo_options>();
  given->add_to(*command);
  command->add_option("--stories", given->stories, "folder with setup.tsv and stories/");
  command->add_option("--listen", given->listen, "HOST:PORT");
  command->add_flag("--once", given->once, "end after the summary instead of serving on");
  command->callback([given, &run] { run = [given] { return demo(*given); }; });
}

}  // namespace bursar::app
