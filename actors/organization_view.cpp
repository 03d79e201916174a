#include "actors/organization_view.hpp"

#include "domain/access_changes.hpp"

namespace bursar::actors {

std::string view_of(entity<organization_traits>& self, schemas::view what) {
  auto& shared = self.shared();
  auto version = shared.catalog.version();  // before the catalog
  auto catalog = shared.catalog.get();
  auto now = shared.clock->now();
  auto out = schemas::render(what, self.state(), {self.sequence(), self.hash()}, *catalog, now);
  if (what == schemas::view::access && self.settled()) {
    shared.access_answers.keep(self.stream(),
                               {{out.begin(), out.end()},
                                version,
                                now,
                                domain::access_changes_at(self.state(), now),
                                std::chrono::steady_clock::now() + shared.passivate_after / 2});
  }
  return out;
}

}  // namespace bursar::actors
