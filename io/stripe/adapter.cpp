// The way of one body: strict JSON, the envelope, hints, and the object before and after. A fault
// anywhere ends as `unusable`; an error only when the bytes are no JSON.
#include "io/stripe/adapter.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/time.hpp"
#include "io/stripe/hints.hpp"
#include "io/stripe/json_view.hpp"
#include "io/stripe/mirrored_kinds.hpp"
#include "schemas/strict_json.hpp"

namespace bursar::io::stripe {
namespace {

using domain::stripe::event;
using simdjson::dom::element;

std::string made_up_id(std::string_view body) {
  auto digest = sha256(body);
  return "unidentified_" + to_hex(std::span{digest}.first(16));
}

// An event that only says why it shows nothing.
event dead_event(std::string id, std::string why, std::string_view body) {
  event out;
  out.id = is_sane_id(id) ? std::move(id) : made_up_id(body);
  out.unusable = std::move(why);
  return out;
}

// JSON that must not be read (twice the same name, too deep, numbers beyond 64 bits): what it calls
// itself is taken from its outermost level by grammar alone, if it says so exactly once.
result<event> refused_document(const error& why, std::string_view body) {
  auto outline = schemas::outline_json(body);
  if (why.code() != errc::invalid_json || outline.fault_at) {
    return why;
  }
  auto only = [&](std::string_view wanted) {
    std::optional<std::string_view> found;
    std::size_t count = 0;
    for (const auto& [name, value] : outline.members) {
      if (name == wanted) {
        found = value;
        ++count;
      }
    }
    return std::string{count == 1 ? found.value_or("") : ""};
  };
  auto out = dead_event(only("id"), why.detail(), body);
  if (auto type = only("type"); is_sane_id(type)) {
    out.type = std::move(type);
  }
  return out;
}

void mark_deleted(domain::stripe::object& object) {
  std::visit(
    [](auto& x) {
      if constexpr (requires { x.deleted; }) {
        x.deleted = true;
      }
    },
    object);
}

// Reads one event; what is wrong is in `faults` afterwards.
class event_reader {
 public:
  event_reader(element root, const adapter_settings& settings)
    : settings_{settings}, root_{"", root, {}, faults_} {}

  event run(std::string_view body);

 private:
  void envelope();
  void thin();
  void snapshot();
  void observe(const mirrored_type& type, element object, const member_index& members,
               const layer& previous);
  std::string name_at(std::string_view path) {
    if (root_.has(path) && !root_.is_text(path)) {
      root_.fail(path, "expected a text");
      return {};
    }
    auto name = root_.id_at(path);
    require(name.has_value(), path);
    return std::move(name).value_or("");
  }
  void require(bool there, std::string_view path) {
    if (!there) {
      root_.fail(path, "is missing");
    }
  }

  const adapter_settings& settings_;
  fault_note faults_;
  json_view root_;
  event out_;
};

event event_reader::run(std::string_view body) {
  envelope();
  if (out_.thin) {
    thin();
  } else {
    snapshot();
  }
  if (out_.id.empty()) {
    out_.id = made_up_id(body);
  }
  if (faults_.first()) {
    out_.unusable = faults_.first();
    out_.seen.reset();
  }
  return std::move(out_);
}

void event_reader::envelope() {
  out_.id = name_at("id");
  out_.type = name_at("type");
  auto kind = root_.text_at("object");
  out_.thin = kind == "v2.core.event";
  if (!out_.thin && kind != "event") {
    root_.fail("object", "expected \"event\"");
  }
  auto livemode = root_.flag_at("livemode");
  require(livemode.has_value(), "livemode");
  out_.livemode = livemode.value_or(false);
  out_.account = root_.id_at("account");
  out_.api_version = root_.text_at("api_version");
}

void event_reader::thin() {
  auto created = root_.text_at("created");
  auto moment = parse_rfc3339(created.value_or(""));
  if (moment) {
    out_.created = unix_seconds(*moment);
  } else {
    root_.fail("created", "expected an RFC 3339 time");
  }
  // "acct_…", or a path of accounts whose last one is meant.
  if (auto context = root_.text_at("context")) {
    auto last = context->substr(context->rfind('/') + 1);
    if (last.starts_with("acct_") && is_sane_id(last)) {
      out_.account = std::move(last);
    }
  }
  if (auto id = root_.id_at("related_object")) {
    if (root_.text_at("related_object.type") == "customer") {
      out_.found.customer = id;
    }
    out_.found.related.push_back(std::move(*id));
  }
}

void event_reader::snapshot() {
  auto created = root_.time_at("created");
  require(created.has_value(), "created");
  out_.created = created.value_or(0);
  const auto* type = find_mirrored_type(out_.type);
  auto object = root_.element_at("data.object");
  auto previous = root_.element_at("data.previous_attributes");
  if (!object || !object->is_object()) {
    if (type != nullptr) {
      root_.fail("data.object", "expected an object");
    }
    return;
  }
  member_index members{*object};
  out_.found = find_hints(members, previous, settings_);
  if (type == nullptr) {
    return;
  }
  if (previous && !previous->is_object()) {
    root_.fail("data.previous_attributes", "expected an object");
    return;
  }
  observe(*type, *object, members, previous);
}

void event_reader::observe(const mirrored_type& type, element object, const member_index& members,
                           const layer& previous) {
  json_view after{"data.object", object, {}, faults_, &members};
  if (after.text_at("object") != type.kind->name) {
    after.fail("object", "expected \"" + std::string{type.kind->name} + "\" for this type");
    return;
  }
  auto id = after.is_text("id") ? after.id_at("id") : text{};
  if (!id) {
    after.fail("id", "is missing");
    return;
  }
  domain::stripe::observation seen{std::move(*id), type.kind->read(after), {}};
  if (type.deletes) {
    mark_deleted(seen.after);
  }
  if (previous && !faults_.first()) {
    json_view before{"data.previous_attributes", object, previous, faults_, &members};
    seen.before = type.kind->read(before);
  }
  out_.seen = std::move(seen);
}

}  // namespace

result<event> normalise(std::string_view body, const adapter_settings& settings) {
  auto document = schemas::parse_strict(body);
  if (!document) {
    return refused_document(document.error(), body);
  }
  if (!document->is_object()) {
    return dead_event("", "expected an object", body);
  }
  return event_reader{*document, settings}.run(body);
}

}  // namespace bursar::io::stripe
