#include "actors/webhook_router.hpp"

#include <algorithm>

#include <caf/typed_event_based_actor.hpp>

#include "actors/organization.hpp"
#include "actors/singletons.hpp"
#include "base/encoding.hpp"
#include "base/ids.hpp"
#include "persistence/payload.hpp"

namespace bursar::actors {
namespace {

using domain::stripe::event;
using persistence::column;

result<std::optional<std::string>> owner_of(const services& shared, const std::string& id) {
  return shared.journal->get(column::index, schemas::stripe_index_key(id));
}

result<bool> exists(const services& shared, const std::string& organization) {
  auto row = shared.journal->get(column::index, schemas::organization_row_key(organization));
  if (!row) {
    return row.error();
  }
  return row->has_value();
}

// Why nothing of this event is applied to anybody; empty: it is to be placed.
std::string reason_to_ignore(const services& shared, const event& e) {
  if (e.thin) {
    return "thin_event";
  }
  if (e.livemode != shared.stripe.livemode) {
    return "other_mode";
  }
  if (e.account && *e.account != shared.stripe.account) {
    return "connected_account";
  }
  return e.seen ? "" : "not_mirrored";
}

inbox_request_ptr inbox_request_for(const webhook_delivery_ptr& d, domain::inbox_command c) {
  auto out = std::make_shared<inbox_request>();
  out->stream = inbox_stream;
  out->command = std::move(c);
  out->caller = {{schemas::actor_kind::provider, "stripe"}, d->correlation_id};
  out->payload = webhook_payload{d->from_inbox ? std::string{} : persistence::pack_payload(d->body),
                                 d->from_inbox};
  out->reply = std::move(d->reply);
  return out;
}

void not_placed(const webhook_targets& targets, const webhook_delivery_ptr& d,
                const std::string& reason, bool contradiction) {
  if (contradiction) {
    targets.inbox(inbox_request_for(d, domain::kill_webhook{d->event, reason}));
  } else if (d->from_inbox) {
    targets.inbox(inbox_request_for(d, domain::retry_webhook{d->event.id, reason}));
  } else {
    targets.inbox(inbox_request_for(d, domain::park_webhook{d->event, reason}));
  }
}

void to_organization(const webhook_targets& targets, const webhook_delivery_ptr& d,
                     const placement& where) {
  auto r = std::make_shared<organization_request>();
  r->stream = where.organization;
  r->caller = {{schemas::actor_kind::provider, "stripe"}, d->correlation_id};
  r->payload = webhook_payload{d->from_inbox ? std::string{} : persistence::pack_payload(d->body),
                               d->from_inbox};
  if (d->from_inbox) {
    auto id = d->event.id;
    auto organization = where.organization;
    r->reply = reply_to{[targets, d, id, organization](outcome what) {
      if (what.problem && what.problem->code() == errc::outcome_unknown) {
        d->reply.answer(std::move(what));  // perhaps it is applied: the INBOX asks again
      } else if (what.problem) {
        targets.inbox(inbox_request_for(d, domain::retry_webhook{id, what.problem->text(), true}));
      } else {
        targets.inbox(inbox_request_for(d, domain::release_webhook{id, organization}));
      }
    }};
  } else {
    r->reply = std::move(d->reply);
  }
  r->command = domain::command{domain::apply_stripe_event{std::move(d->event), where.create}};
  targets.organization(std::move(r));
}

placement contradiction(const std::string& named, const std::string& what,
                        const std::string& owner) {
  return {placement::kind::contradiction,
          {},
          false,
          "belongs to " + named + ", but " + what + " belongs to " + owner};
}

// The owner of what the event names, who must be `expected` unless that is empty.
result<placement> by_objects(const services& shared, const event& e, std::string expected) {
  for (const auto& id : e.found.related) {
    auto owner = owner_of(shared, id);
    if (!owner) {
      return owner.error();
    }
    if (*owner && !expected.empty() && **owner != expected) {
      return contradiction(expected, id, **owner);
    }
    expected = owner->value_or(expected);
  }
  if (expected.empty()) {
    return placement{};
  }
  return placement{placement::kind::organization, std::move(expected), false, {}};
}

}  // namespace

bool any_known(const services& shared, const std::vector<std::string>& ids) {
  for (const auto& id : ids) {
    auto owner = owner_of(shared, id);
    auto created = exists(shared, id);
    if ((owner && *owner) || (created && *created)) {
      return true;
    }
  }
  return false;
}

result<placement> place(services& shared, const event& e) {
  placement out;
  std::optional<std::string> by_customer;
  if (e.found.customer) {
    auto owner = owner_of(shared, *e.found.customer);
    if (!owner) {
      return owner.error();
    }
    by_customer = *owner;
    if (by_customer) {
      shared.owners.remember(*e.found.customer, *by_customer);
    }
  }
  for (const auto& named : e.found.organizations) {
    if (by_customer == named) {
      continue;
    }
    auto known = exists(shared, named);
    if (!known) {
      return known.error();
    }
    if (by_customer && *known) {
      return contradiction(named, "its customer", *by_customer);
    }
    if (*known) {
      return by_objects(shared, e, named);
    }
  }
  if (by_customer) {
    return placement{placement::kind::organization, *by_customer, false, {}};
  }
  if (auto where = by_objects(shared, e, {}); !where || where->what != placement::kind::nobody) {
    return where;
  }
  if (!e.found.organizations.empty()) {
    const auto& named = e.found.organizations.front();
    if (shared.stripe.create_organizations && is_organization_id(named)) {
      return placement{placement::kind::organization, named, true, {}};
    }
    out.reason = "organization_unknown";
    return out;
  }
  out.reason = "customer_unknown";
  return out;
}

bool route_at_once(services& shared, const webhook_targets& targets,
                   const webhook_delivery_ptr& d) {
  auto& e = d->event;
  if (e.unusable || !e.found.customer || !reason_to_ignore(shared, e).empty()) {
    return false;
  }
  auto owner = shared.owners.find(*e.found.customer);
  bool agreed = owner
                && std::all_of(e.found.organizations.begin(), e.found.organizations.end(),
                               [&](const auto& named) { return named == *owner; });
  if (agreed) {
    e.payload_sha256 = to_hex(sha256(d->body));
    to_organization(targets, d, {placement::kind::organization, std::move(*owner), false, {}});
  }
  return agreed;
}

void route(services& shared, const webhook_targets& targets, webhook_delivery_ptr d) {
  auto& e = d->event;
  if (!d->from_inbox) {
    e.payload_sha256 = to_hex(sha256(d->body));
    if (e.unusable) {
      log::warning("webhook cannot be used", {{"event", e.id}, {"reason", *e.unusable}});
      targets.inbox(inbox_request_for(d, domain::kill_webhook{e, *e.unusable}));
      return;
    }
    if (auto reason = reason_to_ignore(shared, e); !reason.empty()) {
      if (reason == "other_mode" && !shared.other_mode_told.exchange(true)) {
        log::warning("webhooks of the other mode are ignored: see stripe.livemode",
                     {{"event", e.id}, {"event_livemode", e.livemode ? "true" : "false"}});
      }
      targets.inbox(
        inbox_request_for(d, domain::ignore_webhook{e.id, e.type, reason, e.payload_sha256}));
      return;
    }
  }
  auto where = place(shared, e);
  if (!where) {
    d->reply.answer(outcome::failed(where.error()));
  } else if (where->what == placement::kind::organization) {
    to_organization(targets, d, *where);
  } else {
    not_placed(targets, d, where->reason, where->what == placement::kind::contradiction);
  }
}

webhook_router_actor::behavior_type webhook_router(webhook_router_actor::pointer, services* shared,
                                                   webhook_targets targets) {
  return {[shared, targets](handle_atom, webhook_delivery_ptr& delivery) {
    try {
      route(*shared, targets, delivery);
    } catch (const std::exception& problem) {
      log::error("a webhook cannot be routed", {{"what", problem.what()}});
      delivery->reply.answer(outcome::failed({errc::internal, "the webhook cannot be routed"}));
    }
  }};
}

}  // namespace bursar::actors
