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

struct usage_id_record {
  sha256_digest sha256{};
  std::string amendments;  // empty: it was recorded

  // Whether it counts as recorded: of amendments, that one of them is applied or long forgotten.
  bool stands(const domain::usage_account& in) const {
    if (amendments.empty()) {
      return true;
    }
    for (std::size_t at = 0; at < amendments.size();) {
      auto end = std::min(amendments.find('\0', at + 1), amendments.size());
      auto named = in.amendments.find(amendments.substr(at + 1, end - at - 1));
      if (named == in.amendments.end()
          || named->second.status == domain::amendment_status::applied) {
        return true;
      }
      at = end;
    }
    return false;
  }
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
  out.amendments = (*stored)->substr(out.sha256.size());
  return std::optional{std::move(out)};
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
    auto stored = record_at(journal, schemas::usage_key(organization, item.event.id));
    if (!stored) {
      return stored.error();
    }
    if (*stored && (*stored)->stands(in)) {
      item.recorded_sha256 = (*stored)->sha256;
    }
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
  amendment.known.clear();
  for (const auto& id : ids) {  // what it adds itself is not what it could take away
    auto stored = record_at(journal, schemas::usage_key(organization, id));
    if (!stored) {
      return stored.error();
    }
    auto staged = record_at(journal, schemas::staged_key(organization, amendment.amendment_id, id));
    if (!staged) {
      return staged.error();
    }
    if (*stored && (*stored)->stands(in) && !*staged) {
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
void record_amended_ids(const persistence::journal& journal, const domain::usage_account& before,
                        const organization_request& r, const std::vector<domain::event>& events,
                        beside& also) {
  const auto* amendment = wanted_in<domain::amend_usage>(r);
  bool stages = std::any_of(events.begin(), events.end(), [](const domain::event& e) {
    return std::holds_alternative<domain::usage_staged>(e);
  });
  if (amendment == nullptr || !stages) {
    return;
  }
  for (const auto& item : amendment->items) {
    const auto& id = item.event.id;
    std::string digest{as_text(item.sha256)};
    auto staged = schemas::staged_key(r.stream, amendment->amendment_id, id);
    also.records.push_back({column::index, staged, digest});
    auto key = schemas::usage_key(r.stream, id);
    auto known = record_at(journal, key);
    bool recorded = known && *known && (*known)->amendments.empty();
    if (!recorded && !item.recorded_sha256) {
      auto others = known && *known ? (*known)->amendments : std::string{};
      bool keeps = known && *known && (*known)->stands(before);  // who reports it again means that
      also.records.push_back({column::index, key,
                              (keeps ? std::string{as_text((*known)->sha256)} : digest) + others
                                + '\0' + amendment->amendment_id});
    }
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
      on_their_way.emplace(item.event.id, item.sha256);
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
