#include "actors/audit.hpp"

#include "persistence/rocks_journal.hpp"

namespace bursar::actors {

result<chain_verdict> verify_chain(const services& shared, const std::string& stream) {
  auto head = shared.journal->head(stream);
  if (!head) {
    return head.error();
  }
  if (!*head) {
    return error{errc::not_found, "no such organization"};
  }
  auto found = persistence::verify_stream(*shared.journal, stream);
  chain_verdict out{found.events, (*head)->hash, {}};
  if (!found.faults.empty()) {
    out.fault.emplace(found.faults.front().sequence, found.faults.front().what);
  }
  return out;
}

}  // namespace bursar::actors
