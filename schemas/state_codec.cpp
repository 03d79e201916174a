#include "schemas/state_codec.hpp"

#include "schemas/json_reader.hpp"
#include "schemas/json_writer.hpp"
#include "schemas/strict_json.hpp"

namespace bursar::schemas {

template <class State>
std::string encode_state(const State& state) {
  return to_json<nulls::omit>(state);
}

template <class State>
result<State> decode_state(std::string_view json) {
  auto document = parse_strict(json);
  if (!document) {
    return error{errc::integrity_error, document.error().text()};
  }
  auto state = read_json<State>(*document);
  if (!state) {
    return error{errc::integrity_error, state.error().text()};
  }
  return state;
}

template std::string encode_state(const domain::organization&);
template std::string encode_state(const domain::catalog&);
template std::string encode_state(const domain::access_keys&);
template std::string encode_state(const domain::webhook_inbox&);
template std::string encode_state(const domain::invoice_numbers&);
template result<domain::organization> decode_state(std::string_view);
template result<domain::catalog> decode_state(std::string_view);
template result<domain::access_keys> decode_state(std::string_view);
template result<domain::webhook_inbox> decode_state(std::string_view);
template result<domain::invoice_numbers> decode_state(std::string_view);

}  // namespace bursar::schemas
