#include "actors/usage_ids.hpp"

#include <algorithm>

#include "schemas/records.hpp"

namespace bursar::actors {
namespace {

using persistence::column;

const domain::usage_recorded* recorded_in(const std::vector<domain::event>& events) {
  return events.empty() ? nullptr : std::get_if<domain::usage_recorded>(&events.front());
}

// The items that were recorded: they, and those that were rejected, are in the request's order.
template <class Visit>
void each_recorded(const organization_request& r, const std::vector<domain::event>& events,
                   Visit visit) {
  const auto* wanted = usage_of(r);
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

result<sha256_digest> digest_in(std::string_view stored) {
  sha256_digest out{};
  if (stored.size() != out.size()) {
    return error{errc::integrity_error, "a usage event's record is damaged"};
  }
  std::copy(stored.begin(), stored.end(), out.begin());
  return out;
}

}  // namespace

const domain::record_usage* usage_of(const organization_request& r) {
  const auto* command = std::get_if<domain::command>(&r.command);
  const auto* usage = command == nullptr ? nullptr : std::get_if<domain::usage_command>(command);
  return usage == nullptr ? nullptr : std::get_if<domain::record_usage>(usage);
}

domain::record_usage* usage_of(organization_request& r) {
  return const_cast<domain::record_usage*>(usage_of(std::as_const(r)));
}

result<void> find_recorded(domain::record_usage& usage, const std::string& organization,
                           const persistence::journal& journal, const usage_ids& on_their_way) {
  for (auto& item : usage.items) {
    item.recorded_sha256.reset();
    if (item.problem || item.event.id.empty()) {
      continue;
    }
    if (auto found = on_their_way.find(item.event.id); found != on_their_way.end()) {
      item.recorded_sha256 = found->second;
      continue;
    }
    auto stored = journal.get(column::index, schemas::usage_key(organization, item.event.id));
    if (!stored) {
      return stored.error();
    }
    if (*stored) {
      auto digest = digest_in(**stored);
      if (!digest) {
        return digest.error();
      }
      item.recorded_sha256 = *digest;
    }
  }
  return {};
}

void remember_usage(const organization_request& r, const std::vector<domain::event>& events,
                    usage_ids& on_their_way) {
  each_recorded(r, events,
                [&](const auto& item) { on_their_way.emplace(item.event.id, item.sha256); });
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
  if (const auto* recorded = recorded_in(events)) {
    for (const auto& x : recorded->events) {
      on_their_way.erase(x.id);
    }
  }
}

}  // namespace bursar::actors
