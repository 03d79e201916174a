// States as snapshots and for their hash: canonical JSON of the whole value. Equal states have
// equal bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "domain/access_key.hpp"
#include "domain/billing/invoice_numbers.hpp"
#include "domain/catalog.hpp"
#include "domain/organization.hpp"
#include "domain/webhook_inbox.hpp"

namespace bursar::schemas {

template <class State>
std::string encode_state(const State& state);

// integrity_error: not a state of this kind and version.
template <class State>
result<State> decode_state(std::string_view json);

template <class State>
sha256_digest state_hash(const State& state) {
  return sha256(encode_state(state));
}

extern template std::string encode_state(const domain::organization&);
extern template std::string encode_state(const domain::catalog&);
extern template std::string encode_state(const domain::access_keys&);
extern template std::string encode_state(const domain::webhook_inbox&);
extern template std::string encode_state(const domain::invoice_numbers&);
extern template result<domain::organization> decode_state(std::string_view);
extern template result<domain::catalog> decode_state(std::string_view);
extern template result<domain::access_keys> decode_state(std::string_view);
extern template result<domain::webhook_inbox> decode_state(std::string_view);
extern template result<domain::invoice_numbers> decode_state(std::string_view);

}  // namespace bursar::schemas
