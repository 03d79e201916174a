#include "io/api/call.hpp"

#include <algorithm>
#include <charconv>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/limits.hpp"

namespace bursar::io::api {
namespace {

constexpr std::size_t binding_bytes = 8;

// Whose list a position is of; what was cut off or changed is of none.
std::string binding(const call& c, std::string_view filters, std::string_view position) {
  auto scope = c.who->organization_id.value_or("*") + '\n' + c.request.path + '\n'
               + std::string{filters} + '\n';
  auto digest = sha256(scope, position);
  return {reinterpret_cast<const char*>(digest.data()), binding_bytes};
}

// Whether If-None-Match names the tag: "*", or one of a list, be it weak (RFC 9110, 13.1.2).
bool names(std::string_view field, std::string_view tag) {
  if (field == "*") {
    return true;
  }
  for (;;) {
    auto comma = field.find(',');
    auto one = field.substr(0, comma);
    one.remove_prefix(std::min(one.find_first_not_of(" \t"), one.size()));
    one.remove_prefix(one.starts_with("W/") ? 2 : 0);
    one = one.substr(0, one.find_last_not_of(" \t") + 1);
    if (one == tag) {
      return true;
    }
    if (comma == std::string_view::npos) {
      return false;
    }
    field.remove_prefix(comma + 1);
  }
}

}  // namespace

bool may(const domain::api_key& who, domain::scope wanted) {
  return std::find(who.scopes.begin(), who.scopes.end(), wanted) != who.scopes.end();
}

bool reaches(const domain::api_key& who, const std::string& organization) {
  return who.role == domain::role::platform_admin || who.organization_id == organization;
}

result<std::map<std::string, std::string>> query_of(const http::request& r,
                                                    std::initializer_list<std::string_view> known) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : r.query) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return error{
        errc::invalid_parameter, "unknown query parameter", {{"?" + name, "is not known here"}}};
    }
    if (!out.emplace(name, value).second) {
      return error{
        errc::invalid_parameter, "repeated query parameter", {{"?" + name, "must come once"}}};
    }
  }
  return out;
}

result<wanted_page> page_of(const call& c, const std::map<std::string, std::string>& query,
                            std::string_view filters) {
  wanted_page out{limits::page_size_default, {}};
  if (auto limit = query.find("limit"); limit != query.end()) {
    const auto& text = limit->second;
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out.limit);
    if (problem != std::errc{} || end != text.data() + text.size() || out.limit < 1
        || out.limit > limits::page_size_max) {
      return error{
        errc::invalid_parameter, "the limit is not valid", {{"?limit", "must be 1 to 1000"}}};
    }
  }
  if (auto cursor = query.find("cursor"); cursor != query.end()) {
    auto bytes = from_hex(cursor->second).value_or("");
    auto position = bytes.size() < binding_bytes ? std::string{} : bytes.substr(binding_bytes);
    if (bytes.size() < binding_bytes
        || bytes.substr(0, binding_bytes) != binding(c, filters, position)) {
      return error{errc::invalid_cursor, "the cursor belongs to another list; start again without"};
    }
    out.after = std::move(position);
  }
  return out;
}

result<wanted_page> page_of(const call& c) {
  auto query = query_of(c.request, {"limit", "cursor"});
  return query ? page_of(c, *query, {}) : result<wanted_page>{query.error()};
}

result<numbered_page> numbered(const result<wanted_page>& page) {
  if (!page) {
    return page.error();
  }
  auto after = page->after.empty() ? std::optional<std::uint64_t>{0} : from_big_endian(page->after);
  return after ? result<numbered_page>{numbered_page{page->limit, *after}}
               : error{errc::invalid_cursor, "the cursor is damaged"};
}

std::string make_cursor(const call& c, std::string_view filters, std::string_view position) {
  return to_hex(binding(c, filters, position) + std::string{position});
}

// Keys belong to a tenant or to the platform, whichever of its API keys is used, and are the same
// on every route.
result<actors::idempotency> idempotency_of(const call& c) {
  const auto& r = c.request;
  auto key = r.field("idempotency-key");
  if (!key) {
    return error{errc::idempotency_key_missing,
                 "send an Idempotency-Key of your own with every POST, PATCH and DELETE"};
  }
  bool sane = !key->empty() && key->size() <= limits::idempotency_key_bytes_max
              && std::all_of(key->begin(), key->end(), [](char x) { return x > ' ' && x <= '~'; });
  if (!sane) {
    return error{errc::invalid_parameter,
                 "the Idempotency-Key is not valid",
                 {{"Idempotency-Key", "must be 1 to 255 visible ASCII characters"}}};
  }
  auto what = std::string{http::to_string(r.verb)} + ' ' + r.target + '\n';
  return actors::idempotency{c.who->organization_id.value_or("*") + '\0' + std::string{*key},
                             to_hex(sha256(what, r.body))};
}

result<std::optional<std::uint64_t>> if_match_of(const http::request& r) {
  auto field = r.field("if-match");
  if (!field || *field == "*") {
    return std::optional<std::uint64_t>{};
  }
  std::uint64_t sequence = 0;
  bool quoted = field->size() > 2 && field->front() == '"' && field->back() == '"';
  auto text = quoted ? field->substr(1, field->size() - 2) : std::string_view{};
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), sequence);
  if (!quoted || problem != std::errc{} || end != text.data() + text.size()) {
    return error{errc::invalid_parameter,
                 "If-Match is not valid",
                 {{"If-Match", "must be a sequence in quotation marks, as in an ETag"}}};
  }
  return std::optional{sequence};
}

actors::caller caller_of(const call& c) {
  return {{schemas::actor_kind::api_key, c.who->id}, c.request.request_id};
}

http::response json(std::string body, unsigned status) {
  http::response out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

http::response answer(const call& c, actors::outcome what) {
  http::response out;
  if (what.problem) {
    out = http::problem(*what.problem, c.request.request_id);
  } else {
    out.status = what.status;
    out.body = std::move(what.body);
  }
  if (what.replayed) {
    out.fields.emplace_back("Idempotent-Replayed", "true");
  }
  if (!what.problem && what.sequence > 0 && c.request.verb == http::method::get) {
    auto tag = '"' + std::to_string(what.sequence) + '"';
    if (auto known = c.request.field("if-none-match"); known && names(*known, tag)) {
      out.status = 304;
      out.body.clear();
    }
    out.fields.emplace_back("ETag", std::move(tag));
  }
  return out;
}

http::response refuse(const call& c, const error& why) {
  auto out = http::problem(why, c.request.request_id);
  if (c.rate_limit > 0) {
    out.fields.emplace_back("RateLimit-Limit", std::to_string(c.rate_limit));
    out.fields.emplace_back("RateLimit-Remaining", "0");
    out.fields.emplace_back("RateLimit-Reset", "1");
  }
  return out;
}

}  // namespace bursar::io::api
