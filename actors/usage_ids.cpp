#include "actors/usage_ids.hpp"

#include <algorithm>

#include "schemas/amended_usage.hpp"
#include "schemas/records.hpp"

namespace bursar::actors {
namespace {

using persistence::column;

// Null: the request is about something else.
template <class Wanted>
const Wanted* wanted_in(const organization_request& r) {
  const auto* command = std::get_if<domain::command>(&r.command);
  const auto* usage = command == nullptr ? nullptr : std::get_if<domain::usage_command>(command);
  return usage == nullptr ? nullptr : std::get_if<Wanted>(usage);
}
template <class Wanted>
Wanted* wanted_in(organization_request& r) {
  return const_cast<Wanted*>(wanted_in<Wanted>(std::as_const(r)));
}

const domain::usage_recorded* recorded_in(const std::vector<domain::event>& events) {
  return events.empty() ? nullptr : std::get_if<domain::usage_recorded>(&events.front());
}

// The items that were recorded: they, and those that were rejected, are in the request's order.
template <class Visit>
void each_recorded(const organization_request& r, const std::vector<domain::event>& events,
                   Visit visit) {
  const auto* wanted = wanted_in<domain::record_usage>(r);
  const auto* recorded = recorded_in(events);
  if (wanted == nullptr || recorded == nullptr) {
    return;
  }
  auto next = recorded->events.begin();
  auto rejected = r.usage->rejected.begin();
  for (const auto& item : wanted->items) {
    if (rejected != r.usage->rejected.end() && rejected->index == item.index) {
      ++rejected;
    } else if (next != recorded->events.end() && !item.recorded_sha256
               && item.event.id == next->id) {
      visit(item);
      ++next;
    }
  }
}

std::string_view as_text(const sha256_digest& x) {
  return {reinterpret_cast<const char*>(x.data()), x.size()};
}

// Who said something under an id: `digest`, when it was recorded; else `digest`, and for each
// amendment a zero byte and its id. What an amendment said stands under its own key.
struct usage_id_record {
  sha256_digest sha256{};
  std::vector<std::string> amendments;
};

result<std::optional<usage_id_record>> record_at(const persistence::journal& journal,
                                                 const std::string& key) {
  auto stored = journal.get(column::index, key);
  if (!stored) {
    return stored.error();
  }
  if (!*stored) {
    return std::optional<usage_id_record>{};
  }
  usage_id_record out;
  if ((*stored)->size() < out.sha256.size()) {
    return error{errc::integrity_error, "a usage event's record is damaged"};
  }
  auto digest = std::string_view{**stored}.substr(0, out.sha256.size());
  std::copy(digest.begin(), digest.end(), out.sha256.begin());
  std::string_view rest = std::string_view{**stored}.substr(out.sha256.size());
  while (!rest.empty()) {
    auto end = std::min(rest.find('\0', 1), rest.size());
    out.amendments.emplace_back(rest.substr(1, end - 1));
    rest.remove_prefix(end);
  }
  return std::optional{std::move(out)};
}

// Of those that count: the last that was applied. One that is forgotten was applied long ago.
const std::string* in_force(const std::vector<std::string>& amendments,
                            const domain::usage_account& in) {
  const std::string* out = nullptr;
  timestamp latest{};
  for (const auto& id : amendments) {
    auto of = in.amendments.find(id);
    bool forgotten = of == in.amendments.end();
    if (!forgotten && of->second.status != domain::amendment_status::applied) {
      continue;
    }
    auto at = forgotten ? timestamp{} : of->second.applied_at.value_or(timestamp{});
    if (out == nullptr || at >= latest) {
      out = &id;
      latest = at;
    }
  }
  return out;
}

// What counts as recorded under the id: as it was recorded, or as an amendment in force has it.
result<std::optional<sha256_digest>> recorded_at(const persistence::journal& journal,
                                                 const std::string& organization,
                                                 const std::string& id,
                                                 const domain::usage_account& in) {
  auto stored = record_at(journal, schemas::usage_key(organization, id));
  if (!stored) {
    return stored.error();
  }
  if (!*stored) {
    return std::optional<sha256_digest>{};
  }
  const auto& record = **stored;
  if (record.amendments.empty()) {
    return std::optional{record.sha256};
  }
  const auto* amendment = in_force(record.amendments, in);
  if (amendment == nullptr) {
    return std::optional<sha256_digest>{};
  }
  auto staged = record_at(journal, schemas::staged_key(organization, *amendment, id));
  if (!staged) {
    return staged.error();
  }
  return std::optional{*staged ? (*staged)->sha256 : record.sha256};
}

result<void> find_recorded(domain::record_usage& usage, const std::string& organization,
                           const domain::usage_account& in, const persistence::journal& journal,
                           const usage_ids& on_their_way) {
  for (auto& item : usage.items) {
    item.recorded_sha256.reset();
    if (item.problem || item.event.id.empty()) {
      continue;
    }
    if (auto found = on_their_way.find(item.event.id); found != on_their_way.end()) {
      item.recorded_sha256 = found->second;
      continue;
    }
    auto recorded = recorded_at(journal, organization, item.event.id, in);
    if (!recorded) {
      return recorded.error();
    }
    item.recorded_sha256 = *recorded;
  }
  return {};
}

// -- amendments ---

result<void> find_known(domain::amend_usage& amendment, const std::string& organization,
                        const domain::usage_account& in, const persistence::journal& journal) {
  std::set<std::string> ids{amendment.removed.begin(), amendment.removed.end()};
  for (auto& item : amendment.items) {
    auto staged = record_at(
      journal, schemas::staged_key(organization, amendment.amendment_id, item.event.id));
    if (!staged) {
      return staged.error();
    }
    item.recorded_sha256 = *staged ? std::optional{(*staged)->sha256} : std::nullopt;
    ids.insert(item.event.id);
  }
  amendment.removed_before.clear();
  for (const auto& id : amendment.removed) {
    auto removed
      = journal.get(column::index, schemas::removed_key(organization, amendment.amendment_id, id));
    if (!removed) {
      return removed.error();
    }
    if (*removed) {
      amendment.removed_before.insert(id);
    }
  }
  amendment.known.clear();
  for (const auto& id : ids) {  // what it adds itself is not what it could take away
    auto recorded = recorded_at(journal, organization, id, in);
    if (!recorded) {
      return recorded.error();
    }
    auto staged = record_at(journal, schemas::staged_key(organization, amendment.amendment_id, id));
    if (!staged) {
      return staged.error();
    }
    if (*recorded && !*staged) {
      amendment.known.insert(id);
    }
  }
  return {};
}

result<void> look_up(domain::amend_usage& amendment, const std::string& organization,
                     const domain::usage_account& in, const persistence::journal& journal) {
  if (auto found = find_known(amendment, organization, in, journal); !found) {
    return found;
  }
  if (!amendment.becomes) {
    return {};
  }
  auto read
    = [&](std::uint64_t from, std::size_t most) { return journal.read(organization, from, most); };
  if (amendment.recount) {
    return schemas::catch_up(read, *amendment.recount);
  }
  amendment.recount = std::make_shared<domain::usage_recount>(amendment);
  return schemas::recount(read, *amendment.recount);
}

}  // namespace

bool is_amendment(const organization_request& r) {
  return wanted_in<domain::amend_usage>(r) != nullptr;
}

result<void> look_up_usage(organization_request& r, const domain::usage_account& in,
                           const persistence::journal& journal, const usage_ids& on_their_way) {
  if (auto* usage = wanted_in<domain::record_usage>(r)) {
    r.usage = std::make_shared<domain::usage_outcome>();
    return find_recorded(*usage, r.stream, in, journal, on_their_way);
  }
  auto* amendment = wanted_in<domain::amend_usage>(r);
  return amendment == nullptr ? result<void>{} : look_up(*amendment, r.stream, in, journal);
}

// An id that nobody recorded is an amendment's, until somebody records it while that does not
// count.
void record_amended_ids(const persistence::journal& journal, const organization_request& r,
                        const std::vector<domain::event>& events, beside& also) {
  const auto* amendment = wanted_in<domain::amend_usage>(r);
  const domain::usage_staged* stages = nullptr;
  for (const auto& e : events) {
    stages = stages == nullptr ? std::get_if<domain::usage_staged>(&e) : stages;
  }
  if (amendment == nullptr || stages == nullptr) {
    return;
  }
  for (const auto& id : stages->removed) {
    also.records.push_back(
      {column::index, schemas::removed_key(r.stream, amendment->amendment_id, id), std::string{}});
  }
  for (const auto& item : amendment->items) {
    const auto& id = item.event.id;
    std::string digest{as_text(item.sha256)};
    auto staged = schemas::staged_key(r.stream, amendment->amendment_id, id);
    also.records.push_back({column::index, staged, digest});
    auto key = schemas::usage_key(r.stream, id);
    auto known = record_at(journal, key);
    bool recorded = known && *known && (*known)->amendments.empty();
    if (recorded || item.recorded_sha256) {
      continue;
    }
    auto said = digest;
    if (known && *known) {
      for (const auto& other : (*known)->amendments) {
        said += '\0' + other;
      }
    }
    said += '\0' + amendment->amendment_id;
    also.records.push_back({column::index, key, std::move(said)});
  }
}

void remember_usage(const organization_request& r, const std::vector<domain::event>& events,
                    usage_ids& on_their_way) {
  each_recorded(r, events,
                [&](const auto& item) { on_their_way.emplace(item.event.id, item.sha256); });
  const auto* amendment = wanted_in<domain::amend_usage>(r);
  bool counts = std::any_of(events.begin(), events.end(), [](const domain::event& e) {
    return std::holds_alternative<domain::usage_amended>(e);
  });
  if (amendment != nullptr && counts) {
    for (const auto& item : amendment->items) {
      // What was said before under the id counts for who says it again, whatever it is now.
      if (!item.recorded_sha256 && !amendment->known.contains(item.event.id)) {
        on_their_way.emplace(item.event.id, item.sha256);
      }
    }
  }
}

void record_usage_ids(const organization_request& r, const std::vector<domain::event>& events,
                      beside& also) {
  each_recorded(r, events, [&](const auto& item) {
    also.records.push_back({column::index, schemas::usage_key(r.stream, item.event.id),
                            std::string{as_text(item.sha256)}});
  });
}

void record_meter_events(const domain::organization& s, const domain::catalog& catalog,
                         const std::string& owner, const std::vector<domain::event>& events,
                         beside& also) {
  const auto* recorded = recorded_in(events);
  auto customer = recorded == nullptr ? std::nullopt : domain::metered_customer(s);
  if (!customer) {
    return;
  }
  for (const auto& x : recorded->events) {
    auto meter = catalog.meters.find(x.metric);
    if (meter == catalog.meters.end() || !meter->second.stripe_event_name || x.filtered) {
      continue;
    }
    schemas::meter_event_record record{*meter->second.stripe_event_name, *customer,
                                       format_decimal(x.value.value_or(x.quantity)),
                                       to_hex(sha256(owner + '\0' + x.id)), x.at};
    also.records.push_back(
      {column::outbox, schemas::meter_event_key({owner, x.id}), schemas::encode_record(record)});
  }
}

void forget_usage(const std::vector<domain::event>& events, usage_ids& on_their_way) {
  auto forget = [&](const std::vector<domain::recorded_usage>& durable) {
    for (const auto& x : durable) {
      on_their_way.erase(x.id);
    }
  };
  if (const auto* recorded = recorded_in(events)) {
    forget(recorded->events);
  }
  for (const auto& event : events) {
    if (const auto* staged = std::get_if<domain::usage_staged>(&event)) {
      forget(staged->events);
    }
  }
}

}  // namespace bursar::actors
