#include "schemas/catalog_of_events.hpp"

#include <algorithm>

#include "schemas/event_names.hpp"
#include "schemas/json_writer.hpp"

namespace bursar::schemas {
namespace {

template <class Event>
void describe(const char* stream, std::vector<described_event>& into) {
  boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, Event>>(
    [&](auto alternative) {
      using type = typename decltype(alternative)::type;
      described_event out{stream, std::string{event_name<type>}, event_version<type>, {}};
      boost::mp11::mp_for_each<detail::public_members<type>>([&](auto member) {
        using value = std::decay_t<decltype(std::declval<type>().*member.pointer)>;
        out.members.push_back(std::string{member.name} + (detail::is_optional<value> ? "?" : ""));
      });
      std::sort(out.members.begin(), out.members.end());
      into.push_back(std::move(out));
    });
}

}  // namespace

std::vector<described_event> described_events() {
  std::vector<described_event> out;
  describe<domain::event>("organization", out);
  describe<domain::catalog_event>("$catalog", out);
  describe<domain::access_event>("$access", out);
  describe<domain::inbox_event>("$inbox", out);
  describe<domain::invoice_number_event>("$invoices", out);
  return out;
}

std::string render_described_events(const std::vector<described_event>& events) {
  std::string out = "[";
  json_writer<nulls::write> writer{out};
  for (const auto& event : events) {
    out += out.size() == 1 ? "{\"members\":" : ",{\"members\":";
    writer.write(event.members);
    out += ",\"name\":";
    writer.write(event.name);
    out += ",\"stream\":";
    writer.write(event.stream);
    out += ",\"version\":";
    writer.write(event.version);
    out += '}';
  }
  return out + "]";
}

}  // namespace bursar::schemas
