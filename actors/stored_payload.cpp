#include "actors/stored_payload.hpp"

#include "persistence/payload.hpp"
#include "schemas/records.hpp"

namespace bursar::actors {

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
