#include "actors/taxing.hpp"

#include <utility>

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/billing_records.hpp"
#include "base/log.hpp"

namespace bursar::actors {

void may_ask_taxes(organization_request& r, const services& shared, std::uint64_t sequence) {
  if (!shared.ask_taxes) {
    return;
  }
  if (!r.taxes) {
    r.taxes = std::make_shared<tax_wait>();
  }
  bool is_as_it_was = r.taxes->decided_at != timestamp{} && r.taxes->sequence == sequence;
  if (!is_as_it_was) {
    r.taxes->decided_at = shared.clock->now();
    r.taxes->sequence = sequence;
  }
}

bool wants_taxes(const organization_request& r) {
  return r.taxes && r.taxes->inquiry.wanted;
}

domain::decision_context context_of(const organization_request& r, const services& shared,
                                    const domain::catalog& catalog, timestamp now) {
  domain::decision_context out{now, &catalog, &shared.billing, nullptr};
  if (r.taxes) {
    out.now = r.taxes->decided_at;
    out.taxes = &r.taxes->inquiry;
  }
  out.credits = shared.credits;
  return out;
}

namespace {

using pointer = taxing_actor::stateful_pointer<taxing_state>;

// What has happened already, whatever is due on what follows.
bool is_fact(const organization_request& r) {
  const auto* billing = billing_of(r);
  return billing != nullptr && domain::is_fact(*billing);
}

// A fact is recorded without its consequences, which a timer makes up for.
void give_up(organization_request_ptr r, error why, const ask_organization& ask) {
  log::warning("taxes are not known", {{"organization", r->stream}, {"what", why.text()}});
  if (is_fact(*r)) {
    r->taxes->inquiry.is_silent = true;
    ask(std::move(r));
    return;
  }
  r->reply.answer(outcome::failed(std::move(why)));
}

// What a caller can mend is told as the provider says it.
error told_problem(const error& why) {
  auto code = why.code() == errc::unprocessable ? errc::unprocessable : errc::shard_unavailable;
  return {code, "the tax provider: " + why.detail() + "; nothing was billed"};
}

void ask_provider(pointer self, const services& shared, tax_provider& provider,
                  organization_request_ptr r, const ask_organization& ask) {
  auto& state = self->state;
  auto question = std::move(r->taxes->inquiry.wanted).value();
  r->taxes->inquiry.wanted.reset();
  auto& of_this = state.waiting_of[r->stream];
  if (state.waiting.size() >= limits::tax_questions_max
      || of_this >= limits::tax_questions_of_one_max) {
    give_up(std::move(r), {errc::overloaded, "too much waits for the tax provider"}, ask);
    return;
  }
  ++of_this;
  auto number = ++state.asked;
  state.waiting.emplace(number, std::move(r));
  self->delayed_send(self, shared.tax_answer_wait, timeout_atom::value, number);
  // The actor may have ended when the answer comes.
  provider.begin(
    question, [back = self->address(), number, question](result<domain::taxation> said) mutable {
      auto told = said ? told_taxes{domain::tax_answer{std::move(question), std::move(*said)}}
                       : told_taxes{told_problem(said.error())};
      if (auto target = caf::actor_cast<taxing_actor>(back)) {
        caf::anon_send(target, told_atom::value, number,
                       std::make_shared<told_taxes>(std::move(told)));
      }
    });
}

// Null: it was answered before.
organization_request_ptr waited(taxing_state& state, std::uint64_t number) {
  auto found = state.waiting.extract(number);
  if (found.empty()) {
    return nullptr;
  }
  auto out = std::move(found.mapped());
  auto of = state.waiting_of.find(out->stream);
  if (--of->second == 0) {
    state.waiting_of.erase(of);
  }
  return out;
}

void use(pointer self, std::uint64_t number, told_taxes& told, const ask_organization& ask) {
  auto r = waited(self->state, number);
  if (!r) {
    return;
  }
  if (told) {
    if (auto good = domain::check(told->asked, told->said); !good) {
      told = error{errc::shard_unavailable, good.error().detail() + "; nothing was billed"};
    }
  }
  if (!told) {
    give_up(std::move(r), told.error(), ask);
    return;
  }
  r->taxes->inquiry.told.push_back(std::move(*told));
  ask(std::move(r));
}

}  // namespace

taxing_actor::behavior_type taxing(pointer self, services* shared, tax_provider* provider,
                                   ask_organization ask) {
  self->set_exception_handler([shared](std::exception_ptr&) -> caf::error {
    shared->fail("taxing failed");
    return caf::sec::runtime_error;
  });
  return {[self, shared, provider, ask](handle_atom, organization_request_ptr& r) {
            ask_provider(self, *shared, *provider, std::move(r), ask);
          },
          [self, ask](told_atom, std::uint64_t number, told_taxes_ptr& told) {
            use(self, number, *told, ask);
          },
          [self, ask](timeout_atom, std::uint64_t number) {
            told_taxes nothing{error{errc::shard_unavailable,
                                     "the tax provider does not answer; nothing was billed"}};
            use(self, number, nothing, ask);
          }};
}

}  // namespace bursar::actors
