#include "io/api/api.hpp"

#include <algorithm>

#include "base/ids.hpp"
#include "io/api/aliases.hpp"

namespace bursar::io::api {
namespace {

using path_parts = std::vector<std::string_view>;

path_parts split(std::string_view path) {
  path_parts out;
  out.reserve(static_cast<std::size_t>(std::count(path.begin(), path.end(), '/')));
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    auto end = path.find('/');
    out.push_back(path.substr(0, end));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end);
  }
  return out;
}

bool is_parameter(std::string_view part) {
  return part.starts_with('{');
}

struct pattern {
  std::size_t route = 0;
  path_parts parts;
};

// From the end: how paths begin is alike.
bool matches(const pattern& wanted, const path_parts& path) {
  return std::equal(
    wanted.parts.rbegin(), wanted.parts.rend(), path.rbegin(), path.rend(),
    [](auto part, auto given) { return is_parameter(part) ? !given.empty() : part == given; });
}

// The routes' patterns of so many parts, split once, in the order of the table.
std::span<const pattern> patterns_of(std::size_t parts) {
  static const auto by_parts = [] {
    std::vector<std::vector<pattern>> out;
    for (std::size_t i = 0; i < routes().size(); ++i) {
      auto split_up = split(routes()[i].pattern);
      out.resize(std::max(out.size(), split_up.size() + 1));
      out[split_up.size()].push_back({i, std::move(split_up)});
    }
    return out;
  }();
  return parts < by_parts.size() ? std::span{by_parts[parts]} : std::span<const pattern>{};
}

// What the path says of a route whose pattern it fits.
std::vector<std::pair<std::string_view, std::string>> parameters_of(const route& r,
                                                                    std::string_view path) {
  std::vector<std::pair<std::string_view, std::string>> out;
  auto names = r.pattern;
  while (!path.empty()) {
    auto name = names.substr(0, names.find('/', 1));
    auto given = path.substr(0, path.find('/', 1));
    if (is_parameter(name.substr(1))) {
      out.emplace_back(name.substr(2, name.size() - 3), given.substr(1));
    }
    names.remove_prefix(name.size());
    path.remove_prefix(given.size());
  }
  return out;
}

http::awaitable<http::response> at_once(http::response r) {
  co_return r;
}

// What only reads, as its scope says, is repeated without harm: a preview, a check of access.
bool mutates(const route& r) {
  using enum http::method;
  return (r.verb == post || r.verb == patch || r.verb == del) && r.scope != domain::scope::read;
}

bool is_json(std::string_view type) {
  auto semicolon = type.find(';');
  auto media = type.substr(0, semicolon);
  while (media.ends_with(' ')) {
    media.remove_suffix(1);
  }
  auto rest = semicolon == std::string_view::npos ? std::string_view{} : type.substr(semicolon + 1);
  while (rest.starts_with(' ')) {
    rest.remove_prefix(1);
  }
  auto lower = [](std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
  };
  auto charset = lower(rest);
  return lower(media) == "application/json"
         && (charset.empty() || charset == "charset=utf-8" || charset == "charset=\"utf-8\"");
}

}  // namespace

api::api(actors::node& node, const wall_clock& clock, api_options options)
  : node_{node},
    clock_{clock},
    options_{std::move(options)},
    authenticator_{node.shared()},
    requests_{options_.requests_per_second, std::chrono::seconds{1}, options_.requests_burst},
    failures_{options_.failed_credentials_per_10_seconds, std::chrono::seconds{10},
              options_.failed_credentials_per_10_seconds},
    webhooks_{options_.webhooks_per_second, std::chrono::seconds{1},
              2 * options_.webhooks_per_second},
    unverified_webhooks_{options_.webhooks_per_second, std::chrono::seconds{1},
                         2 * options_.webhooks_per_second} {
  if (!options_.webhook_secrets.empty()) {
    verifier_ = std::make_unique<stripe::signature_verifier>(options_.webhook_secrets,
                                                             options_.signature_tolerance);
  }
}

// not_found: no such route, or one that is off. method_not_allowed: detail() lists the allowed.
result<std::size_t> api::find(http::method verb, std::string_view path) const {
  auto given = split(path);
  auto wanted = verb == http::method::head ? http::method::get : verb;
  std::string allowed;
  for (const auto& pattern : patterns_of(given.size())) {
    const auto& route = routes()[pattern.route];
    bool off = (route.needs == credentials::signature && !verifier_)
               || (route.with_test_clock && options_.test_clock == nullptr);
    if (off || !matches(pattern, given)) {
      continue;
    }
    if (route.verb == wanted) {
      return pattern.route;
    }
    allowed += (allowed.empty() ? "" : ", ") + std::string{http::to_string(route.verb)};
  }
  return allowed.empty() ? error{errc::not_found, "no such resource"}
                         : error{errc::method_not_allowed, allowed};
}

result<http::admission> api::admit(const http::head_view& head) const {
  auto found = find(head.verb, head.path);
  if (!found) {
    return found.error();
  }
  if (routes()[*found].needs == credentials::signature) {
    return http::admission{options_.webhook_body_bytes_max, *found};
  }
  if (head.content_type && !is_json(*head.content_type)) {
    return error{errc::unsupported_media_type, "send application/json in UTF-8"};
  }
  return http::admission{options_.body_bytes_max, *found};
}

result<void> api::authorize(const route& r, call& c) {
  auto who = authenticator_.authenticate(c.request, c.at);
  if (!who) {
    if (!failures_.take(c.request.peer_address, c.came)) {
      c.rate_limit = options_.failed_credentials_per_10_seconds;
      return error{errc::rate_limited, "too many failed credentials from this address"};
    }
    return who.error();
  }
  c.who = std::move(*who);
  if (!requests_.take(c.who->id, c.came)) {
    c.rate_limit = options_.requests_per_second;
    return error{errc::rate_limited, "too many requests with this key"};
  }
  if (auto good = make_original(r, c); !good) {
    return good;
  }
  if (const auto* organization = c.find_parameter("org");
      organization != nullptr
      && !(is_organization_id(*organization) && reaches(*c.who, *organization))) {
    return error{errc::not_found, "no such organization"};
  }
  if (r.needs == credentials::platform && c.who->role != domain::role::platform_admin) {
    return error{errc::forbidden, "this needs the role platform_admin"};
  }
  if (r.needs == credentials::billing && c.who->role == domain::role::customer) {
    return error{errc::forbidden, "this needs the role billing_admin or platform_admin"};
  }
  if (!may(*c.who, r.scope)) {
    return error{errc::forbidden, "the key lacks the scope this needs"};
  }
  return {};
}

std::optional<http::response> api::refusal_of(const route& route, call& c) {
  bool has_key = route.needs != credentials::none && route.needs != credentials::signature;
  if (has_key) {
    if (auto allowed = authorize(route, c); !allowed) {
      auto out = refuse(c, allowed.error());
      if (allowed.error().code() == errc::unauthenticated) {
        out.fields.emplace_back("WWW-Authenticate", "Bearer");
      }
      return out;
    }
    if (!c.request.body.empty() && !c.request.field("content-type")) {
      return refuse(c, {errc::unsupported_media_type, "send application/json in UTF-8"});
    }
  }
  bool is_health = c.request.path.starts_with("/health/");
  if (draining_ && !is_health) {
    return refuse(c, {errc::draining, "the server is shutting down"});
  }
  if (has_key && mutates(route)) {
    if (auto key = idempotency_of(c); !key) {
      return refuse(c, key.error());
    }
  }
  bool takes_no_query = route.verb != http::method::get && route.verb != http::method::del;
  if (has_key && takes_no_query) {
    if (auto query = query_of(c.request, {}); !query) {
      return refuse(c, query.error());
    }
  }
  return std::nullopt;
}

http::awaitable<http::response> api::handle(http::request&& r) {
  const auto& route = routes()[r.route];
  call c;
  c.parameters = parameters_of(route, r.path);
  c.request = std::move(r);
  c.at = clock_.now();
  c.came = std::chrono::steady_clock::now();
  if (auto refused = refusal_of(route, c)) {
    return at_once(std::move(*refused));
  }
  return route.handle(*this, std::move(c));
}

result<void> api::verify_stripe(const http::request& r) {
  auto header = r.field("stripe-signature").value_or("");
  std::lock_guard lock{verifier_mutex_};
  return verifier_->verify(header, r.body, clock_.now());
}

}  // namespace bursar::io::api
