// The TAXING actor: requests that cannot be decided before an outside provider has said what taxes
// are due wait here for its answer, and then go to their organization again. Nothing was written
// for them: what ends meanwhile is asked for again by whoever wanted it.
#pragma once

#include <cstdint>
#include <map>

#include "actors/interfaces.hpp"
#include "actors/tax_provider.hpp"
#include "actors/timers.hpp"

namespace bursar::actors {

// With a provider: the request may ask, from now on. `sequence` is its organization's.
void may_ask_taxes(organization_request& r, const services& shared, std::uint64_t sequence);
// Its last decision failed for want of an answer.
bool wants_taxes(const organization_request& r);
// What it is decided with, now or as of when it was wanted.
domain::decision_context context_of(const organization_request& r, const services& shared,
                                    const domain::catalog& catalog, timestamp now);

struct taxing_state {
  static inline const char* name = "taxing";
  std::uint64_t asked = 0;
  std::map<std::uint64_t, organization_request_ptr> waiting;  // by the number of the question
  std::map<std::string, std::size_t> waiting_of;              // how many, by organization
};

// `provider` is borrowed and outlives the actor.
taxing_actor::behavior_type taxing(taxing_actor::stateful_pointer<taxing_state> self,
                                   services* shared, tax_provider* provider, ask_organization ask);

}  // namespace bursar::actors
