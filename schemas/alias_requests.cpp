#include "schemas/alias_requests.hpp"

#include <algorithm>

#include "schemas/body.hpp"
#include "schemas/json_writer.hpp"

namespace bursar::schemas {
namespace {

void add_member(std::string_view name, simdjson::dom::element value, std::string& to) {
  to += to.empty() ? '{' : ',';
  append_string(to, name);
  to += ':';
  to += simdjson::minify(value);
}

std::string closed(std::string members) {
  return members.empty() ? "{}" : members + "}";
}

}  // namespace

std::string with_our_names(std::string body, std::span<const renamed> names) {
  auto document = parse_strict(body);
  simdjson::dom::object object;
  if (!document || document->get(object) != simdjson::SUCCESS) {
    return body;
  }
  std::string out;
  for (auto [name, value] : object) {
    auto found = std::find_if(names.begin(), names.end(),
                              [theirs = name](const renamed& x) { return x.theirs == theirs; });
    add_member(found == names.end() ? name : found->ours, value, out);
  }
  return closed(std::move(out));
}

result<addressed_body> take_organization(const std::string& body) {
  auto document = parse_strict(body);
  if (!document) {
    return document.error();
  }
  simdjson::dom::object object;
  if (document->get(object) != simdjson::SUCCESS) {
    return invalid("/", "must be an object");
  }
  addressed_body out;
  std::string rest;
  for (auto [name, value] : object) {
    std::string_view text;
    if (name != "organization_id") {
      add_member(name, value, rest);
    } else if (value.get(text) == simdjson::SUCCESS) {
      out.organization_id = text;
    } else {
      return invalid("/organization_id", "must be a string");
    }
  }
  out.rest = closed(std::move(rest));
  return out;
}

}  // namespace bursar::schemas
