// A node on a stopped server's directory, for a command that asks it for something and ends.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "actors/node.hpp"
#include "app/settings.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "persistence/journal.hpp"

namespace bursar::app {

class stopped_server {
 public:
  // What waits in the directory is left to the server.
  static result<std::unique_ptr<stopped_server>> open(const settings& from);
  ~stopped_server() {
    if (node_) {
      node_->stop();
    }
  }
  stopped_server(const stopped_server&) = delete;
  stopped_server& operator=(const stopped_server&) = delete;

  persistence::journal& journal() { return *journal_; }
  actors::node& node() { return *node_; }
  timestamp now() const { return clock_.now(); }

  template <class Command>
  actors::outcome ask(Command command, std::string stream = {}) {
    std::promise<actors::outcome> came;
    auto r = std::make_shared<actors::basic_request<Command>>();
    r->stream = std::move(stream);
    r->command = std::move(command);
    r->caller = {{schemas::actor_kind::user, "command line"}, make_id("req_", now())};
    r->reply = actors::reply_to{[&came](actors::outcome what) { came.set_value(std::move(what)); }};
    node_->ask(std::move(r));
    return came.get_future().get();
  }

 private:
  stopped_server() = default;

  system_wall_clock clock_;
  std::unique_ptr<persistence::journal> journal_;
  std::unique_ptr<actors::node> node_;
};

struct common_options;

// Tells an organization something, and goes on with the answer; what cannot be read or is refused
// is said on standard error. The exit code.
using after_telling = std::function<int(stopped_server&, const actors::outcome&)>;
int tell_organization(const common_options& given, const std::string& organization,
                      const result<domain::command>& wanted, const after_telling& then);

}  // namespace bursar::app
