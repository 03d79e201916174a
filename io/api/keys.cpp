// API keys. The key itself stands in the one answer that made it; what is stored is its SHA-256.
#include <algorithm>

#include "base/encoding.hpp"
#include "base/ids.hpp"
#include "io/api/ask.hpp"
#include "io/api/handlers.hpp"
#include "schemas/json_writer.hpp"
#include "schemas/requests.hpp"

namespace bursar::io::api {
namespace {

struct fresh_key {
  std::string text;
  domain::api_key record;
};

fresh_key make(timestamp now) {
  fresh_key out;
  out.text = make_api_key();
  out.record.id = make_id("key_", now);
  out.record.secret_sha256 = to_hex(sha256(out.text));
  out.record.prefix = out.text.substr(0, 13);
  out.record.last_four = out.text.substr(out.text.size() - 4);
  out.record.created_at = now;
  return out;
}

http::awaitable<actors::outcome> send(api& in, const call& c, domain::access_command command,
                                      actors::idempotency key) {
  auto r = std::make_shared<actors::basic_request<domain::access_command>>();
  r->command = std::move(command);
  r->caller = caller_of(c);
  r->idempotency = std::move(key);
  std::function<void(actors::reply_to)> start = [&in, r](actors::reply_to reply) {
    r->reply = std::move(reply);
    in.node().ask(r);
  };
  auto asking = ask(std::move(start));
  auto came = co_await std::move(asking);
  co_return came;
}

// Adds the key to the first answer; a repetition says that it was shown.
void show_key(actors::outcome& what, const std::string& key) {
  if (what.problem) {
    return;
  }
  std::string shown = "{\"key\":";
  if (what.replayed) {
    shown += "null,\"key_shown\":true,";
  } else {
    schemas::append_string(shown, key);
    shown += ',';
  }
  what.body.replace(0, 1, shown);
}

// Whether this caller may manage such a key: of its organization, and never the platform's.
bool manages(const domain::api_key& who, const domain::api_key& key) {
  return who.role == domain::role::platform_admin
         || (who.role == domain::role::billing_admin && key.role != domain::role::platform_admin
             && key.organization_id == who.organization_id);
}

// Nobody gives away more than they have, nor for longer.
result<void> within(const domain::api_key& who, const domain::api_key& key) {
  if (!std::all_of(key.scopes.begin(), key.scopes.end(), [&](auto s) { return may(who, s); })) {
    return error{errc::forbidden, "a key can be given only scopes that yours has"};
  }
  if (who.expires_at && (!key.expires_at || *key.expires_at > *who.expires_at)) {
    return error{errc::forbidden, "a key can be given no longer than yours lasts: say expires_in"};
  }
  return {};
}

const domain::api_key* managed(const call& c, const domain::access_keys& keys) {
  auto found = keys.keys.find(c.parameter("id"));
  bool visible = found != keys.keys.end() && manages(*c.who, found->second);
  return visible ? &found->second : nullptr;
}

error no_key() {
  return {errc::not_found, "no such API key"};
}

}  // namespace

answering create_api_key(api& in, call c) {
  auto wanted = schemas::parse_api_key_request(c.request.body);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  auto key = idempotency_of(c);
  if (!key) {
    co_return refuse(c, key.error());
  }
  auto fresh = make(in.clock().now());
  auto& record = fresh.record;
  record.role = wanted->role;
  record.organization_id = wanted->organization_id;
  record.name = wanted->name;
  record.scopes = wanted->scopes ? *wanted->scopes : domain::scopes_of(wanted->role);
  if (wanted->expires_in) {
    record.expires_at = record.created_at + *wanted->expires_in;
  }
  if (!manages(*c.who, record)) {
    error why{errc::forbidden, "a key can be given only for your own organization and roles"};
    co_return refuse(c, why);
  }
  if (auto allowed = within(*c.who, record); !allowed) {
    co_return refuse(c, allowed.error());
  }
  domain::access_command command = domain::create_api_key{record};
  auto sending = send(in, c, std::move(command), std::move(*key));
  auto came = co_await std::move(sending);
  show_key(came, fresh.text);
  co_return answer(c, std::move(came));
}

answering list_api_keys(api& in, call c) {
  auto wanted = page_of(c);
  if (!wanted) {
    co_return refuse(c, wanted.error());
  }
  auto keys = in.node().shared().access.get();
  std::vector<std::string> rows;
  std::optional<std::string> next;
  std::string last;
  for (auto at = keys->keys.upper_bound(wanted->after); at != keys->keys.end(); ++at) {
    if (!manages(*c.who, at->second)) {
      continue;
    }
    if (rows.size() == wanted->limit) {
      next = make_cursor(c, "", last);
      break;
    }
    rows.push_back(schemas::render_api_key(at->second, std::nullopt));
    last = at->first;
  }
  co_return json(schemas::render_list(rows, next));
}

answering rotate_api_key(api& in, call c) {
  auto overlap = schemas::parse_rotation(c.request.body);
  if (!overlap) {
    co_return refuse(c, overlap.error());
  }
  auto keys = in.node().shared().access.get();
  const auto* old = managed(c, *keys);
  if (old == nullptr) {
    error why = no_key();
    co_return refuse(c, why);
  }
  if (auto allowed = within(*c.who, *old); !allowed) {
    co_return refuse(c, allowed.error());
  }
  auto key = idempotency_of(c);
  if (!key) {
    co_return refuse(c, key.error());
  }
  auto now = in.clock().now();
  auto fresh = make(now);
  domain::access_command command
    = domain::rotate_api_key{c.parameter("id"), fresh.record, now + *overlap};
  auto sending = send(in, c, std::move(command), std::move(*key));
  auto came = co_await std::move(sending);
  show_key(came, fresh.text);
  co_return answer(c, std::move(came));
}

answering revoke_api_key(api& in, call c) {
  auto query = query_of(c.request, {});
  auto nothing = schemas::parse_nothing(c.request.body);
  if (!query || !nothing) {
    co_return refuse(c, query ? nothing.error() : query.error());
  }
  auto keys = in.node().shared().access.get();
  if (managed(c, *keys) == nullptr) {
    error why = no_key();
    co_return refuse(c, why);
  }
  auto key = idempotency_of(c);
  if (!key) {
    co_return refuse(c, key.error());
  }
  domain::access_command command = domain::revoke_api_key{c.parameter("id")};
  auto sending = send(in, c, std::move(command), std::move(*key));
  auto came = co_await std::move(sending);
  co_return answer(c, std::move(came));
}

}  // namespace bursar::io::api
