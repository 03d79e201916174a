#include "app/stopped_server.hpp"

#include <cstdio>

#include "app/command.hpp"

namespace bursar::app {

result<std::unique_ptr<stopped_server>> stopped_server::open(const settings& from) {
  auto journal = persistence::open_rocks_journal(journal_options(from));
  if (!journal) {
    return journal.error();
  }
  std::unique_ptr<stopped_server> out{new stopped_server};
  out->journal_ = std::move(*journal);
  auto options = node_options(from);
  options.ticks = false;
  options.routes_parked = false;
  auto node = actors::node::start(*out->journal_, out->clock_, std::move(options));
  if (!node) {
    return node.error();
  }
  out->node_ = std::move(*node);
  return out;
}

int tell_organization(const common_options& given, const std::string& organization,
                      const result<domain::command>& wanted, const after_telling& then) {
  auto refused = [](const error& why, int code) {
    std::fprintf(stderr, "bursar: %s\n", why.text().c_str());
    return code;
  };
  if (!wanted) {
    return refused(wanted.error(), wrong_usage);
  }
  auto settings = given.read();
  auto server = settings ? stopped_server::open(*settings)
                         : result<std::unique_ptr<stopped_server>>{settings.error()};
  if (!server) {
    return complain(server.error());
  }
  auto outcome = (*server)->ask<actors::organization_command>(*wanted, organization);
  if (outcome.problem) {
    bool usage = outcome.status == 400 || outcome.status == 404 || outcome.status == 422;
    return refused(*outcome.problem, usage                  ? wrong_usage
                                     : outcome.status < 500 ? found_a_problem
                                                            : could_not);
  }
  return then(**server, outcome);
}

}  // namespace bursar::app
