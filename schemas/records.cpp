#include "schemas/records.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "schemas/json_reader.hpp"
#include "schemas/json_writer.hpp"
#include "schemas/strict_json.hpp"

namespace bursar::schemas {

std::string stripe_index_key(const std::string& stripe_id) {
  return std::string{"stripe"} + '\0' + stripe_id;
}
std::string organization_row_key(const std::string& organization) {
  return std::string{"organization"} + '\0' + organization;
}
std::string usage_key(const std::string& organization, const std::string& usage_id) {
  return std::string{"usage"} + '\0' + organization + '\0' + usage_id;
}
std::string staged_key(const std::string& organization, const std::string& amendment_id,
                       const std::string& usage_id) {
  return std::string{"staged"} + '\0' + organization + '\0' + amendment_id + '\0' + usage_id;
}
std::string removed_key(const std::string& organization, const std::string& amendment_id,
                        const std::string& usage_id) {
  return std::string{"removed"} + '\0' + organization + '\0' + amendment_id + '\0' + usage_id;
}
std::string inbox_key(const std::string& stripe_event_id) {
  return std::string{"stripe"} + '\0' + stripe_event_id;
}
std::string invoice_number_key(const std::string& invoice) {
  return std::string{"invoice_number"} + '\0' + invoice;
}

std::string timer_key(const timer& x) {
  return format_rfc3339(x.at) + '\0' + x.organization;
}

std::optional<timer> timer_of(std::string_view key) {
  auto zero = key.find('\0');
  auto at = parse_rfc3339(key.substr(0, zero));
  if (!at || zero == key.npos) {
    return std::nullopt;
  }
  return timer{*at, std::string{key.substr(zero + 1)}};
}

std::string unnumbered_prefix() {
  return std::string{"unnumbered"} + '\0';
}

std::string unnumbered_key(timestamp opened_at, const domain::number_invoice& x) {
  return unnumbered_prefix() + format_rfc3339(opened_at) + '\0' + x.organization_id + '\0'
         + x.invoice_id + (x.legal_entity_id ? '\0' + *x.legal_entity_id : "");
}

std::optional<unnumbered> unnumbered_of(std::string_view key) {
  key.remove_prefix(std::min(key.size(), unnumbered_prefix().size()));
  auto first = key.find('\0');
  auto second = first == key.npos ? key.npos : key.find('\0', first + 1);
  auto opened_at = parse_rfc3339(key.substr(0, first));
  if (!opened_at || second == key.npos) {
    return std::nullopt;
  }
  auto third = key.find('\0', second + 1);
  auto part = [&](std::size_t from, std::size_t to) {
    return std::string{key.substr(from + 1, to - from - 1)};
  };
  unnumbered out{*opened_at, {part(first, second), part(second, third)}};
  if (third != key.npos) {
    out.what.legal_entity_id = part(third, key.size());
  }
  return out;
}

namespace {

std::string prefix_of(const char* kind) {
  return std::string{kind} + '\0';
}

std::string key_of(const std::string& prefix, const std::string& organization,
                   const std::string& id) {
  return prefix + organization + '\0' + id;
}

// What stands after the prefix: whose it is, and its id.
template <class Reference>
std::optional<Reference> reference_of(std::string_view key, const std::string& prefix) {
  key.remove_prefix(std::min(key.size(), prefix.size()));
  auto end = key.find('\0');
  if (end == key.npos) {
    return std::nullopt;
  }
  return Reference{std::string{key.substr(0, end)}, std::string{key.substr(end + 1)}};
}

}  // namespace

std::string charge_prefix() {
  return prefix_of("charge");
}

std::string charge_key(const charge_reference& x) {
  return key_of(charge_prefix(), x.organization_id, x.invoice_id);
}

std::optional<charge_reference> charge_of(std::string_view key) {
  return reference_of<charge_reference>(key, charge_prefix());
}

std::string meter_event_prefix() {
  return prefix_of("meter_event");
}

std::string meter_event_key(const meter_event_reference& x) {
  return key_of(meter_event_prefix(), x.organization_id, x.usage_id);
}

std::optional<meter_event_reference> meter_event_of(std::string_view key) {
  return reference_of<meter_event_reference>(key, meter_event_prefix());
}

std::string transfer_prefix() {
  return prefix_of("transfer");
}

std::string transfer_key(const transfer_reference& x) {
  return key_of(transfer_prefix(), x.organization_id, x.transfer_id);
}

std::optional<transfer_reference> transfer_of(std::string_view key) {
  return reference_of<transfer_reference>(key, transfer_prefix());
}

std::string alert_prefix() {
  return prefix_of("alert");
}

std::string alerts_at(timestamp at) {
  return alert_prefix() + format_rfc3339(at);
}

std::string alert_key(const alert_reference& x) {
  return alerts_at(x.at) + '\0' + x.stream + '\0' + big_endian(x.sequence);
}

std::optional<alert_reference> alert_of_key(std::string_view key) {
  constexpr std::size_t sequence_bytes = 8;
  key.remove_prefix(std::min(key.size(), alert_prefix().size()));
  auto first = key.find('\0');
  auto at = parse_rfc3339(key.substr(0, first));
  if (!at || first == key.npos || key.size() < first + sequence_bytes + 2) {
    return std::nullopt;
  }
  auto stream = key.substr(first + 1, key.size() - first - sequence_bytes - 2);
  auto sequence = from_big_endian(key.substr(key.size() - sequence_bytes));
  return alert_reference{*at, std::string{stream}, sequence.value_or(0)};
}

template <class Record>
std::string encode_record(const Record& record) {
  return to_json<nulls::omit>(record);
}

template <class Record>
result<Record> decode_record(std::string_view json) {
  auto document = parse_strict(json);
  if (!document) {
    return error{errc::integrity_error, document.error().text()};
  }
  auto record = read_json<Record>(*document);
  if (!record) {
    return error{errc::integrity_error, record.error().text()};
  }
  return record;
}

template std::string encode_record(const alert_record&);
template std::string encode_record(const idempotency_record&);
template std::string encode_record(const charge_record&);
template std::string encode_record(const inbox_row&);
template std::string encode_record(const meter_event_record&);
template std::string encode_record(const organization_row&);
template std::string encode_record(const snapshot_record&);
template std::string encode_record(const transfer_record&);
template result<alert_record> decode_record(std::string_view);
template result<idempotency_record> decode_record(std::string_view);
template result<charge_record> decode_record(std::string_view);
template result<inbox_row> decode_record(std::string_view);
template result<meter_event_record> decode_record(std::string_view);
template result<organization_row> decode_record(std::string_view);
template result<snapshot_record> decode_record(std::string_view);
template result<transfer_record> decode_record(std::string_view);

}  // namespace bursar::schemas
