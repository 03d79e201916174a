// How the amounts of an invoice came about: computed again from its lines, compared with the
// catalog and, event by event, with what its credit notes took back. From the journal alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/billing/explanation.hpp"
#include "schemas/catalog_history.hpp"
#include "schemas/history.hpp"

namespace bursar::schemas {

struct explained_note {
  std::uint64_t sequence = 0;  // of the event that issued it
  domain::credit_note_explanation told;
};

struct explained_invoice {
  domain::native_invoice invoice;
  std::uint64_t sequence = 0;  // of the event that created it
  domain::invoice_explanation told;
  std::vector<std::optional<bool>> catalog_same;  // of each line; as domain::is_of_catalog says
  std::vector<std::optional<bool>> usage_same;    // of each line; as domain::is_recounted says
  std::vector<explained_note> notes;              // one for each credit note
};

// Whether all of it comes to the same again. What the catalog says is no part of that: terms may
// have been agreed on.
bool is_reproduced(const explained_invoice& of);
std::string render_explanation(const explained_invoice& of);

// `read` reads events of a stream from a sequence on, at most so many. not_found: no such
// organization or invoice; integrity_error: an event that cannot be read.
template <class Read>
result<explained_invoice> explain_invoice(Read read, const std::string& organization,
                                          const std::string& invoice_id);

// -- its parts ---

onlooker looking_for(const std::string& invoice_id, explained_invoice& into);
result<explained_invoice> explained(explained_invoice of, const domain::organization& in,
                                    const std::string& invoice_id,
                                    const domain::plan_history& plans);

template <class Read>
result<explained_invoice> explain_invoice(Read read, const std::string& organization,
                                          const std::string& invoice_id) {
  explained_invoice out;
  auto past = replay_until([&](auto from, auto limit) { return read(organization, from, limit); },
                           {}, looking_for(invoice_id, out));
  if (!past) {
    return past.error();
  }
  domain::plan_history plans;
  auto replayed = replay_catalog(read, [&](recorded<domain::catalog_event> x) {
    if (auto* published = std::get_if<domain::plan_published>(&x.event)) {
      plans[published->plan.id].push_back(std::move(published->plan));
    }
  });
  return replayed ? explained(std::move(out), past->state, invoice_id, plans) : replayed.error();
}

}  // namespace bursar::schemas
