#include "app/stopped_server.hpp"

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

}  // namespace bursar::app
