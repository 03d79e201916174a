// The NUMBERING actor ($invoices): each invoice that is opened gets the next number of its seller,
// and its organization is told. What waits for a number is a record of the journal, made
// with the event that opened the invoice and taken away with the one that numbered it. Numbers
// follow the dates: nothing is numbered while somebody may still open an invoice of before: ADR 15.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/interfaces.hpp"
#include "actors/singleton.hpp"
#include "actors/timers.hpp"

namespace bursar::actors {

inline constexpr const char* invoices_stream = "$invoices";

struct numbering_traits {
  using state = domain::invoice_numbers;
  using event = domain::invoice_number_event;
  using request = numbering_request;
  using entity_type = entity<numbering_traits>;
  static constexpr std::int64_t snapshot_format = 2;
  static constexpr bool answers_at_once = false;

  static void handle(entity_type& self, std::shared_ptr<request> r) { self.command(std::move(r)); }
  static result<std::vector<event>> decide(services& shared, const state& s, const request& r,
                                           timestamp now, std::uint64_t sequence);
  static void records_before(services& shared, const state& s, const request& r,
                             const std::vector<event>& events, beside& also);
  static void records_after(services&, const state&, const request&, const std::vector<event>&,
                            timestamp, beside&) {}
  // The number, as it stands on the invoice.
  static outcome answer(services& shared, const state& s, const request& r,
                        const std::vector<event>& events, std::uint64_t sequence);
  static std::optional<std::string> key_of(const request&) { return std::nullopt; }
  static std::optional<outcome> durable_answer(services&, const request&) { return std::nullopt; }
  static outcome as_replay(const request&, outcome first) { return first; }
  static std::string recorded_body(const outcome& answer) { return answer.body; }
  static error problem(const request&, persistence::append_status status) {
    return append_problem(status);
  }
  static void on_ready(entity_type&) {}
  static void on_durable(entity_type&, const std::vector<event>&, const std::vector<std::string>&) {
  }
};

struct numbering_state : singleton_state<numbering_traits> {
  // As TIMERS last said. Not read from them at once: only what was made before they said it is
  // sure to be found.
  timestamp until = timestamp::min();
  std::unique_ptr<work_queue> unnumbered;
};

numbering_actor::behavior_type numbering(numbering_actor::stateful_pointer<numbering_state> self,
                                         services* shared, ask_organization ask);

}  // namespace bursar::actors
