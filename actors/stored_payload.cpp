#include "actors/stored_payload.hpp"

#include "persistence/payload.hpp"
#include "schemas/records.hpp"

namespace bursar::actors {

result<std::optional<schemas::inbox_row>> stored_row(const persistence::journal& journal,
                                                     const std::string& event_id) {
  auto stored = journal.get(persistence::column::inbox, schemas::inbox_key(event_id));
  if (!stored) {
    return stored.error();
  }
  if (!*stored) {
    return std::optional<schemas::inbox_row>{};
  }
  auto row = schemas::decode_record<schemas::inbox_row>(**stored);
  if (!row) {
    return row.error();
  }
  return std::optional{std::move(*row)};
}

result<std::string> stored_payload(const persistence::journal& journal,
                                   const std::string& event_id) {
  auto packed = journal.get(persistence::column::payloads, schemas::inbox_key(event_id));
  if (!packed) {
    return packed.error();
  }
  if (!*packed) {
    return error{errc::not_found, "no webhook " + event_id};
  }
  return persistence::unpack_payload(**packed);
}

}  // namespace bursar::actors
