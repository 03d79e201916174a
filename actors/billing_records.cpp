#include "actors/billing_records.hpp"

#include <algorithm>
#include <map>

#include "schemas/records.hpp"

namespace bursar::actors {
namespace {

using persistence::column;

void take_timer_away(timestamp at, const std::string& owner, beside& also) {
  also.records.push_back({column::timers, schemas::timer_key({at, owner}), std::nullopt});
}

// Of an invoice, or of a credit note, which has its number from the same series.
std::string key_of(const domain::native_invoice& invoice, const std::string& owner, timestamp at,
                   const std::string& document) {
  domain::number_invoice what{owner, document};
  if (invoice.legal_entity) {
    what.legal_entity_id = invoice.legal_entity->id;
  }
  return schemas::unnumbered_key(at, what);
}

}  // namespace

const domain::billing_command* billing_of(const organization_request& r) {
  const auto* command = std::get_if<domain::command>(&r.command);
  return command == nullptr ? nullptr : std::get_if<domain::billing_command>(command);
}

// It is its own unless rules changed since it was made.
void record_used_timers(const domain::organization& s, const organization_request& r,
                        beside& also) {
  const auto& owner = r.stream;
  auto due = domain::next_due(s);
  if (due) {
    take_timer_away(*due, owner, also);
  }
  const auto* command = billing_of(r);
  const auto* woken = command == nullptr ? nullptr : std::get_if<domain::advance_time>(command);
  if (woken != nullptr && woken->timer && woken->timer != due) {
    take_timer_away(*woken->timer, owner, also);
  }
}

std::vector<std::string> unnumbered_keys(const domain::organization& s, const std::string& owner,
                                         const std::vector<domain::event>& events) {
  std::vector<std::string> out;
  for (const auto& event : events) {
    if (const auto* opened = std::get_if<domain::invoice_opened>(&event)) {
      const auto& invoice = s.billing.invoices.at(opened->invoice_id);
      out.push_back(key_of(invoice, owner, opened->at, invoice.id));
    } else if (const auto* issued = std::get_if<domain::credit_note_issued>(&event)) {
      const auto& note = issued->credit_note;
      const auto& invoice = s.billing.invoices.at(note.invoice_id);
      out.push_back(key_of(invoice, owner, note.issued_at, note.id));
    }
  }
  return out;
}

void record_unnumbered(const domain::organization& s, const std::string& owner,
                       const std::vector<domain::event>& events, beside& also) {
  for (auto& key : unnumbered_keys(s, owner, events)) {
    also.records.push_back({column::outbox, std::move(key), ""});
  }
  for (const auto& event : events) {
    if (const auto* numbered = std::get_if<domain::invoice_numbered>(&event)) {
      const auto& invoice = s.billing.invoices.at(numbered->invoice_id);
      auto key = key_of(invoice, owner, invoice.opened_at.value(), invoice.id);
      also.records.push_back({column::outbox, key, std::nullopt});
    } else if (const auto* told = std::get_if<domain::credit_note_numbered>(&event)) {
      const auto& invoice = s.billing.invoices.at(told->invoice_id);
      const auto& notes = invoice.credit_notes;
      auto note = std::find_if(notes.begin(), notes.end(),
                               [&](const auto& x) { return x.id == told->credit_note_id; });
      auto key = key_of(invoice, owner, note->issued_at, note->id);
      also.records.push_back({column::outbox, key, std::nullopt});
    }
  }
}

namespace {

// Of the invoice whose charge an event may begin or end.
struct about_charge {
  const std::string* operator()(const domain::payment_requested& e) const { return &e.invoice_id; }
  const std::string* operator()(const domain::invoice_payment_recorded& e) const {
    return &e.invoice_id;
  }
  const std::string* operator()(const domain::invoice_payment_failed& e) const {
    return &e.invoice_id;
  }
  const std::string* operator()(const domain::invoice_closed& e) const { return &e.invoice_id; }
  template <class Other>
  const std::string* operator()(const Other&) const {
    return nullptr;
  }
};

}  // namespace

void record_charges(const domain::organization& s, const std::string& owner,
                    const std::vector<domain::event>& events, beside& also) {
  std::map<std::string, const domain::payment_requested*> asked;  // the last word on each
  for (const auto& event : events) {
    if (const auto* invoice = std::visit(about_charge{}, event)) {
      asked[*invoice] = std::get_if<domain::payment_requested>(&event);
    }
  }
  for (const auto& [invoice, request] : asked) {
    persistence::side_record record{column::outbox, schemas::charge_key({owner, invoice}), {}};
    if (request != nullptr) {
      const auto& of = s.billing.invoices.at(invoice);
      // Each attempt before it failed or brought a payment.
      auto attempt = of.collection.failed_attempts + std::ssize(of.payments) + 1;
      record.value = schemas::encode_record(schemas::charge_record{
        request->amount, of.currency, request->payment_method.value_or(""), attempt});
    }
    also.records.push_back(std::move(record));
  }
}

void record_next_timer(const domain::organization& s, const std::string& owner, beside& also) {
  auto due = domain::next_due(s);
  if (!due) {
    return;
  }
  auto key = schemas::timer_key({*due, owner});
  auto same = std::erase_if(also.records, [&](const persistence::side_record& x) {
    return x.in == column::timers && x.key == key && !x.value;
  });
  if (same == 0) {
    also.records.push_back({column::timers, key, ""});
  }
}

}  // namespace bursar::actors
