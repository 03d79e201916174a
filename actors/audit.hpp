// Verification of one organization's chain from the journal alone. Blocks on the disk: run it on a
// thread that may.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "actors/services.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"

namespace bursar::actors {

struct chain_verdict {
  std::uint64_t events = 0;
  sha256_digest head_hash{};
  std::optional<std::pair<std::uint64_t, std::string>> fault;  // first bad sequence, what is wrong
};

// not_found: there is no such stream.
result<chain_verdict> verify_chain(const services& shared, const std::string& stream);

}  // namespace bursar::actors
