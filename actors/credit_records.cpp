#include "actors/credit_records.hpp"

namespace bursar::actors {

using persistence::column;

std::optional<error> unknown_receiver(services& shared, const domain::organization& sender,
                                      const domain::command& command) {
  const auto* credits = std::get_if<domain::credit_command>(&command);
  const auto* transfer
    = credits == nullptr ? nullptr : std::get_if<domain::transfer_credits>(credits);
  if (transfer == nullptr || sender.id.empty()) {
    return std::nullopt;
  }
  auto row = shared.journal->get(column::index,
                                 schemas::organization_row_key(transfer->to_organization_id));
  if (!row) {
    return row.error();
  }
  if (!*row) {
    return error{errc::unprocessable,
                 "there is no " + transfer->to_organization_id,
                 {{"/to_organization_id", "must be an organization"}}};
  }
  return std::nullopt;
}

std::vector<std::string> transfer_keys(const std::string& owner,
                                       const std::vector<domain::event>& events) {
  std::vector<std::string> out;
  for (const auto& event : events) {
    if (const auto* begun = std::get_if<domain::credits_transferred>(&event)) {
      out.push_back(schemas::transfer_key({owner, begun->transfer_id}));
    }
  }
  return out;
}

void record_transfers(const domain::organization& s, const std::string& owner,
                      const std::vector<domain::event>& events, beside& also) {
  for (const auto& event : events) {
    if (const auto* begun = std::get_if<domain::credits_transferred>(&event)) {
      schemas::transfer_record record{begun->to_organization_id,
                                      domain::grants_of(*begun, s.credits, owner)};
      also.records.push_back({column::outbox, schemas::transfer_key({owner, begun->transfer_id}),
                              schemas::encode_record(record)});
    } else if (const auto* done = std::get_if<domain::credit_transfer_completed>(&event)) {
      also.records.push_back(
        {column::outbox, schemas::transfer_key({owner, done->transfer_id}), std::nullopt});
    } else if (const auto* back = std::get_if<domain::credit_transfer_returned>(&event)) {
      also.records.push_back(
        {column::outbox, schemas::transfer_key({owner, back->transfer_id}), std::nullopt});
    }
  }
}

}  // namespace bursar::actors
