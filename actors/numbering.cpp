#include "actors/numbering.hpp"

#include <utility>

#include "base/log.hpp"
#include "schemas/records.hpp"

namespace bursar::actors {
namespace {

using persistence::column;
using pointer = numbering_actor::stateful_pointer<numbering_state>;

result<std::optional<std::string>> number_of(const services& shared, const std::string& invoice) {
  return shared.journal->get(column::index, schemas::invoice_number_key(invoice));
}

// The catalog never loses a legal entity, and its prefix never changes.
std::string prefix_of(const services& shared, const std::optional<std::string>& legal_entity_id) {
  return legal_entity_id
           ? shared.catalog.get()->legal_entities.at(*legal_entity_id).invoice_number_prefix
           : shared.invoice_number_prefix;
}

}  // namespace

// A number is given once: whoever died between the number and the telling asks again.
result<std::vector<domain::invoice_number_event>> numbering_traits::decide(
  services& shared, const state& s, const request& r, timestamp, std::uint64_t) {
  auto known = number_of(shared, r.command.invoice_id);
  if (!known) {
    return known.error();
  }
  return *known ? std::vector<event>{}
                : domain::decide(s, r.command, prefix_of(shared, r.command.legal_entity_id));
}

void numbering_traits::records_before(services&, const state&, const request& r,
                                      const std::vector<event>& events, beside& also) {
  for (const auto& e : events) {
    auto key = schemas::invoice_number_key(r.command.invoice_id);
    also.absent.push_back({column::index, key});
    also.records.push_back(
      {column::index, key, std::get<domain::invoice_number_assigned>(e).number});
  }
}

outcome numbering_traits::answer(services& shared, const state&, const request& r,
                                 const std::vector<event>& events, std::uint64_t) {
  outcome out;
  if (!events.empty()) {
    out.body = std::get<domain::invoice_number_assigned>(events.front()).number;
    return out;
  }
  auto known = number_of(shared, r.command.invoice_id);
  return known && *known ? (out.body = **known, out)
                         : outcome::failed({errc::io_error, "an invoice's number is gone"});
}

namespace {

// The way back: the organization records the number, and with it the waiting ends.
reply_to tell_organization(const caf::actor_addr& back, const std::string& key,
                           const domain::number_invoice& of, const ask_organization& ask) {
  auto settle = [back, key](bool done) {
    if (auto target = caf::actor_cast<numbering_actor>(back)) {
      caf::anon_send(target, settled_atom::value, key, done);
    }
  };
  return reply_to{[settle, of, ask](const outcome& assigned) {
    if (assigned.problem) {
      settle(false);
      return;
    }
    auto r = std::make_shared<organization_request>();
    r->stream = of.organization_id;
    r->command = domain::command{
      domain::billing_command{domain::record_invoice_number{of.invoice_id, assigned.body}}};
    r->caller.actor.id = "numbering";
    r->reply = reply_to{[settle](const outcome& recorded) {
      settle(done(recorded, "a number was not recorded and is again"));
    }};
    ask(std::move(r));
  }};
}

}  // namespace

numbering_actor::behavior_type numbering(pointer self, services* shared, ask_organization ask) {
  start<numbering_traits>(self, shared, invoices_stream);
  work_queue::work what;
  what.in = column::outbox;
  what.prefix = schemas::unnumbered_prefix();
  what.is_due = [self](const std::string& key) {
    auto waits = schemas::unnumbered_of(key);
    return waits && waits->opened_at <= self->state.until;
  };
  what.start = [self, ask = std::move(ask)](const std::string& key) {
    auto r = std::make_shared<numbering_request>();
    r->command = schemas::unnumbered_of(key)->what;
    r->caller.actor.id = "numbering";
    r->reply = tell_organization(self->address(), key, r->command, ask);
    self->state.core->handle(std::move(r));
  };
  self->state.unnumbered = std::make_unique<work_queue>(*shared, std::move(what));
  return {
    [self](appended_atom, std::uint64_t ticket, std::uint8_t status) {
      self->state.core->on_appended(ticket, static_cast<persistence::append_status>(status));
    },
    [self](replay_atom) { replay(self); },
    [self](due_atom, timestamp until) {
      if (until > std::exchange(self->state.until, until)) {
        self->state.unnumbered->look();
      }
    },
    [self](due_atom) { self->state.unnumbered->look(); },
    [self](due_atom, const std::vector<std::string>& made) { self->state.unnumbered->begin(made); },
    [self](due_atom, reply_ptr& reply) { self->state.unnumbered->look(std::move(reply)); },
    [self](settled_atom, const std::string& key, bool done) {
      self->state.unnumbered->ended(key, done);
    }};
}

}  // namespace bursar::actors
