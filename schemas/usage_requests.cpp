#include "schemas/usage_requests.hpp"

#include <map>
#include <utility>

#include "schemas/body.hpp"

namespace bursar::schemas {
namespace {

struct usage_body {
  std::optional<std::string> organization_id, id, metric;
  std::optional<domain::scalar> quantity;
  std::optional<bursar::timestamp> timestamp;
  std::map<std::string, domain::scalar> properties;
};
BOOST_DESCRIBE_STRUCT(usage_body, (),
                      (organization_id, id, metric, quantity, timestamp, properties))

// What makes two events of one id the same.
struct usage_content {
  std::string metric;
  decimal quantity{1};
  std::optional<bursar::timestamp> timestamp;
  const std::map<std::string, domain::scalar>& properties;
};

sha256_digest digest_of(const usage_content& x) {
  std::string text;
  json_writer<nulls::write> writer{text};
  text += '[';
  writer.write(x.metric);
  text += ',';
  writer.write(x.quantity);
  text += ',';
  writer.write(x.timestamp);
  text += ',';
  writer.write(x.properties);
  text += ']';
  return sha256(text);
}

result<decimal> quantity_of(const std::optional<domain::scalar>& x,
                            const std::string& pointer = "/quantity") {
  if (!x) {
    return decimal{1};
  }
  if (const auto* number = std::get_if<std::int64_t>(&*x)) {
    return decimal{*number};
  }
  const auto* text = std::get_if<std::string>(&*x);
  auto parsed = text == nullptr ? error{errc::invalid_parameter} : parse_decimal(*text);
  return parsed ? parsed : invalid(pointer, "must be an integer, or a decimal in a string");
}

// Who is missing in what was read.
std::optional<error> incomplete(const usage_body& x, bool of_many) {
  if (of_many && !x.organization_id) {
    return missing("/organization_id");
  }
  if (!of_many && x.organization_id) {
    return error{errc::unknown_field,
                 "the request is not valid",
                 {{"/organization_id", "is what the path says"}}};
  }
  if (!x.id) {
    return missing("/id");
  }
  return x.metric ? std::nullopt : std::optional{missing("/metric")};
}

struct read_event {
  std::string organization;
  domain::record_usage::item item;
};

domain::record_usage::item item_of(usage_body x, bool of_many) {
  domain::record_usage::item out;
  auto& event = out.event;
  event.id = x.id.value_or("");
  auto quantity = quantity_of(x.quantity);
  out.problem = incomplete(x, of_many);
  if (!quantity && !out.problem) {
    out.problem = quantity.error();
  }
  if (!out.problem) {
    out.sha256 = digest_of({*x.metric, *quantity, x.timestamp, x.properties});
    event.metric = std::move(*x.metric);
    event.quantity = *quantity;
    event.at = x.timestamp;
    event.properties = std::move(x.properties);
  }
  return out;
}

read_event event_of(simdjson::dom::element from, bool of_many) {
  read_event out;
  auto x = read_json<usage_body>(from, unknown_members::refuse, absent_members::keep_default);
  if (!x) {
    out.item.problem = x.error();
    return out;
  }
  out.organization = x->organization_id.value_or("");
  out.item = item_of(std::move(*x), of_many);
  return out;
}

result<std::vector<read_event>> events_of(std::string_view body, bool of_many) {
  auto document = parse_strict(body);
  if (!document) {
    return document.error();
  }
  simdjson::dom::object object;
  simdjson::dom::array events;
  if (document->get(object) != simdjson::SUCCESS) {
    return invalid("/", "must be an object");
  }
  for (auto [name, value] : object) {
    if (name != "events") {
      auto pointer = "/" + std::string{name};
      return error{
        errc::unknown_field, "the request is not valid", {{pointer, "is not known here"}}};
    }
  }
  if (object["events"].get(events) != simdjson::SUCCESS || events.size() == 0) {
    return invalid("/events", "must be a list of 1 to 1000 usage events");
  }
  if (events.size() > domain::usage_batch_max) {
    return error{errc::payload_too_large, "a batch is 1000 usage events at most"};
  }
  std::vector<read_event> out;
  out.reserve(events.size());
  for (auto event : events) {
    out.push_back(event_of(event, of_many));
    out.back().item.index = static_cast<std::int64_t>(out.size()) - 1;
  }
  return out;
}

struct check_body {
  std::optional<std::string> feature;
  std::optional<domain::scalar> quantity;
};
BOOST_DESCRIBE_STRUCT(check_body, (), (feature, quantity))

struct checks_body {
  std::optional<std::vector<check_body>> checks;
};
BOOST_DESCRIBE_STRUCT(checks_body, (), (checks))

result<domain::usage_check> check_of(const check_body& x, const std::string& place) {
  if (!x.feature) {
    return missing(place + "/feature");
  }
  if (auto good = check_text(x.feature, (place + "/feature").c_str()); !good) {
    return good.error();
  }
  auto quantity = quantity_of(x.quantity, place + "/quantity");
  if (quantity && !(domain::is_quantity(*quantity) && *quantity >= decimal{0})) {
    return invalid(place + "/quantity", "must be 0 to 10^12, with at most six decimals");
  }
  return quantity ? result<domain::usage_check>{domain::usage_check{*x.feature, *quantity}}
                  : quantity.error();
}

struct range_body {
  std::optional<bursar::timestamp> start, end;
  std::optional<std::vector<std::string>> metrics;
};
BOOST_DESCRIBE_STRUCT(range_body, (), (start, end, metrics))

struct amendment_body {
  std::optional<std::string> reason;
  std::optional<range_body> replace;
  std::vector<usage_body> events;
  std::vector<std::string> remove;
  std::optional<bool> draft;
};
BOOST_DESCRIBE_STRUCT(amendment_body, (), (reason, replace, events, remove, draft))

struct staging_body {
  std::vector<usage_body> events;
  std::vector<std::string> remove;
};
BOOST_DESCRIBE_STRUCT(staging_body, (), (events, remove))

// What of it is said of events.
template <class Body>
result<domain::amend_usage> staging_of(Body& x) {
  if (x.events.size() > domain::usage_batch_max || x.remove.size() > domain::usage_batch_max) {
    return error{errc::payload_too_large, "1000 usage events and 1000 ids at most, at a time"};
  }
  domain::amend_usage out;
  for (auto& event : x.events) {
    out.items.push_back(item_of(std::move(event), false));
    out.items.back().index = static_cast<std::int64_t>(out.items.size()) - 1;
  }
  out.removed = std::move(x.remove);
  return out;
}

struct entitlements_body {
  std::optional<std::map<std::string, std::optional<domain::scalar>>> entitlements;
};
BOOST_DESCRIBE_STRUCT(entitlements_body, (), (entitlements))

}  // namespace

result<domain::record_usage> parse_usage(std::string_view body) {
  auto events = events_of(body, false);
  if (!events) {
    return events.error();
  }
  domain::record_usage out;
  out.items.reserve(events->size());
  for (auto& x : *events) {
    out.items.push_back(std::move(x.item));
  }
  return out;
}

result<std::vector<usage_of>> parse_usage_of_many(std::string_view body) {
  auto events = events_of(body, true);
  if (!events) {
    return events.error();
  }
  std::map<std::string, domain::record_usage> by_organization;
  for (auto& x : *events) {
    auto& of = by_organization[x.organization];
    of.items.push_back(std::move(x.item));
  }
  std::vector<usage_of> out;
  for (auto& [organization, usage] : by_organization) {
    out.push_back({organization, std::move(usage)});
  }
  return out;
}

result<domain::amend_usage> parse_amendment(std::string_view body) {
  auto x = parse_body<amendment_body>(body);
  if (!x) {
    return x.error();
  }
  if (!x->reason) {
    return missing("/reason");
  }
  auto out = staging_of(*x);
  if (!out) {
    return out;
  }
  out->draft = domain::amend_usage::drafted{std::move(*x->reason), {}};
  if (x->replace) {
    if (!x->replace->start || !x->replace->end) {
      return missing(x->replace->start ? "/replace/end" : "/replace/start");
    }
    out->draft->replaced
      = domain::usage_range{*x->replace->start, *x->replace->end, std::move(x->replace->metrics)};
  }
  if (!x->draft.value_or(false)) {
    out->becomes = domain::amendment_status::applied;
  }
  return out;
}

result<domain::amend_usage> parse_staging(std::string_view body) {
  auto x = parse_body<staging_body>(body);
  if (!x) {
    return x.error();
  }
  if (x->events.empty() && x->remove.empty()) {
    return missing("/events");
  }
  return staging_of(*x);
}

result<domain::override_entitlements> parse_entitlements(std::string_view body) {
  auto x = parse_body<entitlements_body>(body);
  if (!x) {
    return x.error();
  }
  if (!x->entitlements) {
    return missing("/entitlements");
  }
  return domain::override_entitlements{std::move(*x->entitlements)};
}

result<std::vector<domain::usage_check>> parse_checks(std::string_view body) {
  auto x = parse_body<checks_body>(body);
  if (!x) {
    return x.error();
  }
  if (!x->checks) {
    return missing("/checks");
  }
  if (x->checks->empty() || x->checks->size() > usage_checks_max) {
    return invalid("/checks", "must be a list of 1 to 100 checks");
  }
  std::vector<domain::usage_check> out;
  for (const auto& one : *x->checks) {
    auto check = check_of(one, "/checks/" + std::to_string(out.size()));
    if (!check) {
      return check.error();
    }
    out.push_back(std::move(*check));
  }
  return out;
}

}  // namespace bursar::schemas
