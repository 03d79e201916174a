#include "schemas/event_codec.hpp"

#include <regex>
#include <utility>
#include <vector>

#include "schemas/event_names.hpp"
#include "schemas/json_reader.hpp"
#include "schemas/json_writer.hpp"
#include "schemas/strict_json.hpp"

namespace bursar::schemas {
namespace {

using simdjson::dom::element;

error damaged(std::string what) {
  return {errc::integrity_error, std::move(what)};
}

result<envelope> envelope_of(element document) {
  envelope out;
  json_reader reader;
  element actor, correlation, recorded_at, sequence, stream, type, version;
  bool complete = document["actor"].get(actor) == simdjson::SUCCESS
                  && document["correlation_id"].get(correlation) == simdjson::SUCCESS
                  && document["recorded_at"].get(recorded_at) == simdjson::SUCCESS
                  && document["sequence"].get(sequence) == simdjson::SUCCESS
                  && document["stream"].get(stream) == simdjson::SUCCESS
                  && document["type"].get(type) == simdjson::SUCCESS
                  && document["version"].get(version) == simdjson::SUCCESS;
  if (!complete) {
    return damaged("an event's envelope is not complete");
  }
  bool good = reader.read(actor, out.actor) && reader.read(correlation, out.correlation_id)
              && reader.read(recorded_at, out.recorded_at) && reader.read(sequence, out.sequence)
              && reader.read(stream, out.stream) && reader.read(type, out.type)
              && reader.read(version, out.version);
  if (!good) {
    return damaged("an event's envelope: " + reader.problem().text());
  }
  return out;
}

// Applies upcasters until the version is today's; `text` keeps what the last one made.
result<element> lifted(element data, const envelope& about, std::int64_t today,
                       const upcasters& lift, std::string& text, simdjson::dom::parser& parser) {
  for (auto version = about.version; version < today; ++version) {
    auto step = lift.find({about.type, version});
    if (step == lift.end()) {
      return damaged("nothing lifts " + about.type + " from version " + std::to_string(version));
    }
    auto next = step->second(version == about.version ? simdjson::minify(data) : text);
    if (!next) {
      return next.error();
    }
    text = std::move(*next);
    if (parser.parse(text).get(data) != simdjson::SUCCESS) {
      return damaged("the upcaster of " + about.type + " made no JSON");
    }
  }
  return data;
}

// Each pattern in turn. That one begins with a member's name keeps it out of strings, where the
// quotes around it would be escaped.
result<std::string> rewritten(std::string_view data,
                              const std::vector<std::pair<std::string, std::string>>& steps) {
  std::string out{data};
  for (const auto& [pattern, with] : steps) {
    out = std::regex_replace(out, std::regex{pattern}, with);
  }
  return out;
}

result<std::string> as_it_is(std::string_view data) {
  return std::string{data};
}

constexpr const char* with_taxes = "\"billed\":{\"amount\":$1,\"discounts\":[],\"taxes\":[]}";

// What was billed had an amount alone, and has its discounts and taxes, too.
result<std::string> lift_invoice(std::string_view data) {
  return rewritten(data,
                   {{"\"billed\":(-?\\d+)", with_taxes},
                    {"\"kind\":\"maximum\"", "\"kind\":\"one_time\""},  // that no line ever was
                    {"\"basis\":\\{", "\"basis\":{\"counted\":0,"},
                    {"\"invoice\":\\{", "\"invoice\":{\"credit_notes\":[],\"returned\":[],"}});
}

// Of its payments only those that succeeded were kept.
result<std::string> lift_payments(std::string_view data) {
  return rewritten(data, {{"\"invoice\":\\{", "\"invoice\":{\"failures\":[],"}});
}

// The same of the intervals of its ledger, and of what was given back last. A plan's features,
// whose names are anybody's, have no objects.
result<std::string> lift_subscription(std::string_view data) {
  auto amount
    = [](const char* before) { return std::string{"\"amount\":(-?\\d+),\""} + before + "\":\\{"; };
  auto billed
    = [](const char* before) { return std::string{with_taxes} + ",\"" + before + "\":{"; };
  return rewritten(data, {{amount("full"), billed("full")},
                          {amount("anchor"), billed("anchor")},
                          {"(\"interval\":\\{[^{}]*\\}),\"terms\":\"(?:[^\"\\\\]|\\\\.)*\"\\}",
                           "\"credited\":0,$1,\"invoice_id\":\"\",\"line\":0}"},
                          {"\"released\":\\{", "\"released\":{\"minimums\":[],"}});
}

// Nothing that was used was billed.
result<std::string> lift_metering(std::string_view data) {
  return rewritten(data, {{"\"subscription\":\\{", "\"subscription\":{\"metered\":[],"}});
}

// Lines of usage had no amounts; none had billed any of what began with the event.
result<std::string> lift_usage_lines(std::string_view data) {
  return rewritten(
    data, {{"(\"line\":-?\\d+)\\}(?=(?:,\\{[^{}]*\\})*\\],\"units\")", "\"amount\":0,$1}"}});
}

// Minimums were counted once.
result<std::string> lift_minimums(std::string_view data) {
  return rewritten(data, {{"\"subscription\":\\{", "\"subscription\":{\"minimums\":[],"}});
}

// Only what was bought was granted.
result<std::string> lift_grant(std::string_view data) {
  return rewritten(data, {{"\"kind\":\"(?:[^\"\\\\]|\\\\.)*\"", "\"kind\":\"purchased\""}});
}

}  // namespace

const upcasters& released_upcasters() {
  // The next version of an event adds its step here, together with the golden file of the version
  // it lifts from.
  static const upcasters all{
    {{"credits_granted", 1}, lift_grant},              // 2: kinds, priority, expiry
    {{"credits_granted", 2}, as_it_is},                // 3: notice_at
    {{"payment_requested", 1}, as_it_is},              // 2: payment_method
    {{"invoice_created", 1}, as_it_is},                // 2: requested_at
    {{"invoice_created", 2}, lift_invoice},            // 3: credit notes
    {{"invoice_created", 3}, as_it_is},                // 4: tax_calculation
    {{"invoice_created", 4}, lift_payments},           // 5: failures
    {{"invoice_created", 5}, as_it_is},                // 6: legal_entity
    {{"invoice_created", 6}, as_it_is},                // 7: lines of usage
    {{"invoice_number_assigned", 1}, as_it_is},        // 2: legal_entity_id
    {{"meter_published", 1}, as_it_is},                // 2: quota
    {{"meter_published", 2}, as_it_is},                // 3: late_usage
    {{"organization_created", 1}, as_it_is},           // 2: tax
    {{"organization_created", 2}, as_it_is},           // 3: consolidated_invoices
    {{"organization_created", 3}, as_it_is},           // 4: legal_entity_id
    {{"organization_created", 4}, as_it_is},           // 5: low_balance
    {{"organization_updated", 1}, as_it_is},           // 2: tax
    {{"organization_updated", 2}, as_it_is},           // 3: consolidated_invoices
    {{"organization_updated", 3}, as_it_is},           // 4: legal_entity_id
    {{"organization_updated", 4}, as_it_is},           // 5: low_balance
    {{"plan_published", 1}, as_it_is},                 // 2: what Bursar bills by
    {{"plan_published", 2}, as_it_is},                 // 3: minimum, maximum
    {{"plan_published", 3}, as_it_is},                 // 4: proration day_30
    {{"plan_published", 4}, as_it_is},                 // 5: usage
    {{"usage_amended", 1}, as_it_is},                  // 2: uncounted
    {{"usage_amendment_reverted", 1}, as_it_is},       // 2: uncounted
    {{"usage_corrected", 1}, as_it_is},                // 2: discount, lines
    {{"subscription_created", 1}, as_it_is},           // 2: features
    {{"subscription_created", 2}, lift_subscription},  // 3: coupon
    {{"subscription_created", 3}, as_it_is},           // 4: proration day_30
    {{"subscription_created", 4}, lift_metering},      // 5: usage, metered
    {{"subscription_created", 5}, lift_usage_lines},   // 6: what lines of usage come to
    {{"subscription_created", 6}, lift_minimums},      // 7: minimums
    {{"subscription_terms_changed", 1}, as_it_is},     // 2: features
    {{"subscription_terms_changed", 2}, as_it_is},     // 3: minimum, maximum
    {{"subscription_terms_changed", 3}, as_it_is},     // 4: proration day_30
    {{"subscription_terms_changed", 4}, as_it_is},     // 5: usage
    {{"subscription_schedule_changed", 1}, as_it_is},  // 2: features
    {{"subscription_schedule_changed", 2}, as_it_is},  // 3: minimum, maximum
    {{"subscription_schedule_changed", 3}, as_it_is},  // 4: proration day_30
    {{"subscription_schedule_changed", 4}, as_it_is},  // 5: usage
    {{"webhook_died", 1}, as_it_is},                   // 2: webhook.correlation_id
    {{"webhook_parked", 1}, as_it_is}};                // 2: webhook.correlation_id
  return all;
}

template <class Event>
std::string encode_event(const envelope& about, const Event& event) {
  std::string out;
  out.reserve(1024);
  std::visit(
    [&](const auto& data) {
      using type = std::decay_t<decltype(data)>;
      json_writer<nulls::omit> writer{out};
      out += "{\"actor\":";
      writer.write(about.actor);
      out += ",\"correlation_id\":";
      writer.write(about.correlation_id);
      out += ",\"data\":";
      writer.write(data);
      out += ",\"recorded_at\":";
      writer.write(about.recorded_at);
      out += ",\"sequence\":";
      writer.write(about.sequence);
      out += ",\"stream\":";
      writer.write(about.stream);
      out += ",\"type\":";
      writer.write(event_name<type>);
      out += ",\"version\":";
      writer.write(event_version<type>);
      out += '}';
    },
    event);
  return out;
}

template <class Event>
result<recorded<Event>> decode_event(std::string_view json, const upcasters& lift) {
  auto document = parse_strict(json);
  if (!document) {
    return damaged(document.error().text());
  }
  auto about = envelope_of(*document);
  if (!about) {
    return about.error();
  }
  element data;
  if ((*document)["data"].get(data) != simdjson::SUCCESS) {
    return damaged("an event without data");
  }
  result<recorded<Event>> out = damaged("unknown event type " + about->type);
  boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, Event>>(
    [&](auto alternative) {
      using type = typename decltype(alternative)::type;
      if (about->type != event_name<type>) {
        return;
      }
      if (about->version < 1 || about->version > event_version<type>) {
        out = damaged(about->type + " has version " + std::to_string(about->version)
                      + ", this program knows " + std::to_string(event_version<type>));
        return;
      }
      std::string text;
      simdjson::dom::parser parser;
      auto current = lifted(data, *about, event_version<type>, lift, text, parser);
      if (!current) {
        out = current.error();
        return;
      }
      auto value = read_json<type>(*current);
      if (!value) {
        out = damaged(about->type + ": " + value.error().text());
        return;
      }
      out = recorded<Event>{*about, Event{std::move(*value)}};
    });
  return out;
}

result<envelope> decode_envelope(std::string_view json) {
  auto document = parse_strict(json);
  if (!document) {
    return damaged(document.error().text());
  }
  return envelope_of(*document);
}

template std::string encode_event(const envelope&, const domain::event&);
template std::string encode_event(const envelope&, const domain::catalog_event&);
template std::string encode_event(const envelope&, const domain::access_event&);
template std::string encode_event(const envelope&, const domain::inbox_event&);
template std::string encode_event(const envelope&, const domain::invoice_number_event&);
template result<recorded<domain::event>> decode_event(std::string_view, const upcasters&);
template result<recorded<domain::catalog_event>> decode_event(std::string_view, const upcasters&);
template result<recorded<domain::access_event>> decode_event(std::string_view, const upcasters&);
template result<recorded<domain::inbox_event>> decode_event(std::string_view, const upcasters&);
template result<recorded<domain::invoice_number_event>> decode_event(std::string_view,
                                                                     const upcasters&);

}  // namespace bursar::schemas
