// What operators are to look at.
#include "io/api/handlers.hpp"
#include "io/api/record_list.hpp"
#include "schemas/records.hpp"
#include "schemas/views.hpp"

namespace bursar::io::api {
namespace {

std::string names_of_types() {
  std::string out;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<domain::alert_type>>(
    [&](auto x) { out += (out.empty() ? "must be one of " : ", ") + std::string{x.name}; });
  return out;
}

// Newest first.
result<record_list> alerts_that(const std::map<std::string, std::string>& query) {
  record_list out{persistence::column::index, schemas::alert_prefix(), {}, {}};
  out.newest_first = true;
  std::optional<domain::alert_type> type;
  std::optional<std::string> organization;
  auto wrong = [](const std::string& name, const std::string& why) {
    return error{errc::invalid_parameter, "a filter is not valid", {{"?" + name, why}}};
  };
  for (const auto& [name, value] : query) {
    if (name == "limit" || name == "cursor") {
      continue;
    }
    out.filters += name + '=' + value + '\n';
    if (name == "organization_id") {
      organization = value;
    } else if (name == "type") {
      domain::alert_type parsed{};
      if (!boost::describe::enum_from_string(value.c_str(), parsed)) {
        return wrong(name, names_of_types());
      }
      type = parsed;
    } else {
      auto at = parse_rfc3339(value);
      if (!at) {
        return wrong(name, "must be an RFC 3339 time");
      }
      (name == "from" ? out.least : out.after) = schemas::alerts_at(*at);
    }
  }
  out.row_of = [=](const persistence::record& record) -> std::optional<std::string> {
    auto which = schemas::alert_of_key(record.key);
    if (!which || (organization && which->stream != *organization)) {
      return std::nullopt;
    }
    auto what = schemas::decode_record<schemas::alert_record>(record.value);
    bool passes = what && (!type || what->type == *type);
    return passes ? std::optional{schemas::render_alert(*which, *what)} : std::nullopt;
  };
  return out;
}

}  // namespace

answering list_alerts(api& in, call c) {
  auto query = query_of(c.request, {"limit", "cursor", "type", "organization_id", "from", "to"});
  if (!query) {
    co_return refuse(c, query.error());
  }
  auto wanted = alerts_that(*query);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  auto listing = list_records(in, std::move(c), std::move(*query), std::move(*wanted));
  auto out = co_await std::move(listing);
  co_return out;
}

}  // namespace bursar::io::api
