// Events as they are stored: one line of canonical JSON,
//   {"actor":{"id","kind"},"correlation_id","data":{…},"recorded_at","sequence","stream","type",
//    "version"}
// `type` is the struct's name, `version` its schema's. An older version is lifted by upcasters,
// one step each, before it is read. Golden files hold every released version's bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "domain/access_key.hpp"
#include "domain/billing/invoice_numbers.hpp"
#include "domain/organization.hpp"
#include "domain/webhook_inbox.hpp"

namespace bursar::schemas {

// Who caused an event (product.md §1).
BOOST_DEFINE_ENUM_CLASS(actor_kind, user, api_key, system, provider)

struct event_actor {
  actor_kind kind = actor_kind::system;
  std::string id;
  friend bool operator==(const event_actor&, const event_actor&) = default;
};
BOOST_DESCRIBE_STRUCT(event_actor, (), (kind, id))

struct envelope {
  std::string stream;
  std::uint64_t sequence = 0;
  timestamp recorded_at{};
  event_actor actor;
  std::string correlation_id;
  std::string type;
  std::int64_t version = 1;
  friend bool operator==(const envelope&, const envelope&) = default;
};

template <class Event>
struct recorded {
  envelope about;
  Event event;
};

// Lifts the `data` of one version to the next: JSON text in, JSON text out.
using upcaster = std::function<result<std::string>(std::string_view data)>;
// By type and the version it lifts from.
using upcasters = std::map<std::pair<std::string, std::int64_t>, upcaster>;
const upcasters& released_upcasters();

// The bytes of an event; `about.type` and `about.version` are set by the event's type.
template <class Event>
std::string encode_event(const envelope& about, const Event& event);

// integrity_error: not an event of this stream's kind, an unknown type, or a version that nothing
// lifts to today's.
template <class Event>
result<recorded<Event>> decode_event(std::string_view json,
                                     const upcasters& lift = released_upcasters());

// The envelope of any event, whatever its type.
result<envelope> decode_envelope(std::string_view json);

extern template std::string encode_event(const envelope&, const domain::event&);
extern template std::string encode_event(const envelope&, const domain::catalog_event&);
extern template std::string encode_event(const envelope&, const domain::access_event&);
extern template std::string encode_event(const envelope&, const domain::inbox_event&);
extern template std::string encode_event(const envelope&, const domain::invoice_number_event&);
extern template result<recorded<domain::event>> decode_event(std::string_view, const upcasters&);
extern template result<recorded<domain::catalog_event>> decode_event(std::string_view,
                                                                     const upcasters&);
extern template result<recorded<domain::access_event>> decode_event(std::string_view,
                                                                    const upcasters&);
extern template result<recorded<domain::inbox_event>> decode_event(std::string_view,
                                                                   const upcasters&);
extern template result<recorded<domain::invoice_number_event>> decode_event(std::string_view,
                                                                            const upcasters&);

}  // namespace bursar::schemas
