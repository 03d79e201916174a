// A webhook that came in earlier, read again from the bytes that were kept.
#pragma once

#include "actors/stored_payload.hpp"
#include "io/stripe/adapter.hpp"

namespace bursar::io::api {

// not_found: there are no such bytes; integrity_error: they are damaged. Reads the disk.
result<domain::stripe::event> read_webhook_again(const persistence::journal& journal,
                                                 const std::string& event_id,
                                                 const stripe::adapter_settings& settings);

}  // namespace bursar::io::api
