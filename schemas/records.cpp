#include "schemas/records.hpp"

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
std::string inbox_key(const std::string& stripe_event_id) {
  return std::string{"stripe"} + '\0' + stripe_event_id;
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

template std::string encode_record(const idempotency_record&);
template std::string encode_record(const inbox_row&);
template std::string encode_record(const organization_row&);
template std::string encode_record(const snapshot_record&);
template result<idempotency_record> decode_record(std::string_view);
template result<inbox_row> decode_record(std::string_view);
template result<organization_row> decode_record(std::string_view);
template result<snapshot_record> decode_record(std::string_view);

}  // namespace bursar::schemas
