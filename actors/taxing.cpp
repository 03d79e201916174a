#include "actors/taxing.hpp"

#include <utility>

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "base/log.hpp"

namespace bursar::actors {

void may_ask_taxes(organization_request& r, const services& shared) {
  if (shared.ask_taxes && !r.taxes) {
    r.taxes = std::make_shared<tax_wait>(tax_wait{{}, shared.clock->now()});
  }
}

bool wants_taxes(const organization_request& r) {
  return r.taxes && r.taxes->inquiry.wanted;
}

domain::decision_context context_of(const organization_request& r, const services& shared,
                                    const domain::catalog& catalog, timestamp now) {
  if (!r.taxes) {
    return {now, &catalog, &shared.billing, nullptr};
  }
  return {r.taxes->decided_at, &catalog, &shared.billing, &r.taxes->inquiry};
}

namespace {

using pointer = taxing_actor::stateful_pointer<taxing_state>;

void fail(organization_request& r, const std::string& why) {
  r.reply.answer(outcome::failed({errc::shard_unavailable, why + "; nothing was changed"}));
}

void ask_provider(pointer self, tax_provider& provider, organization_request_ptr r) {
  auto& state = self->state;
  if (state.waiting.size() >= limits::tax_questions_max) {
    fail(*r, "too much waits for the tax provider");
    return;
  }
  auto number = ++state.asked;
  auto question = std::exchange(r->taxes->inquiry.wanted, {}).value();
  state.waiting.emplace(number, std::move(r));
  // The actor may have ended when the answer comes.
  provider.begin(
    question, [back = self->address(), number, question](result<domain::taxation> said) mutable {
      if (said) {
        if (auto good = domain::check(question, *said); !good) {
          said = good.error();
        }
      }
      if (auto target = caf::actor_cast<taxing_actor>(back)) {
        auto told = said ? told_taxes{domain::tax_answer{std::move(question), std::move(*said)}}
                         : told_taxes{said.error()};
        caf::anon_send(target, told_atom::value, number,
                       std::make_shared<told_taxes>(std::move(told)));
      }
    });
}

}  // namespace

taxing_actor::behavior_type taxing(pointer self, services* shared, tax_provider* provider,
                                   ask_organization ask) {
  self->set_exception_handler([shared](std::exception_ptr&) -> caf::error {
    shared->fail("taxing failed");
    return caf::sec::runtime_error;
  });
  return {[self, provider](handle_atom, organization_request_ptr& r) {
            ask_provider(self, *provider, std::move(r));
          },
          [self, ask = std::move(ask)](told_atom, std::uint64_t number, told_taxes_ptr& told) {
            auto waited = self->state.waiting.extract(number);
            if (waited.empty()) {
              return;  // answered twice
            }
            auto r = std::move(waited.mapped());
            if (!*told) {
              log::warning("the tax provider did not say what is due",
                           {{"organization", r->stream}, {"what", told->error().text()}});
              fail(*r, "the tax provider did not say what is due");
              return;
            }
            r->taxes->inquiry.told.push_back(std::move(**told));
            ask(std::move(r));
          }};
}

}  // namespace bursar::actors
