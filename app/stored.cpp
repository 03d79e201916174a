#include "app/stored.hpp"

#include <utility>

#include "schemas/catalog_history.hpp"
#include "schemas/history.hpp"

namespace bursar::app {

result<domain::organization> organization_in(const persistence::journal& journal,
                                             const std::string& id) {
  auto past = schemas::replay_until(
    [&](std::uint64_t from, std::size_t most) { return journal.read(id, from, most); }, {});
  if (!past) {
    return past.error();
  }
  if (past->state.id.empty()) {
    return error{errc::not_found, "there is no organization " + id};
  }
  return std::move(past->state);
}

result<domain::catalog> catalog_in(const persistence::journal& journal) {
  domain::catalog out;
  auto read
    = schemas::replay_catalog([&](const std::string& stream, std::uint64_t from,
                                  std::size_t most) { return journal.read(stream, from, most); },
                              [&](schemas::recorded<domain::catalog_event> x) {
                                out = domain::evolve(std::move(out), x.event);
                              });
  return read ? result<domain::catalog>{std::move(out)} : read.error();
}

}  // namespace bursar::app
