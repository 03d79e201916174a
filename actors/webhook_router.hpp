// The WEBHOOK ROUTER: whom does a webhook concern? In the order of Stripe's facts (§4): the
// customer we know, the organization that the event names, the objects that it names. It writes
// nothing; the ORGANIZATION or the INBOX makes the webhook durable and answers it.
#pragma once

#include "actors/interfaces.hpp"

namespace bursar::actors {

struct placement {
  enum class kind { organization, nobody, contradiction };
  kind what = kind::nobody;
  std::string organization;
  bool create = false;  // nobody created it yet, and that is allowed
  std::string reason;
};

// Reads the index; any thread. An error is the journal's.
result<placement> place(services& shared, const domain::stripe::event& event);

// Whether the index or the list of organizations knows one of these.
bool any_known(const services& shared, const std::vector<std::string>& ids);

struct webhook_targets {
  std::function<void(organization_request_ptr)> organization;
  std::function<void(inbox_request_ptr)> inbox;
};

// Hands over a delivery whose organization is known without asking the journal; false: it takes
// the ROUTER. Any thread, never blocks.
bool route_at_once(services& shared, const webhook_targets& targets,
                   const webhook_delivery_ptr& delivery);

// One delivery to its target; the body of the actor, without the actor.
void route(services& shared, const webhook_targets& targets, webhook_delivery_ptr delivery);

webhook_router_actor::behavior_type webhook_router(webhook_router_actor::pointer self,
                                                   services* shared, webhook_targets targets);

}  // namespace bursar::actors
